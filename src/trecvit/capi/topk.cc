// The helpers of the C API (include/trecvit/trecvit.h).
#include "trecvit/engine/topk.h"

#include "trecvit/capi/guard.h"

namespace {

constexpr const char* kTopk = "trecvit_topk";

}  // namespace

extern "C" trecvit_status trecvit_topk(const float* values, int64_t count, int64_t k, int64_t* indices) noexcept {
  using namespace trecvit;
  return capi::guarded([&] {
    capi::require(values, kTopk, "values");
    capi::require(indices, kTopk, "an array for indices");
    if (k < 1 || k > count) fail_usage(kTopk, "expected k from 1 to count, got k {} and count {}", k, count);
    top_k({values, static_cast<size_t>(count)}, {indices, static_cast<size_t>(k)});
  });
}
