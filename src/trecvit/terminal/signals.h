// Requests that end a verb early, between two frames and without losing the results so far: Ctrl-C (SIGINT), SIGTERM,
// SIGQUIT, a closed terminal (SIGHUP), a limit on CPU time (SIGXCPU), the warnings of batch systems (SIGUSR1, SIGUSR2,
// SIGALRM), or a reader that closes stdout, as `head` does. A signal that is ignored when the program starts stays
// ignored, even SIGTERM: SIGHUP under nohup, SIGINT and SIGQUIT in the background of a script.
//
// Another SIGINT, SIGTERM or SIGQUIT half a second or more after the first of these three ends the program at once. If
// it comes sooner, it belongs to the first request: `timeout` signals its child and then the child's process group.
// After any other signal, the first of these three does not end the program either, because a closed terminal, a batch
// system or a container sends SIGTERM shortly after its own signal, while the verb is saving.
//
// SIGPIPE and SIGXFSZ are ignored: a write then fails with EPIPE or EFBIG, and unfinished files are removed.
#pragma once

#include <cstdint>
#include <stop_token>

#include "trecvit/base/stop.h"

namespace trecvit::cli {

// Milliseconds of a monotonic clock; called in a signal handler.
using MonotonicClock = int64_t (*)();
int64_t monotonic_milliseconds();

void install_signal_handlers(MonotonicClock clock = monotonic_milliseconds);
// The signal that arrived: SIGPIPE if the reader left, 0 if none. The exit code is 128 plus this number.
int stop_signal();
// The same for layers that know nothing about signals. Another thread sets it shortly after the signal, because a
// signal handler must not touch it.
std::stop_token stop_token();
// Acts as if the signal had arrived, unless another one came before. Must not be called in a signal handler.
void request_stop(int signal);

// Throws Stopped if a signal has arrived.
void throw_if_signalled();

}  // namespace trecvit::cli
