// A group of processes computes what one process would compute. Here the processes are threads, each with its own
// weights.
#include "trecvit/train/group.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <vector>

#include "train/thread_group.h"
#include "train/train_step_test.h"

namespace trecvit::test {
namespace {

struct Trained {
  std::map<std::string, Tensor> weights;
  std::vector<StepResult> results;
};

constexpr int64_t kSteps = 3;

// The steps of one member of a group, with `each` batches per step.
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
  std::vector<Trained> out(static_cast<size_t>(members));
  in_group(members,
           [&](const train::Group& group) { out[static_cast<size_t>(group.rank())] = train_member(group, all, each); });
  return out;
}

TEST(Group, OfOneProcessChangesNothing) {
  const train::Group& one = train::group_of_one();
  EXPECT_TRUE(one.leads());
  EXPECT_EQ(one.size(), 1);
  std::vector<double> values = {1.5, -2};
  one.sum(values);
  EXPECT_EQ(values, (std::vector<double>{1.5, -2}));
  EXPECT_TRUE(one.any(true));
  EXPECT_FALSE(one.any(false));
  EXPECT_EQ(one.from_leader("text"), "text");
  one.leave();
  one.meet();
}

TEST(Group, AllGetTheTextOfTheLeader) {
  std::vector<std::string> got(3);
  in_group(3, [&](const train::Group& group) {
    const auto rank = static_cast<size_t>(group.rank());
    got[rank] = group.from_leader(group.leads() ? "runs/caf\u00e9-1" : "another");
  });
  for (const auto& text : got) EXPECT_EQ(text, "runs/caf\u00e9-1");
}

// Whichever call the others are in when a process fails.
TEST(Group, IfOneLeavesTheOthersThrow) {
  const auto at_a_tensor = [](const train::Group& group) {
    std::vector<Tensor> tensors = {at::ones({2})};
    group.sum(tensors);
  };
  const auto at_values = [](const train::Group& group) {
    std::vector<double> values = {1, 2, 3};
    group.sum(values);
  };
  const auto at_a_text = [](const train::Group& group) { group.from_leader("text"); };
  const auto at_a_meeting = [](const train::Group& group) { group.meet(); };
  for (const std::function<void(const train::Group&)>& call :
       std::vector<std::function<void(const train::Group&)>>{at_a_tensor, at_values, at_a_text, at_a_meeting}) {
    std::atomic<int> failed = 0;
    in_group(3, [&](const train::Group& group) {
      group.meet();
      if (group.rank() == 1) return group.leave();
      for (int again = 0; again < 2; ++again) {
        try {
          call(group);
        } catch (const Error& error) {
          EXPECT_EQ(error.kind(), ErrorKind::kResource);
          ++failed;
        }
      }
      group.leave();  // must not wait: they fail too
    });
    EXPECT_EQ(failed, 4);
  }
}

// Reduces a batch to its first clip.
void keep_one(Batch& batch) {
  const auto shorten = [&batch](auto& values) { values.resize(values.size() / static_cast<size_t>(batch.clips)); };
  shorten(batch.index);
  shorten(batch.label);
  shorten(batch.pixels);
  shorten(batch.targets);
  shorten(batch.motion);
  batch.clips = 1;
}

TEST(Group, LearnsWhatOneProcessLearns) {
  auto all = StepFixture().batches(4 * kSteps, 3);
  keep_one(all[1]);  // as if bad files were skipped: the other clips weigh more
  const Trained alone = train_member(train::group_of_one(), all, 4);
  for (const int64_t members : {2, 4}) {
    const auto together = train_together(members, all, 4 / members);
    for (const auto& member : together) {
      EXPECT_EQ(largest_difference(member.weights, together[0].weights), 0) << "every member has the same weights";
      EXPECT_LE(largest_difference(member.weights, alone.weights), kGroupRounding) << members;
      for (size_t i = 0; i < kSteps; ++i) {
        EXPECT_NEAR(member.results[i].loss.value, alone.results[i].loss.value, 1e-6);
        EXPECT_NEAR(member.results[i].loss.parts.at("accuracy"), alone.results[i].loss.parts.at("accuracy"), 1e-6);
        EXPECT_NEAR(member.results[i].gradient_norm, alone.results[i].gradient_norm, 1e-4);
      }
    }
  }
}

// If all clips of one member are bad, it takes the step of the others.
TEST(Group, AMemberWithoutClipsLearnsWhatTheOthersLearn) {
  auto all = StepFixture().batches(2 * kSteps, 3);
  for (size_t i = 1; i < all.size(); i += 2) all[i].clips = 0;
  const auto together = train_together(2, all, 1);
  EXPECT_EQ(largest_difference(together[0].weights, together[1].weights), 0);
  EXPECT_LE(largest_difference(together[0].weights, train_member(train::group_of_one(), all, 2).weights),
            kGroupRounding);
}

}  // namespace
}  // namespace trecvit::test
