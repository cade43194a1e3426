// The names in a zip archive, to see what kind of archive it is. Checks nothing; zip_directory.h is for reading.
#pragma once

#include <string>
#include <vector>

#include "trecvit/io/byte_source.h"

namespace trecvit::zip {

// The names in the first 4 MB of the directory, at most 10,000; empty if there is no directory.
std::vector<std::string> names_in(const ByteSource& source);

}  // namespace trecvit::zip
