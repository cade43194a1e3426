#include <cmath>

#include "trecvit/capi/guard.h"

namespace {

constexpr const char* kTopk = "trecvit_topk";

// NaN is the smallest, so that the order is a total one.
bool larger(float a, float b) { return a > b || (std::isnan(b) && !std::isnan(a)); }

}  // namespace

// Insertion into the sorted indices found so far: no memory is needed, and k is small.
extern "C" trecvit_status trecvit_topk(const float* values, int64_t count, int64_t k, int64_t* indices) noexcept {
  using namespace trecvit;
  return capi::guarded([&] {
    capi::require(values, kTopk, "values");
    capi::require(indices, kTopk, "room for indices");
    if (k < 1 || k > count) fail_usage(kTopk, "expected k from 1 to count, got k {} and count {}", k, count);
    for (int64_t i = 0, found = 0; i < count; ++i) {
      int64_t place = found;
      while (place > 0 && larger(values[i], values[indices[place - 1]])) --place;
      if (place == k) continue;
      if (found < k) ++found;
      for (int64_t j = found - 1; j > place; --j) indices[j] = indices[j - 1];
      indices[place] = i;
    }
  });
}
