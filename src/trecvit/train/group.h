// The processes that train one run together. Each has a copy of the weights and processes its share of every batch; the
// sum over the processes is the same as if one process had done all the work. This interface decides who writes, what
// is summed and which batches a process takes. So far every run is a single process.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>

namespace trecvit::train {

// All functions except rank(), size() and leads() must be called by all processes of the group, in the same order. One
// thread of each process at a time.
class Group {
 public:
  virtual ~Group() = default;
  virtual int64_t rank() const = 0;  // 0 to size() - 1
  virtual int64_t size() const = 0;
  // Whether this process writes the files of the run.
  bool leads() const { return rank() == 0; }
  // Replaces each element of each tensor by its sum over the processes; the result is bit-identical in all of them.
  virtual void sum(std::span<at::Tensor> tensors) const = 0;
  // The same for numbers.
  virtual void sum(std::span<double> values) const = 0;
  // Whether `mine` is true in any process.
  bool any(bool mine) const {
    double votes = mine ? 1 : 0;
    sum({&votes, 1});
    return votes > 0;
  }
};

// A single process.
class GroupOfOne final : public Group {
 public:
  int64_t rank() const override { return 0; }
  int64_t size() const override { return 1; }
  void sum(std::span<at::Tensor> /*tensors*/) const override {}
  void sum(std::span<double> /*values*/) const override {}
};
inline const Group& group_of_one() {
  static const GroupOfOne group;
  return group;
}

}  // namespace trecvit::train
