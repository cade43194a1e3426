// Names in an error message: the first few and how many more there are.
#pragma once

#include <string>
#include <vector>

namespace trecvit {

// "a, b, c and 67 more"; "none" if there are none. Each is made printable.
std::string list_some(const std::vector<std::string>& names, size_t most = 5);

}  // namespace trecvit
