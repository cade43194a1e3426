// plain_recurrence in one pass over tiles that stay in the cache, with a hand-written backward that keeps x and y alone
// and computes the rest again. CPU; float64 in float64, all other types in float32.
#pragma once

#include "trecvit/model/recurrence.h"

namespace trecvit::model {

// Same arguments, results and gradients as plain_recurrence. Work is shared out between ATen's threads by head and
// block of tokens; the result does not depend on their number.
Tensor fused_recurrence(const Tensor& x, const Tensor& y, const RecurrenceParameters& parameters, InputScale scale,
                        RecurrenceState& state);

// Whether the fused form has kernels for tensors like this one.
bool has_fused_recurrence(const Tensor& x);

}  // namespace trecvit::model
