// Streams on a network, through the command.
#include <gtest/gtest.h>

#include <filesystem>

#include "cli/command.h"
#include "support/files.h"
#include "video/loopback.h"

namespace trecvit::test {
namespace {

const std::string kLiveStream = "stream --model generated:mu --json ";

class Live : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::copy_file(TRECVIT_GOLDEN_DIR "/video/mpeg2.ts", dir_.file("mpeg2.ts"));
    if (trecvit(dir_, kLiveStream + "--max-frames 1 mpeg2.ts").code == 4) GTEST_SKIP() << "this build has no FFmpeg";
    ts_ = read_text(*open_file(dir_.file("mpeg2.ts")), 1 << 20);
  }
  // A live stream a connection, for the first `connections`.
  TcpServer::Serve streams(int connections) const {
    return [this, connections](const TcpServer::Client& client, int number) {
      client.read_head();
      if (number < connections) client.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + ts_);
    };
  }
  std::string address(const TcpServer& server) const {
    return "'http://user:secret@127.0.0.1:" + std::to_string(server.port()) + "/live?key=secret'";
  }
  static void expect_no_secret(const Output& output) {
    EXPECT_EQ(output.out.find("secret"), std::string::npos) << output.out;
    EXPECT_EQ(output.err.find("secret"), std::string::npos) << output.err;
  }
  TempDir dir_;
  std::string ts_;
};

TEST_F(Live, AllFramesGiveWhatTheFileGives) {
  TcpServer server(streams(1));
  const Output live = trecvit(dir_, kLiveStream + "--policy all --reconnect 0 " + address(server));
  const Output file = trecvit(dir_, kLiveStream + "mpeg2.ts");
  ASSERT_EQ(live.code, 0) << live.err;
  expect_no_secret(live);
  const auto of_live = live.json(), of_file = file.json();
  ASSERT_EQ(of_live.size(), of_file.size());
  for (size_t i = 0; i < of_live.size(); ++i) {
    EXPECT_EQ(of_live[i]["top"], of_file[i]["top"]);
    EXPECT_EQ(of_live[i]["time_s"], of_file[i]["time_s"]);
    EXPECT_EQ(of_live[i]["skipped"], 0);
    EXPECT_GT(of_live[i]["age_ms"], 0);
    EXPECT_FALSE(of_file[i].contains("age_ms"));
  }
  EXPECT_EQ(of_live[0]["source"], "http://***@127.0.0.1:" + std::to_string(server.port()) + "/live?key=***");
}

TEST_F(Live, SkippedFramesAreCounted) {
  TcpServer server(streams(1));
  const Output live = trecvit(dir_, kLiveStream + "--reconnect 0 " + address(server));
  ASSERT_EQ(live.code, 0) << live.err;
  int64_t taken = 0;
  for (const Json& line : live.json()) EXPECT_EQ(line["skipped"], line["frame"].get<int64_t>() - taken++);
}

TEST_F(Live, AStreamThatWasCutGoesOn) {
  TcpServer server(streams(2));
  const Output live = trecvit(dir_, kLiveStream + "--policy all --reconnect 2 --on-gap reset " + address(server));
  ASSERT_EQ(live.code, 0) << live.err;
  expect_no_secret(live);
  EXPECT_NE(live.err.find("connected again 1 time"), std::string::npos) << live.err;
  EXPECT_NE(live.err.find("the stream ended; trying for 2 s to connect again"), std::string::npos) << live.err;
  const auto lines = live.json();
  const size_t half = lines.size() / 2;
  ASSERT_GE(half, 10U);
  for (size_t i = 0; i < half; ++i) EXPECT_EQ(lines[i]["top"], lines[half + i]["top"]) << "the state was reset";
}

TEST_F(Live, LinesForPeopleShowTheAge) {
  TcpServer server(streams(1));
  const Output live = trecvit(dir_, "stream --model generated:mu --policy all --reconnect 0 " + address(server));
  ASSERT_EQ(live.code, 0) << live.err;
  EXPECT_NE(live.out.find(" ms old, 0 skipped "), std::string::npos) << live.out;
  expect_no_secret(live);
}

TEST_F(Live, SecretsAreNotShownByOtherVerbs) {
  for (const std::string verb : {"classify --json=x.json", "embed -o x.npz", "dump -o y.npz"}) {
    TcpServer server(streams(1));
    const Output output =
        trecvit(dir_, verb + " --model generated:mu --force --policy all --reconnect 0 " + address(server));
    EXPECT_EQ(output.code, 0) << output.err;
    expect_no_secret(output);
  }
  EXPECT_EQ(read_text(*open_file(dir_.file("x.json")), 1 << 20).find("secret"), std::string::npos);
  const Output refused = trecvit(dir_, "classify --model generated:mu http://user:secret@127.0.0.1:1/a");
  EXPECT_EQ(refused.code, 3);
  expect_no_secret(refused);
}

// A camera that is down must not cost yesterday's results.
TEST_F(Live, ASourceThatCannotBeOpenedKeepsOldFiles) {
  const char* const files[] = {"a.csv", "b.csv", "c.srt", "d.html"};
  for (const char* name : files) write_file(dir_.file(name), "old");
  EXPECT_EQ(trecvit(dir_,
                    "stream -m generated:mu --force --csv a.csv --events b.csv --srt c.srt --html d.html "
                    "http://127.0.0.1:1/a")
                .code,
            3);
  for (const char* name : files) EXPECT_EQ(content(dir_.file(name)), "old") << name;
}

}  // namespace
}  // namespace trecvit::test
