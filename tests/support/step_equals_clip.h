// The one promise of every module with memory: frame by frame, in chunks, all at once, after a reset, from a saved or a
// forked state, the same video gives the same outputs and leaves the same memory.
//
// A module provides
//   State fresh();                                          memory before the first frame
//   int64_t frames();                                       length of its fixed input
//   std::vector<float> step(int64_t frame, State&);         all outputs of one frame
//   std::vector<float> run(int64_t begin, int64_t end, State&);  the same for a clip, frame by frame
//   std::vector<float> contents(const State&);              everything that is remembered
// and optionally  void reset(State&), State fork(const State&), State reload(const State&) (saved and read back).
#pragma once

#include <cmath>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "support/near.h"
#include "trecvit/base/random.h"

namespace trecvit::test {

// How far one way of processing the video is from processing the whole clip, relative to the largest magnitude.
struct WalkDifference {
  std::string walk;
  double outputs = 0, memory = 0;
  double worst() const { return std::max(outputs, memory); }
};

struct Walked {
  std::vector<float> outputs, memory;
};

inline double relative_difference(const std::vector<float>& got, const std::vector<float>& want) {
  if (got.size() != want.size()) return INFINITY;
  const Difference d = difference(got, want);
  return d.worst == 0 ? 0 : d.worst / d.scale;
}

template <class Module>
class Walker {
 public:
  using State = typename Module::State;

  Walker(Module& module, uint64_t seed) : module_(module), random_(seed, "walks"), frames_(module.frames()) {}

  Walked whole() {
    State state = module_.fresh();
    return finish(state, 0, {}, frames_);
  }

  std::vector<WalkDifference> compare() {
    want_ = whole();
    State state = module_.fresh();
    note("frame by frame", finish(state, 0, {}, 0));
    for (const int64_t chunk : {1, 2, 7}) {
      State chunked = module_.fresh();
      note("chunks of " + std::to_string(chunk), finish(chunked, 0, {}, chunk));
    }
    if constexpr (requires { module_.reset(state); }) {
      module_.reset(state);
      note("after a reset", finish(state, 0, {}, 0));
    }
    if constexpr (requires { module_.reload(state); }) {
      auto [half, at, outputs] = begun();
      State read = module_.reload(half);
      note("saved and read at frame " + std::to_string(at), finish(read, at, outputs, 0));
    }
    if constexpr (requires { module_.fork(state); }) {
      auto [original, at, outputs] = begun();
      State first = module_.fork(original), second = module_.fork(original);
      note("fork that goes first", finish(first, at, outputs, 0));
      note("forked original", finish(original, at, outputs, 2));
      note("fork that goes last", finish(second, at, outputs, frames_));
    }
    return differences_;
  }

  // One more walk: steps and clips of random lengths.
  WalkDifference compare_random_split() {
    if (want_.outputs.empty()) want_ = whole();
    State state = module_.fresh();
    std::vector<float> outputs;
    std::string name = "split";
    for (int64_t at = 0; at < frames_;) {
      const int64_t length = 1 + below(frames_ - at);
      name += " " + std::to_string(length);
      append(outputs, length == 1 ? module_.step(at, state) : module_.run(at, at + length, state));
      at += length;
    }
    return compared(name, {outputs, module_.contents(state)});
  }

 private:
  struct Begun {
    State state;
    int64_t at;
    std::vector<float> outputs;
  };

  // The state and outputs after all frames before `at`, a random frame in the middle.
  Begun begun() {
    const int64_t at = 1 + below(frames_ - 1);
    Begun begun{module_.fresh(), at, {}};
    for (int64_t t = 0; t < at; ++t) append(begun.outputs, module_.step(t, begun.state));
    return begun;
  }

  // Processes the frames from `at` on, by steps (chunk 0) or by clips of `chunk` frames.
  Walked finish(State& state, int64_t at, std::vector<float> outputs, int64_t chunk) {
    while (at < frames_) {
      const int64_t end = std::min(frames_, at + std::max<int64_t>(chunk, 1));
      append(outputs, chunk == 0 ? module_.step(at, state) : module_.run(at, end, state));
      at = end;
    }
    return {std::move(outputs), module_.contents(state)};
  }

  WalkDifference compared(const std::string& name, const Walked& got) const {
    return {name, relative_difference(got.outputs, want_.outputs), relative_difference(got.memory, want_.memory)};
  }
  void note(const std::string& name, const Walked& got) { differences_.push_back(compared(name, got)); }
  static void append(std::vector<float>& to, const std::vector<float>& from) {
    to.insert(to.end(), from.begin(), from.end());
  }
  int64_t below(int64_t count) { return static_cast<int64_t>(random_.bits(drawn_++) % static_cast<uint64_t>(count)); }

  Module& module_;
  RandomStream random_;
  uint64_t drawn_ = 0;
  int64_t frames_;
  Walked want_;
  std::vector<WalkDifference> differences_;
};

// tolerance 0: bit-equal. Prints what was compared and the largest difference found.
template <class Module>
void expect_step_equals_clip(const std::string& what, Module& module, double tolerance, uint64_t seed = 1) {
  const auto walks = Walker<Module>(module, seed).compare();
  double worst = 0;
  for (const auto& walk : walks) {
    EXPECT_LE(walk.worst(), tolerance) << what << ", " << walk.walk << ": outputs " << walk.outputs << ", memory "
                                       << walk.memory;
    worst = std::max(worst, walk.worst());
  }
  std::printf("%s: %zu walks over %lld frames, worst %.1e (tolerance %.0e)\n", what.c_str(), walks.size(),
              static_cast<long long>(module.frames()), worst, tolerance);
}

}  // namespace trecvit::test
