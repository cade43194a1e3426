// Compiled with the flags of AVX2 and FMA; include nothing else here (base/simd/vector_loop.h says why).
#include "trecvit/base/simd/vec_avx2.h"
#include "trecvit/model/simd/recurrence_rows_impl.h"

namespace trecvit::model {

const RecurrenceRows<float>* avx2_rows() { return &simd::kRecurrenceRows<simd::Avx2>; }

}  // namespace trecvit::model
