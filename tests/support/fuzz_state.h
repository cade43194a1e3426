// The fuzz entry for saved stream states, for a model with one token and four recurrent channels (see
// tools/fuzz_formats.py). A stream must be able to continue from every state that was read.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "support/fuzz_entries.h"
#include "trecvit/engine/ring_memory.h"
#include "trecvit/engine/stream_state.h"

namespace trecvit::test {

inline constexpr uint64_t kFuzzFingerprint = 0x0123456789abcdef;

inline ModelConfig fuzz_state_config() {
  ModelConfig config;
  config.width = config.mlp_dim = 8;
  config.depth = config.num_heads = config.num_classes = 1;
  config.lru_width = 4;
  config.conv1d_width = 2;
  config.patch_size = config.image_height = config.image_width = 4;
  config.head_dim = 2;
  config.pool = Pool::kGap;
  return config;
}

// A state before its first frame.
inline StreamState fuzz_state_of(const char* readout) {
  const ModelConfig config = fuzz_state_config();
  return {std::make_unique<RingMemory>(config, config.tokens()),
          ReadoutSum(parse_readout(readout, "fuzz"), config.head_dim), kFuzzFingerprint};
}

// The file with the checksum that the error message expects, so that fuzzing gets past it; empty if the checksum was
// not the problem.
inline std::string with_checksum(std::string file, const std::string& refusal) {
  const std::string expected = "expected checksum '", got = "', got '";
  constexpr size_t kDigits = 16;
  const size_t at = refusal.find(expected);
  if (at == std::string::npos) return {};
  const std::string fitting = refusal.substr(at + expected.size(), kDigits);
  const size_t start = at + expected.size() + kDigits + got.size();
  if (refusal.size() != start + kDigits + 1) return {};
  const size_t found = file.find(refusal.substr(start, kDigits));
  if (found == std::string::npos) return {};
  return file.replace(found, kDigits, fitting);
}

// Loads the file, then takes two more frames and forks.
inline void load_and_go_on(StreamState& state, const std::string& file) {
  state.load(*open_memory(std::as_bytes(std::span(file)), "fuzz.state"));
  const std::vector<float> features = {0.5f, -0.5f};
  std::vector<float> value(features.size());
  for (const double seconds : {0.0, 1e6}) {
    state.readout().add(features, seconds);
    state.readout().value(value);
    HostState memory = state.memory().to_host();
    ++memory.frames;
    state.memory().from_host(memory);
  }
  const StreamState fork = state.fork();
  TRECVIT_CHECK(fork.frames() == state.frames());
}

// True if one of the readout rules accepts the file.
inline bool fuzz_state(std::span<const std::byte> bytes) {
  const std::string file(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  bool taken = false;
  for (const char* rule : {"mean", "last", "ema=0.5", "window=0.1"}) {
    StreamState state = fuzz_state_of(rule);
    std::string forged;
    taken |= accepted(bytes, [&](auto) {
      try {
        load_and_go_on(state, file);
      } catch (const Error& error) {
        forged = with_checksum(file, error.what());
        throw;
      }
    });
    if (forged.empty()) continue;
    accepted(bytes, [&](auto) { load_and_go_on(state, forged); });
  }
  return taken;
}

}  // namespace trecvit::test
