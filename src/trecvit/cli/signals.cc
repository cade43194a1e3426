#include "trecvit/cli/signals.h"

#include <csignal>
#include <ctime>

namespace trecvit::cli {
namespace {

std::atomic<int> received = 0;
std::atomic<bool> stop_asked = false;
constexpr int64_t kNever = -1, kOneRequest = 500;  // milliseconds
std::atomic<int64_t> end_asked_at = kNever;        // when the first of asks_for_the_end() arrived
std::atomic<MonotonicClock> now = monotonic_milliseconds;
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free &&
              std::atomic<int64_t>::is_always_lock_free &&
              std::atomic<MonotonicClock>::is_always_lock_free);  // as in a handler

// Those that people and supervisors send once more when the program is to end without saving.
bool asks_for_the_end(int number) { return number == SIGINT || number == SIGTERM || number == SIGQUIT; }

// Whether the end was asked for before, long enough ago to be a request of its own.
bool is_second_request() {
  const int64_t time = now.load()();
  int64_t first = kNever;
  return !end_asked_at.compare_exchange_strong(first, time) && time - first >= kOneRequest;
}

void on_signal(int number) {
  if (asks_for_the_end(number) && is_second_request()) std::signal(number, SIG_DFL), std::raise(number);
  request_stop(number);
}

// Without SA_RESTART, so that a call that waits ends.
void handle(int number, void (*handler)(int)) {
  struct sigaction action{};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  sigaction(number, &action, nullptr);
}

bool is_ignored(int number) {
  struct sigaction action{};
  return sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

int64_t monotonic_milliseconds() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);  // may be called in a handler, unlike std::chrono
  return int64_t{time.tv_sec} * 1000 + time.tv_nsec / 1'000'000;
}

void install_signal_handlers(MonotonicClock clock) {
  now = clock;
  for (const int number : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGXCPU, SIGUSR1, SIGUSR2, SIGALRM}) {
    if (!is_ignored(number)) handle(number, on_signal);
  }
  for (const int number : {SIGPIPE, SIGXFSZ}) handle(number, SIG_IGN);
}

int stop_signal() { return received.load(); }

const std::atomic<bool>& stop_flag() { return stop_asked; }

void request_stop(int signal) {
  int none = 0;
  received.compare_exchange_strong(none, signal);
  stop_asked = true;
}

void throw_if_stopped() {
  if (const int signal = stop_signal()) throw Stopped{signal};
}

}  // namespace trecvit::cli
