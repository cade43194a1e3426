// The vector functions behind LibTorch's exp, log, tanh and erf, made ready for several threads.
#pragma once

namespace trecvit::model {

// LibTorch hands exp, log, tanh and erf of float32 to MKL, which sets these functions up at the first call in a
// process, without a lock: a second thread that enters meanwhile computes its part of that one call with relative
// errors up to 2e-4 instead of 6e-8 (seen with AVX-512, LibTorch 2.13). This function makes one call on one thread,
// after which no later call is affected. Dense calls it, so users of a module need not. May be called from any thread,
// any number of times.
void ready_vector_maths();

}  // namespace trecvit::model
