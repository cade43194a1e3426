#include "trecvit/engine/stream_state.h"

#include <utility>

namespace trecvit {

StreamState::StreamState(std::unique_ptr<StreamMemory> memory, ReadoutSum readout, uint64_t model_fingerprint,
                         StateLimits limits)
    : memory_(std::move(memory)), readout_(std::move(readout)), fingerprint_(model_fingerprint), limits_(limits) {}

void StreamState::reset() {
  memory_->reset();
  readout_.reset();
}

StreamState StreamState::fork() const { return {memory_->clone(), readout_, fingerprint_, limits_}; }

void StreamState::move_to(const Encoder& encoder) {
  if (encoder.reads(*memory_)) return;
  auto moved = encoder.make_memory(memory_->tokens());
  moved->from_host(memory_->to_host());
  memory_ = std::move(moved);
}

}  // namespace trecvit
