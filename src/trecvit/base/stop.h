// Stopping early. Long work receives a std::stop_token and checks it between pieces of work. Work that can keep its
// finished part returns that part; other work throws Stopped.
#pragma once

#include <stop_token>

namespace trecvit {

// Not an error: the stop was requested. Unfinished output is removed while the stack unwinds.
struct Stopped {};

inline void throw_if_stopped(const std::stop_token& stop) {
  if (stop.stop_requested()) throw Stopped{};
}

}  // namespace trecvit
