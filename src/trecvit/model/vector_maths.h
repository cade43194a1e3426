// The vector functions behind LibTorch's exp, log, tanh and erf, made ready for several threads.
#pragma once

namespace trecvit::model {

// LibTorch hands exp, log, tanh and erf of float32 to MKL, which sets these functions up at the first call of a
// process without a lock: a second thread that comes in meanwhile computes its part of that one call with relative
// errors up to 2e-4 instead of 6e-8 (seen with AVX-512, LibTorch 2.13). After one call on one thread, which this makes,
// no later call shows it. Dense calls it, so that whoever has a module need not. From any thread, any number of times.
void ready_vector_maths();

}  // namespace trecvit::model
