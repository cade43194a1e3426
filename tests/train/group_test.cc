// Processes that train together do what one process does. Here they are threads, each with weights of its own.
#include "trecvit/train/group.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <barrier>
#include <thread>
#include <vector>

#include "train/train_step_test.h"

namespace trecvit::test {
namespace {

// What the members of a group of threads share.
struct Meeting {
  explicit Meeting(int64_t members) : barrier(members), tensors(static_cast<size_t>(members)), values(tensors.size()) {}
  std::barrier<> barrier;
  std::vector<std::vector<Tensor>> tensors;  // of each member
  std::vector<std::vector<double>> values;
};

class ThreadGroup : public train::Group {
 public:
  ThreadGroup(Meeting& meeting, int64_t rank) : meeting_(meeting), rank_(rank) {}
  int64_t rank() const override { return rank_; }
  int64_t size() const override { return std::ssize(meeting_.values); }
  void sum(std::span<Tensor> tensors) const override {
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
  void sum(std::span<double> values) const override {
    meeting_.values[static_cast<size_t>(rank_)].assign(values.begin(), values.end());
    meeting_.barrier.arrive_and_wait();
    for (size_t i = 0; i < values.size(); ++i) {
      values[i] = 0;
      for (const auto& member : meeting_.values) values[i] += member.at(i);
    }
    meeting_.barrier.arrive_and_wait();
  }

 private:
  Meeting& meeting_;
  int64_t rank_;
};

struct Trained {
  std::map<std::string, Tensor> weights;
  std::vector<StepResult> results;
};

constexpr int64_t kSteps = 3;

// Some steps of member `rank` of a group, with `each` batches a step.
Trained train_member(const train::Group& group, const std::vector<Batch>& all, int64_t each) {
  const StepFixture fixture({"optimizer.warmup=0", "optimizer.clip_norm=0.5"});
  TrainStep step(fixture.config, fixture.network, 8,
                 std::make_shared<train::Classification>(fixture.config, fixture.network, Tensor()), group);
  Trained out;
  for (int64_t i = 0; i < kSteps; ++i) {
    std::vector<Batch> mine;
    for (int64_t b = 0; b < each; ++b)
      mine.push_back(all.at(static_cast<size_t>((i * each + b) * group.size() + group.rank())));
    out.results.push_back(step.run(mine, i));
  }
  out.weights = copy_of(step.weights());
  return out;
}

std::vector<Trained> train_together(int64_t members, const std::vector<Batch>& all, int64_t each) {
  Meeting meeting(members);
  std::vector<Trained> out(static_cast<size_t>(members));
  std::vector<std::thread> threads;
  for (int64_t rank = 0; rank < members; ++rank) {
    threads.emplace_back([&, rank] {
      const ThreadGroup group(meeting, rank);
      out[static_cast<size_t>(rank)] = train_member(group, all, each);
    });
  }
  for (auto& thread : threads) thread.join();
  return out;
}

TEST(Group, OfOneChangesNothing) {
  const train::Group& one = train::group_of_one();
  EXPECT_TRUE(one.leads());
  EXPECT_EQ(one.size(), 1);
  std::vector<double> values = {1.5, -2};
  one.sum(values);
  EXPECT_EQ(values, (std::vector<double>{1.5, -2}));
  EXPECT_TRUE(one.any(true));
  EXPECT_FALSE(one.any(false));
}

// The first clip of a batch alone.
void keep_one(Batch& batch) {
  const auto shorten = [&batch](auto& values) { values.resize(values.size() / static_cast<size_t>(batch.clips)); };
  shorten(batch.index);
  shorten(batch.label);
  shorten(batch.pixels);
  shorten(batch.targets);
  shorten(batch.motion);
  batch.clips = 1;
}

// The order of adding differs, so the last bits may. A hundredth of what the optimiser moves a weight in a step; a
// wrong share is off by more.
constexpr double kRounding = 1e-5;

TEST(Group, MembersDoTogetherWhatOneDoesAlone) {
  auto all = StepFixture().batches(4 * kSteps, 3);
  keep_one(all[1]);  // as where bad files are skipped: the others count for more
  const Trained alone = train_member(train::group_of_one(), all, 4);
  for (const int64_t members : {2, 4}) {
    const auto together = train_together(members, all, 4 / members);
    for (const auto& member : together) {
      EXPECT_EQ(largest_difference(member.weights, together[0].weights), 0) << "every member has the same weights";
      EXPECT_LE(largest_difference(member.weights, alone.weights), kRounding) << members;
      for (size_t i = 0; i < kSteps; ++i) {
        EXPECT_NEAR(member.results[i].loss.value, alone.results[i].loss.value, 1e-6);
        EXPECT_NEAR(member.results[i].loss.parts.at("accuracy"), alone.results[i].loss.parts.at("accuracy"), 1e-6);
        EXPECT_NEAR(member.results[i].gradient_norm, alone.results[i].gradient_norm, 1e-4);
      }
    }
  }
}

// Where all clips of one member were bad, the others teach it.
TEST(Group, AMemberWithoutClipsLearnsAsTheOthers) {
  auto all = StepFixture().batches(2 * kSteps, 3);
  for (size_t i = 1; i < all.size(); i += 2) all[i].clips = 0;
  const auto together = train_together(2, all, 1);
  EXPECT_EQ(largest_difference(together[0].weights, together[1].weights), 0);
  EXPECT_LE(largest_difference(together[0].weights, train_member(train::group_of_one(), all, 2).weights), kRounding);
}

}  // namespace
}  // namespace trecvit::test
