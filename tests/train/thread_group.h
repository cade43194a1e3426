// A group whose members are threads of one process.
#pragma once

#include <ATen/ATen.h>

#include <barrier>
#include <thread>
#include <vector>

#include "trecvit/train/group.h"

namespace trecvit::test {

// What the members of a group of threads share.
struct Meeting {
  explicit Meeting(int64_t members) : barrier(members), tensors(static_cast<size_t>(members)), values(tensors.size()) {}
  std::barrier<> barrier;
  std::vector<std::vector<at::Tensor>> tensors;  // of each member
  std::vector<std::vector<double>> values;
};

class ThreadGroup : public train::Group {
 public:
  ThreadGroup(Meeting& meeting, int64_t rank) : meeting_(meeting), rank_(rank) {}
  int64_t rank() const override { return rank_; }
  int64_t size() const override { return std::ssize(meeting_.values); }

 private:
  void sum_tensors(std::span<at::Tensor> tensors) const override {
    auto& mine = meeting_.tensors[static_cast<size_t>(rank_)];
    mine.clear();
    for (const auto& tensor : tensors) mine.push_back(tensor.clone());
    meeting_.barrier.arrive_and_wait();
    for (size_t i = 0; i < tensors.size(); ++i) {
      tensors[i].zero_();
      for (const auto& member : meeting_.tensors) tensors[i] += member.at(i);
    }
    meeting_.barrier.arrive_and_wait();
  }
  void sum_values(std::span<double> values) const override {
    meeting_.values[static_cast<size_t>(rank_)].assign(values.begin(), values.end());
    meeting_.barrier.arrive_and_wait();
    for (size_t i = 0; i < values.size(); ++i) {
      values[i] = 0;
      for (const auto& member : meeting_.values) values[i] += member.at(i);
    }
    meeting_.barrier.arrive_and_wait();
  }

  Meeting& meeting_;
  int64_t rank_;
};

// Calls work(group) in each of the members, which must not throw.
template <class Work>
void in_group(int64_t members, const Work& work) {
  Meeting meeting(members);
  std::vector<std::thread> threads;
  for (int64_t rank = 0; rank < members; ++rank)
    threads.emplace_back([&meeting, &work, rank] { work(ThreadGroup(meeting, rank)); });
  for (auto& thread : threads) thread.join();
}

// The order of summation differs from that of one process, so the last bits may differ. This is a hundredth of what the
// optimiser moves a weight in a step of the tiny run; a wrong share is off by more.
inline constexpr double kGroupRounding = 1e-5;

}  // namespace trecvit::test
