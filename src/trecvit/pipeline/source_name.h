// Checks the source that a user names, before it is opened.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace trecvit {

// "synthetic:NAME" with `seed` added, if there is one and the name gives none; other sources unchanged. Throws
// Error(kUnavailable) for a camera, an address or stdin, which this version does not read, Error(kInput) for a pattern,
// a list or a folder; each message says what to do instead.
std::string source_of(const std::string& given, std::optional<uint64_t> seed = {});

}  // namespace trecvit
