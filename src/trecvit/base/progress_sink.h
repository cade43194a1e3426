// Who is told how far a long piece of work is. Nothing of the work depends on it.
#pragma once

#include <cstdint>

namespace trecvit {

class ProgressSink {
 public:
  virtual ~ProgressSink() = default;
  // `units` more are done: frames, clips, whatever the work counts; 0: it is still at work.
  virtual void advance(int64_t units) = 0;
};

}  // namespace trecvit
