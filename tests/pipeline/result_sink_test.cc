#include "trecvit/pipeline/result_sink.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "pipeline/session_test.h"
#include "support/errors.h"
#include "support/temp_dir.h"
#include "trecvit/io/json.h"
#include "trecvit/io/npz.h"

namespace trecvit::test {
namespace {

TEST(ResultSinks, AllEndThoughOneFails) {
  struct Failing : ResultSink {
    void frame(const FrameResult&) override {}
    void end(const SessionTotals&) override { throw std::runtime_error("end"); }
    void finish() override { throw std::runtime_error("finish"); }
  };
  struct Counting : ResultSink {
    explicit Counting(int& calls) : count(calls) {}
    void frame(const FrameResult&) override {}
    void end(const SessionTotals&) override { ++count; }
    void finish() override { ++count; }
    int& count;
  };
  int calls = 0;
  ResultSinks sinks;
  sinks.add(std::make_unique<Failing>());
  sinks.add(std::make_unique<Counting>(calls));
  EXPECT_THROW(sinks.end({}), std::runtime_error);
  EXPECT_EQ(calls, 1);
  EXPECT_THROW(sinks.finish(), std::runtime_error);
  EXPECT_EQ(calls, 2);
}

TEST(SinkKinds, EachHasAName) {
  std::vector<std::string_view> names;
  for (const auto& kind : sink_kinds()) {
    names.push_back(kind.name);
    EXPECT_FALSE(kind.what.empty());
  }
  EXPECT_EQ(names, (std::vector<std::string_view>{"text", "json", "csv", "events", "video", "timeline", "features"}));
}

constexpr EventRule kNoEvents = {.on = 1, .off = 1};

TEST_F(SessionTest, LinesAndFeaturesAreThoseOfTheFrames) {
  const TempDir dir;
  std::vector<std::string> lines;
  const auto keep = [&lines](std::string_view line) { lines.emplace_back(line); };
  ResultSinks sinks;
  sinks.add(open_sink("text", {.config = &config_, .topk = 2, .write = keep, .events = kNoEvents}));
  sinks.add(open_sink("json", {.config = &config_, .topk = 3, .write = keep, .events = kNoEvents}));
  sinks.add(open_sink("features", {.config = &config_, .path = dir.file("f.npz"), .tokens = true}));
  auto recording = std::make_unique<RecordingSink>();
  const RecordingSink& sink = *recording;
  sinks.add(std::move(recording));
  FrameChoice choice;
  choice.step = 10;
  ModelInput input = open(kNoise, choice);
  session(sinks).run(input);
  ASSERT_EQ(lines.size(), 8U);
  EXPECT_TRUE(lines[2].starts_with("    10      0.400 s")) << lines[2];
  const Json object = parse_json(lines[3], "line");
  EXPECT_EQ(object.at("schema"), "trecvit.stream/1");
  EXPECT_EQ(object.at("source"), kNoise);
  EXPECT_EQ(object.at("frame"), 10);
  EXPECT_EQ(object.at("top").size(), 3U);
  EXPECT_FALSE(std::filesystem::exists(dir.file("f.npz"))) << "not before it is finished";
  expect_error(ErrorKind::kUsage, {"one source", kNoise}, [&] { session(sinks).run(input); });
  sinks.finish();
  const NpzReader file(open_file(dir.file("f.npz")));
  EXPECT_EQ(file.read("frame").as<int64_t>()[3], 30);
  EXPECT_EQ(file.read("time_s").as<double>()[3], sink.times[3]);
  EXPECT_EQ(file.read("cls").shape(), (Shape{4, config_.width}));
  EXPECT_EQ(file.read("tokens").shape(), (Shape{4, config_.tokens(), config_.width}));
}

}  // namespace
}  // namespace trecvit::test
