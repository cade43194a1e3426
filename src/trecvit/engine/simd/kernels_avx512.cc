// Compiled with the flags of AVX-512; add nothing else (vector_loop.h says why).
#include "trecvit/base/simd/vec_avx512.h"
#include "trecvit/engine/simd/kernels_impl.h"

namespace trecvit {

const Kernels* avx512_kernels() { return &simd::kTable<simd::Avx512>; }

}  // namespace trecvit
