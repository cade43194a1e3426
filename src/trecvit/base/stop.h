// Ending early. Whatever takes long is handed a std::stop_token and looks at it between two pieces of its work. What
// can keep the part that it has done returns it; what cannot throws Stopped.
#pragma once

#include <stop_token>

namespace trecvit {

// No error: somebody asked for it. What was being written is removed on the way out.
struct Stopped {};

inline void throw_if_stopped(const std::stop_token& stop) {
  if (stop.stop_requested()) throw Stopped{};
}

}  // namespace trecvit
