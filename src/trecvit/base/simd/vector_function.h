// The element-wise vector functions of simd/math_impl.h.
#pragma once

namespace trecvit {

enum class VectorFunction { kExp, kSigmoid, kGelu, kTanh };

}  // namespace trecvit
