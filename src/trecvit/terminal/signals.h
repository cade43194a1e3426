// What ends a verb early, between two frames and with what was done kept: Ctrl-C (SIGINT), SIGTERM, SIGQUIT, a closed
// terminal (SIGHUP), a limit of CPU time (SIGXCPU), the warnings of batch systems (SIGUSR1, SIGUSR2, SIGALRM), or a
// reader that leaves stdout, as `head` does. A signal that is ignored when the program starts stays ignored, SIGTERM
// too: SIGHUP under nohup, SIGINT and SIGQUIT in the background of a script.
//
// Another Ctrl-C, SIGTERM or SIGQUIT half a second or more after the first of these three ends the program at once.
// Sooner it belongs to the first request: `timeout` signals its child and then the group that the child is in. After
// any other signal the first of the three does not end it either, as a closed terminal, a batch system or a container
// sends SIGTERM a moment after its own signal, while the verb saves.
//
// SIGPIPE and SIGXFSZ are ignored: writing then fails with EPIPE or EFBIG, and the files begun are removed.
#pragma once

#include <cstdint>
#include <stop_token>

#include "trecvit/base/stop.h"

namespace trecvit::cli {

// Milliseconds of a clock that never goes back; called in a signal handler.
using MonotonicClock = int64_t (*)();
int64_t monotonic_milliseconds();

void install_signal_handlers(MonotonicClock clock = monotonic_milliseconds);
// The signal that arrived, SIGPIPE for a reader that left, 0 if none. The exit code is 128 plus it.
int stop_signal();
// The same for layers that know no signals. It follows the signal a moment later, from another thread, as a handler
// must not touch it.
std::stop_token stop_token();
// As if the signal had arrived, unless another one came before. Not for handlers.
void request_stop(int signal);

// Throws Stopped where a signal has arrived.
void throw_if_signalled();

}  // namespace trecvit::cli
