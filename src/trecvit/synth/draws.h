// The numbers of a named random stream in sequence, for code that draws many of them in a fixed order.
#pragma once

#include <string_view>

#include "trecvit/base/random.h"

namespace trecvit {

class Draws {
 public:
  Draws(uint64_t seed, std::string_view key) : stream_(seed, key) {}
  uint64_t bits() { return stream_.bits(next_++); }
  // 0 to count - 1; count >= 1.
  int below(int count) { return static_cast<int>((bits() >> 16) % static_cast<uint64_t>(count)); }
  // In [low, high).
  double between(double low, double high) { return low + (high - low) * stream_.unit(next_++); }
  bool chance(double part) { return stream_.unit(next_++) < part; }

 private:
  RandomStream stream_;
  uint64_t next_ = 0;
};

}  // namespace trecvit
