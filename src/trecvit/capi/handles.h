// The structs behind the opaque handles of trecvit.h.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "trecvit/base/buffer.h"
#include "trecvit/engine/engine.h"
#include "trecvit/image/preprocess.h"

// NOLINTBEGIN(readability-identifier-naming): the names of the C API

struct trecvit_model {
  std::shared_ptr<const trecvit::Model> model;
  std::vector<std::string> labels;  // [C]
  std::string readout;
};

struct trecvit_state {
  trecvit::StreamState state;
  std::atomic<bool> in_use = false;
};

struct trecvit_engine {
  trecvit::Engine engine;
  trecvit::Preprocessor preprocess;
  trecvit::Array<float> frame;  // [H, W, 3], the model's input
  trecvit::Array<float> probs;  // [C]
  std::atomic<bool> in_use = false;
};

// NOLINTEND(readability-identifier-naming)
