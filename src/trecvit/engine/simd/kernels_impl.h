// All kernels of one vector class as a table. Included by one source file per instruction set; see vector_loop.h for
// what that file must not contain.
#pragma once

#include "trecvit/base/simd/math_impl.h"
#include "trecvit/engine/kernels.h"
#include "trecvit/engine/simd/attention_impl.h"
#include "trecvit/engine/simd/cell_impl.h"
#include "trecvit/engine/simd/dense_impl.h"
#include "trecvit/engine/simd/norm_impl.h"
#include "trecvit/engine/simd/peak_impl.h"

namespace trecvit::simd {

template <class V>
inline constexpr Kernels kTable = {
    .panel_columns = 2 * V::kWidth,
    .packed_bytes = &packed_bytes<V>,
    .pack = &pack<V>,
    .dense = &dense<V>,
    .layer_norm = &layer_norm<V>,
    .rms_norm = &rms_norm<V>,
    .cell = &cell<V>,
    .cell_scratch_floats = &cell_scratch_floats<V>,
    .attention = &attention<V>,
    .attention_scratch_floats = &attention_scratch_floats<V>,
    .apply = &apply<V>,
    .peak_rounds = &peak_rounds<V>,
};

}  // namespace trecvit::simd
