// Compiled with the flags of AVX-512; include nothing else here (base/simd/vector_loop.h says why).
#include "trecvit/base/simd/vec_avx512.h"
#include "trecvit/model/simd/recurrence_rows_impl.h"

namespace trecvit::model {

const RecurrenceRows<float>* avx512_rows() { return &simd::kRecurrenceRows<simd::Avx512>; }

}  // namespace trecvit::model
