#include "trecvit/terminal/signals.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <ctime>

namespace trecvit::cli {
namespace {

std::atomic<int> received = 0;
std::atomic<int> wake = -1;  // where a handler writes a byte to wake the thread that requests the stop
constexpr int64_t kNever = -1, kOneRequest = 500;  // milliseconds
std::atomic<int64_t> end_asked_at = kNever;        // when the first signal of asks_for_the_end() arrived
std::atomic<MonotonicClock> now = monotonic_milliseconds;
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<int64_t>::is_always_lock_free &&
              std::atomic<MonotonicClock>::is_always_lock_free);  // required in a handler

// The signals that people and supervisors send again to end the program without saving.
bool asks_for_the_end(int number) { return number == SIGINT || number == SIGTERM || number == SIGQUIT; }

// Whether the end was requested before, and long enough ago for this signal to be a separate request.
bool is_second_request() {
  const int64_t time = now.load()();
  int64_t first = kNever;
  return !end_asked_at.compare_exchange_strong(first, time) && time - first >= kOneRequest;
}

// Whether this signal is the first.
bool note_signal(int number) {
  int none = 0;
  return received.compare_exchange_strong(none, number);
}

void on_signal(int number) {
  if (asks_for_the_end(number) && is_second_request()) std::signal(number, SIG_DFL), std::raise(number);
  const int kept_errno = errno;
  const char byte = 0;
  if (note_signal(number) && wake >= 0 && write(wake, &byte, 1) < 0) wake = -1;
  errno = kept_errno;
}

// Never destroyed, because other objects may use it while they are destroyed at exit.
std::stop_source& stop_source() {
  static auto* source = new std::stop_source;
  return *source;
}

void* request_on_wake(void* pipe) {
  char byte = 0;
  while (read(static_cast<int>(reinterpret_cast<intptr_t>(pipe)), &byte, 1) < 0 && errno == EINTR) {
  }
  stop_source().request_stop();
  return nullptr;
}

// Starts a thread that receives no signals itself. If it cannot be started, work stops at the next check of
// stop_signal(), or at the latest on a second request.
void start_waker() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return;
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, size_t{256} << 10);
  pthread_t thread;
  void* read_end = reinterpret_cast<void*>(intptr_t{ends[0]});
  const bool started = pthread_create(&thread, &attributes, request_on_wake, read_end) == 0;
  pthread_attr_destroy(&attributes);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (started) {
    wake = ends[1];
  } else {
    for (const int end : ends) close(end);
  }
}

// Without SA_RESTART, so that a blocking call returns.
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
  stop_source();
  for (const int number : {SIGPIPE, SIGXFSZ}) handle(number, SIG_IGN);
  start_waker();
  for (const int number : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGXCPU, SIGUSR1, SIGUSR2, SIGALRM}) {
    if (!is_ignored(number)) handle(number, on_signal);
  }
}

int stop_signal() { return received.load(); }

std::stop_token stop_token() { return stop_source().get_token(); }

void request_stop(int signal) {
  note_signal(signal);
  stop_source().request_stop();
}

void throw_if_signalled() {
  if (stop_signal() != 0) throw Stopped{};
}

}  // namespace trecvit::cli
