// The functions of a vector that simd/math_impl.h computes element by element.
#pragma once

namespace trecvit {

enum class VectorFunction { kExp, kSigmoid, kGelu, kTanh };

}  // namespace trecvit
