// Ctrl-C and SIGTERM end a verb between two frames: what was done is kept. A second signal ends the program at once.
#pragma once

namespace trecvit::cli {

void install_signal_handlers();
// The signal that arrived, 0 if none. The exit code is 128 plus it.
int stop_signal();

// Thrown where a verb cannot keep what it has so far. What it was writing is removed on the way out.
struct Stopped {
  int signal;
};
// Throws Stopped if a signal has arrived.
void throw_if_stopped();

}  // namespace trecvit::cli
