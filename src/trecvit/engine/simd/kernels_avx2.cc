// Compiled with the flags of AVX2 and FMA; add nothing else (vector_loop.h says why).
#include "trecvit/base/simd/vec_avx2.h"
#include "trecvit/engine/simd/kernels_impl.h"

namespace trecvit {

const Kernels* avx2_kernels() { return &simd::kTable<simd::Avx2>; }

}  // namespace trecvit
