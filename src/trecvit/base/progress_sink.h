// Receives the progress of long work. The work does not depend on it.
#pragma once

#include <cstdint>

namespace trecvit {

class ProgressSink {
 public:
  virtual ~ProgressSink() = default;
  // `units` more are done: frames, clips, whatever the work counts; 0: still working.
  virtual void advance(int64_t units) = 0;
};

}  // namespace trecvit
