// Runs of two processes. Here they are threads, each with a model of its own.
#include "train/thread_group.h"
#include "train/train_step_test.h"
#include "trecvit/train/checkpoint.h"

namespace trecvit::test {
namespace {

struct Member {
  train::TrainOutcome outcome;
  std::optional<ErrorKind> failure;
  std::string message;  // of the failure
  int lines_said = 0;
};

train::TrainRequest request_for(const TempDir& dir, const std::vector<std::string>& changes = {}) {
  train::TrainRequest request;
  request.config = tiny_config(changes);
  request.runs = dir.file("runs");
  request.progress = ProgressMode::kNone;
  return request;
}

std::vector<Member> run_together(const std::vector<train::TrainRequest>& requests) {
  std::vector<Member> members(requests.size());
  in_group(std::ssize(requests), [&](const train::Group& group) {
    const auto rank = static_cast<size_t>(group.rank());
    Member& member = members[rank];
    train::TrainRequest request = requests[rank];
    request.say = [&member](const std::string&) { ++member.lines_said; };
    try {
      member.outcome = train::train(request, group);
    } catch (const Error& error) {
      member.failure = error.kind();
      member.message = error.what();
    }
  });
  return members;
}

train::Checkpoint last_checkpoint(const std::string& folder) {
  return train::load_checkpoint(train::list_checkpoints(folder + "/checkpoints").at(0));
}

// With the batches of each step accumulated by one process, or shared by two.
TEST(TrainerOfAGroup, TrainsWhatOneProcessTrains) {
  const TempDir dir;
  const std::string steps = "run.steps=3";
  run_in(dir.file("alone"), tiny_config({steps, "optimizer.accumulate=2"}));
  const auto members = run_together({request_for(dir, {steps}), request_for(dir, {steps})});
  const std::string folder = dir.file("runs/tiny-1");
  for (const auto& member : members) {
    ASSERT_FALSE(member.failure) << member.message;
    EXPECT_EQ(member.outcome.folder, folder);
    EXPECT_EQ(member.outcome.step, 3);
    EXPECT_EQ(member.outcome.test->json.dump(), members[0].outcome.test->json.dump());
  }
  EXPECT_GT(members[0].lines_said, 0);
  EXPECT_EQ(members[1].lines_said, 0);
  EXPECT_FALSE(std::filesystem::exists(dir.file("runs/tiny-2")));
  const auto together = last_checkpoint(folder), alone = last_checkpoint(dir.file("alone"));
  EXPECT_LE(largest_difference(together.model, alone.model), kGroupRounding);
  EXPECT_EQ(parse_json(bytes_of(folder + "/run.json"), "run.json").at("processes"), 2);
  expect_error(ErrorKind::kInput, {"expected processes = 2 as in the checkpoint, got 1"},
               [&] { run_in(folder, tiny_config({"run.steps=3"}), -1, /*resume=*/true); });
}

// A stop request to one process stops both; the resumed run ends like one that was never stopped.
TEST(TrainerOfAGroup, StopsAndResumesTogether) {
  const TempDir dir;
  std::vector<train::TrainRequest> requests(2, request_for(dir));
  run_together(requests);
  StopAfter stop(5);
  stop.give_to(requests[1]);
  for (const auto& member : run_together(requests)) {
    EXPECT_TRUE(member.outcome.stopped) << member.message;
    EXPECT_EQ(member.outcome.step, 5);
  }
  requests.assign(2, request_for(dir));
  for (auto& request : requests) {
    request.folder = dir.file("runs/tiny-2");
    request.resume = true;
  }
  for (const auto& member : run_together(requests)) EXPECT_FALSE(member.failure) << member.message;
  for (const char* file : {"/model/model.safetensors", "/best/model.safetensors", "/log.jsonl"})
    EXPECT_EQ(bytes_of(dir.file("runs/tiny-2") + file), bytes_of(dir.file("runs/tiny-1") + file)) << file;
}

TEST(TrainerOfAGroup, AFailureBeforeTheFirstStepLeavesNoFolder) {
  const TempDir dir;
  const auto members = run_together({request_for(dir), request_for(dir, {"data.train.source=" + dir.file("none")})});
  EXPECT_EQ(members[1].failure, ErrorKind::kInput) << members[1].message;
  EXPECT_EQ(members[0].failure, ErrorKind::kResource);
  EXPECT_NE(members[0].message.find("[group] expected all 2 processes"), std::string::npos) << members[0].message;
  EXPECT_FALSE(std::filesystem::exists(dir.file("runs")));
}

TEST(TrainerOfAGroup, OtherDataInOneProcessAreRefused) {
  const TempDir dir;
  const auto members = run_together(
      {request_for(dir),
       request_for(dir, {"data.train.source=synthetic:camera_moves?classes=directions&objects=1&pool=5"})});
  for (const auto& member : members) {
    EXPECT_EQ(member.failure, ErrorKind::kInput);
    EXPECT_NE(member.message.find("the same data and checkpoint in all 2 processes"), std::string::npos)
        << member.message;
  }
}

// The process that leads saves what was learnt, whichever process failed.
TEST(TrainerOfAGroup, AFailureAfterSomeStepsLosesNothing) {
  class FailAfter : public ProgressSink {
   public:
    void advance(int64_t) override {
      if (++steps_ == 5) fail(ErrorKind::kResource, "test", "expected memory, got none");
    }

   private:
    int steps_ = 0;
  };
  for (const size_t failing : {0, 1}) {
    const TempDir dir;
    FailAfter fails;
    std::vector<train::TrainRequest> requests(2, request_for(dir));
    requests[failing].steps_done = &fails;
    const auto members = run_together(requests);
    for (size_t i = 0; i < members.size(); ++i) {
      EXPECT_EQ(members[i].failure, ErrorKind::kResource);
      EXPECT_NE(members[i].message.find(i == failing ? "[test] expected memory" : "[group] expected all 2"),
                std::string::npos)
          << members[i].message;
      EXPECT_NE(members[i].message.find("saved after step 5"), std::string::npos) << members[i].message;
    }
    EXPECT_EQ(last_checkpoint(dir.file("runs/tiny-1")).step, 5) << failing;
  }
}

}  // namespace
}  // namespace trecvit::test
