#include "trecvit/train/run_writer.h"

#include "train/train_test.h"

namespace trecvit::test {
namespace {

// In a process that does not lead, every call is allowed and writes nothing.
TEST(RunWriter, WritesNothingIfAnotherProcessLeads) {
  const TempDir dir;
  const train::RunSetup setup;
  train::RunPosition position;
  train::RunWriter writer(setup, dir.path(), /*leads=*/false, position, {true, Json(), "a change"});
  EXPECT_EQ(writer.saved(), 0) << "the checkpoint that the run resumed from";
  position.step = 3;
  const train::TestResult test;
  writer.note(3, "a note");
  writer.step(3, {}, {});
  writer.test(3, test);
  writer.pictures(3, {{"picture", {}}}, true);
  writer.flush();
  writer.sync();
  writer.save(position);
  writer.save_best({{3, "loss", 0.5}, -0.5});
  writer.save_model();
  writer.facts(position);
  writer.end(position, &test);
  writer.film({"film", 2, 2, {std::vector<uint8_t>(12)}});
  EXPECT_EQ(writer.saved(), 3) << "as in the process that leads";
  EXPECT_TRUE(writer.shown().empty());
  EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
}

}  // namespace
}  // namespace trecvit::test
