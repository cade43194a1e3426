// plain_recurrence in one pass over tiles that stay in the cache. The hand-written backward pass keeps only x and y and
// recomputes the rest. CPU only; float64 inputs are computed in float64, all other types in float32.
#pragma once

#include "trecvit/model/recurrence.h"

namespace trecvit::model {

// Same arguments, results and gradients as plain_recurrence. Work is split among ATen's threads by head and block of
// tokens; the result does not depend on the number of threads.
Tensor fused_recurrence(const Tensor& x, const Tensor& y, const RecurrenceParameters& parameters, InputScale scale,
                        RecurrenceState& state);

// Whether the fused form has kernels for the device and type of this tensor.
bool has_fused_recurrence(const Tensor& x);

}  // namespace trecvit::model
