// Compiled in place of kernels_avx2.cc and kernels_avx512.cc if those cannot be compiled.
#include "trecvit/engine/kernels.h"

namespace trecvit {

const Kernels* avx2_kernels() { return nullptr; }
const Kernels* avx512_kernels() { return nullptr; }

}  // namespace trecvit
