// What the fused parts of the network share: a team of threads that goes through the stages of a frame together, its
// scratch memory, and how a stage is split between the members.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "trecvit/base/buffer.h"
#include "trecvit/base/thread_team.h"
#include "trecvit/config/model_config.h"
#include "trecvit/engine/kernels.h"
#include "trecvit/engine/workspace.h"

namespace trecvit {

class FusedWorkspace final : public Workspace {
 public:
  FusedWorkspace(const ModelConfig& config, const Kernels& kernels, int threads);

  // Makes room for frames of `tokens` tokens; allocates only if that is more than ever before.
  void fit(const ModelConfig& config, const Kernels& kernels, int64_t tokens);

  ThreadTeam team;
  Array<float> normed;                // [N, D]
  Array<float> narrow;                // [N, max(R, D)] recurrence or attention before its output projection
  Array<float> wide;                  // [N, max(2R, 3D, F)] projections; the patches of a frame
  std::vector<Array<float>> scratch;  // one per thread, for kernels

 private:
  int64_t tokens_ = 0;
};

// One member of the team in a walk over stages, and the workspace it uses.
class Worker {
 public:
  Worker(ThreadTeam::Member& member, FusedWorkspace& workspace) : ws(workspace), member_(member) {}
  int index() const { return member_.index(); }
  int size() const { return member_.size(); }
  // Every member must reach every barrier, even if it skipped its work because of a stop.
  void barrier() { member_.barrier(); }

  // Calls part(rows) for one piece of `rows` after another, until a stop is requested.
  template <class Part>
  void in_pieces(Range rows, double operations_per_row, Part part) const {
    const int64_t most = ws.rows_of_piece(operations_per_row);
    for (int64_t begin = rows.begin; begin < rows.end && !ws.stopping(); begin += most)
      part(Range{begin, std::min(begin + most, rows.end)});
  }

  FusedWorkspace& ws;

 private:
  ThreadTeam::Member& member_;
};

// Computes this member's share of one dense layer over `rows` contiguous rows a -> c: some panels, or some rows if
// there are few panels. No barrier.
void shared_dense(const Worker& member, const Kernels& kernels, const PackedDense& weights, const float* a,
                  int64_t rows, Epilogue epilogue, float* c);

}  // namespace trecvit
