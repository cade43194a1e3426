#include "trecvit/cli/signals.h"

#include <csignal>

namespace trecvit::cli {
namespace {

volatile std::sig_atomic_t received = 0;

void on_signal(int number) {
  if (received != 0) std::signal(number, SIG_DFL), std::raise(number);
  received = number;
}

}  // namespace

void install_signal_handlers() {
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
}

int stop_signal() { return received; }

void throw_if_stopped() {
  if (received != 0) throw Stopped{received};
}

}  // namespace trecvit::cli
