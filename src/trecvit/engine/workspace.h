// What one caller needs to run a model, in addition to the model: scratch memory, threads, and a way to stop.
#pragma once

#include <algorithm>
#include <cstdint>
#include <stop_token>

namespace trecvit {

// Made once by the encoder of a network (Encoder::make_workspace), for all of its parts. One call at a time may use it.
class Workspace {
 public:
  virtual ~Workspace() = default;
  // Where a stop may be requested; null if nobody can request one. After a request, a call skips its remaining stages:
  // it returns within a fraction of a second, or throws Stopped (base/stop.h). Its outputs and its changes to the
  // memory of streams are then meaningless.
  const std::stop_token* stop = nullptr;
  bool stopping() const { return stop && stop->stop_requested(); }

  // Multiply-adds of a stage between two checks of `stop`; whole stages of common models have fewer.
  double piece_operations = 1e9;
  // Rows per piece of a stage with that many multiply-adds per row.
  int64_t rows_of_piece(double operations_per_row) const {
    constexpr double kLeast = 16, kMost = 1e9;  // packing for a piece should not cost more than the piece
    return static_cast<int64_t>(std::clamp(piece_operations / std::max(operations_per_row, 1.0), kLeast, kMost));
  }
};

}  // namespace trecvit
