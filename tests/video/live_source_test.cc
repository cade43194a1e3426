#include "trecvit/video/live_source.h"

#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <vector>

#include "support/errors.h"
#include "trecvit/base/stopwatch.h"
#include "video/scripted_source.h"

namespace trecvit::test {
namespace {

using Scripts = std::vector<Script>;

// Opens the scripts in turn; after them there is no connection.
class Server {
 public:
  explicit Server(std::vector<Script> scripts) : scripts_(std::move(scripts)) {}
  std::unique_ptr<FrameSource> open(const SourceOptions& options) {
    if (opened_ == scripts_.size()) fail_input("scripted", "expected a connection, got none");
    return std::make_unique<ScriptedSource>(scripts_[opened_++], options.stop);
  }
  std::unique_ptr<FrameSource> reconnecting(const SourceOptions& options) {
    return trecvit::reconnecting([this](const SourceOptions& chosen) { return open(chosen); }, options);
  }

 private:
  std::vector<Script> scripts_;
  size_t opened_ = 0;
};

TEST(LiveSource, GoesOnAfterItBroke) {
  Server server(Scripts{{.frames = 3, .breaks = true}, {.frames = 2}});
  const auto source = server.reconnecting({.reconnect_seconds = 1});
  std::vector<int64_t> indices;
  std::vector<double> times;
  std::vector<bool> gaps;
  Frame frame;
  while (source->read(frame)) {
    indices.push_back(frame.index);
    times.push_back(frame.pts_seconds);
    gaps.push_back(frame.after_gap);
  }
  EXPECT_EQ(indices, (std::vector<int64_t>{0, 1, 2, 3, 4}));
  EXPECT_EQ(gaps, (std::vector<bool>{false, false, false, true, false}));
  EXPECT_GT(times[3], times[2] + 0.4) << "time goes on while there is no connection";
  EXPECT_LT(times[3], times[2] + 60);
  EXPECT_NEAR(times[4] - times[3], 0.04, 1e-9);
  EXPECT_EQ(source->faults().broken_connections, 1);
  EXPECT_EQ(source->faults().damaged_packets, 5) << "of both connections";
  EXPECT_FALSE(source->read(frame)) << "an end stays the end";
}

TEST(LiveSource, ThrowsWhatBrokeItIfThereIsNoOtherConnection) {
  Server server(Scripts{{.frames = 1, .breaks = true}});
  const auto source = server.reconnecting({.reconnect_seconds = 0.1});
  Frame frame;
  EXPECT_TRUE(source->read(frame));
  expect_error(ErrorKind::kInput, {"got a cut"}, [&] { source->read(frame); });
  EXPECT_FALSE(source->read(frame));
}

TEST(LiveSource, TheFirstConnectionMustSucceed) {
  Server server(Scripts{});
  expect_error(ErrorKind::kInput, {"got none"}, [&] { server.reconnecting({}); });
}

TEST(LiveSource, OtherSourcesAndZeroSecondsMeanNoSecondConnection) {
  for (const bool is_live : {false, true}) {
    Server server(Scripts{{.frames = 1, .is_live = is_live}, {.frames = 1}});
    const auto source = server.reconnecting({.reconnect_seconds = is_live ? 0.0 : 30.0});
    Frame frame;
    EXPECT_TRUE(source->read(frame));
    EXPECT_FALSE(source->read(frame));
  }
}

TEST(LiveSource, AStopEndsTheWaitForAConnection) {
  std::stop_source stop;
  Server server(Scripts{{.frames = 1}});
  const auto source = server.reconnecting({.reconnect_seconds = 1000, .stop = stop.get_token()});
  Frame frame;
  EXPECT_TRUE(source->read(frame));
  std::jthread later([&stop] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    stop.request_stop();
  });
  EXPECT_THROW(source->read(frame), Stopped);
}

}  // namespace
}  // namespace trecvit::test
