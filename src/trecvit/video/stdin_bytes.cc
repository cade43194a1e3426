#include "trecvit/video/stdin_bytes.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "trecvit/base/error.h"
#include "trecvit/base/stop.h"

namespace trecvit {
namespace {

constexpr int kStepMilliseconds = 100;

}  // namespace

StdinBytes::StdinBytes(std::stop_token stop) : stop_(std::move(stop)) {
  if (isatty(STDIN_FILENO)) fail_input("stdin", "expected a video, got a terminal; pipe a file into the command");
  pollfd ready{STDIN_FILENO, POLLIN, 0};
  if (poll(&ready, 1, 0) == 1 && (ready.revents & POLLNVAL) != 0)
    fail_input("stdin", "expected a video, got a closed one");
}

size_t StdinBytes::read_some(std::span<std::byte> out) {
  for (;;) {
    throw_if_stopped(stop_);
    pollfd ready{STDIN_FILENO, POLLIN, 0};
    const int count = poll(&ready, 1, kStepMilliseconds);
    if (count == 0 || (count < 0 && errno == EINTR)) continue;
    const ssize_t got = ::read(STDIN_FILENO, out.data(), out.size());
    if (got >= 0) return static_cast<size_t>(got);
    if (errno != EINTR && errno != EAGAIN)
      fail(ErrorKind::kResource, "stdin", "expected to read it, got: {}", std::strerror(errno));
  }
}

size_t StdinBytes::read(std::span<std::byte> out) {
  size_t done = 0;
  while (done < out.size()) {
    const size_t got = read_some(out.subspan(done));
    if (got == 0) break;
    done += got;
  }
  return done;
}

}  // namespace trecvit
