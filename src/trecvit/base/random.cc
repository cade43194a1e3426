#include "trecvit/base/random.h"

#include <fmt/format.h>

namespace trecvit {

RandomStream::RandomStream(uint64_t seed, std::string_view key) : start_(fnv1a(fmt::format("{}|{}", seed, key))) {}

}  // namespace trecvit
