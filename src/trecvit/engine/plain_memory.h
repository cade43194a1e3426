// The memory of a stream in the layout of the published implementation, for the reference: each block's hidden state,
// and each token's last inputs of the convolution, which move by one place with every frame.
//
//   h     [depth, N, R]
//   conv  [depth, N, K - 1, R], oldest first
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "trecvit/config/model_config.h"
#include "trecvit/engine/stream_memory.h"

namespace trecvit {

class PlainMemory final : public StreamMemory {
 public:
  PlainMemory(const ModelConfig& config, int64_t tokens);
  // bytes() of such a memory.
  static size_t bytes_for(const ModelConfig& config, int64_t tokens);

  void reset() override;
  std::unique_ptr<StreamMemory> clone() const override { return std::make_unique<PlainMemory>(*this); }
  size_t bytes() const override { return (h_.size() + conv_.size()) * sizeof(float); }
  HostState to_host() const override;
  void from_host(const HostState& state) override;

  float* h(int64_t block) { return h_.data() + block * tokens_ * width_; }                 // [N, R]
  float* conv(int64_t block) { return conv_.data() + block * tokens_ * slots_ * width_; }  // [N, K - 1, R]
  // Call after all blocks have processed `frames` more frames.
  void advance(int64_t frames) { frames_ += frames; }

 private:
  std::vector<float> h_, conv_;
};

// Keeps a copy of the whole memory.
class PlainUndo final : public StepUndo {
 public:
  PlainUndo(const ModelConfig& config, int64_t tokens) : kept_(config, tokens) {}
  void keep(const StreamMemory& memory) override { kept_ = static_cast<const PlainMemory&>(memory); }
  void restore(StreamMemory& memory) const override { static_cast<PlainMemory&>(memory) = kept_; }

 private:
  PlainMemory kept_;
};

}  // namespace trecvit
