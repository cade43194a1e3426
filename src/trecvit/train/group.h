// The processes that train one run together. Each has a copy of the weights and processes its share of every batch; the
// sum over the processes is the same as if one process had done all the work, except that each draws its own dropout
// (docs/decisions/0015). This interface decides who writes, what is summed and which batches a process takes. So far
// every run of the command is a single process.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <string>

namespace trecvit::train {

// All functions except rank(), size(), leads() and leave() must be called by all processes of the group, in the same
// order. They throw Error(kResource) once one process has left the group because it failed. One thread of each process
// at a time.
class Group {
 public:
  virtual ~Group() = default;
  virtual int64_t rank() const = 0;  // 0 to size() - 1
  virtual int64_t size() const = 0;
  // Whether this process writes the files of the run and talks to the user.
  bool leads() const { return rank() == 0; }

  // Replaces each element of each tensor by its sum over the processes; the result is bit-identical in all of them.
  void sum(std::span<at::Tensor> tensors) const;
  // The same for numbers.
  void sum(std::span<double> values) const;
  // Whether `mine` is true in any process.
  bool any(bool mine) const;
  // The text of the process that leads.
  std::string from_leader(const std::string& text) const;
  // Waits until all processes have come this far.
  void meet() const;

  // For a process that fails, as the last call: in the others, the function above that they are in or call next throws.
  // Does nothing if another process failed first.
  void leave() const noexcept;

 private:
  // As sum().
  virtual void sum_tensors(std::span<at::Tensor> tensors) const = 0;
  virtual void sum_values(std::span<double> values) const = 0;

  // Every call begins with the number of processes that fail now, so that a failing process need not know which one
  // the others are in.
  double count_failures(bool mine) const;

  mutable bool over_ = false;  // one of the processes has failed
};

// A single process.
class GroupOfOne final : public Group {
 public:
  int64_t rank() const override { return 0; }
  int64_t size() const override { return 1; }

 private:
  void sum_tensors(std::span<at::Tensor> /*tensors*/) const override {}
  void sum_values(std::span<double> /*values*/) const override {}
};
inline const Group& group_of_one() {
  static const GroupOfOne group;
  return group;
}

}  // namespace trecvit::train
