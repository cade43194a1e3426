// What is wrong with a value from outside.
#pragma once

#include <string>

namespace trecvit {

// "expected EXPECTED, got GOT". inside: the place within the value, such as ".resize"; empty for the value itself.
struct Misfit {
  std::string expected, got, inside;
};

}  // namespace trecvit
