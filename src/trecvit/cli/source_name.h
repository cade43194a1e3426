// What users give as a source, before it is opened.
#pragma once

#include <string>

namespace trecvit::cli {

// "synthetic:NAME" with --seed added where the name gives no seed; other sources as they are. Throws
// Error(kUnavailable) for a camera, an address or stdin, which this version does not read, Error(kInput) for a pattern,
// a list or a folder: each with what to do in its place.
std::string source_of(const std::string& given);

}  // namespace trecvit::cli
