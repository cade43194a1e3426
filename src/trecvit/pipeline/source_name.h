// What users give as a source, before it is opened.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace trecvit {

// "synthetic:NAME" with `seed` added, if there is one and the name gives none; other sources as they are. Throws
// Error(kUnavailable) for a camera, an address or stdin, which this version does not read, Error(kInput) for a pattern,
// a list or a folder: each with what to do in its place.
std::string source_of(const std::string& given, std::optional<uint64_t> seed = {});

}  // namespace trecvit
