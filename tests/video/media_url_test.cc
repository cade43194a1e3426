#include "trecvit/video/media_url.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>
#include <vector>

#include "support/errors.h"
#include "trecvit/base/stop.h"
#include "trecvit/base/stopwatch.h"
#include "trecvit/video/source.h"
#include "video/loopback.h"
#include "video/video_test.h"

namespace trecvit::test {
namespace {

using std::chrono::milliseconds;

constexpr const char* kLive = "HTTP/1.1 200 OK\r\nContent-Type: video/mp2t\r\nConnection: close\r\n\r\n";

std::string with_length(const std::string& bytes) {
  return "HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nConnection: close\r\nContent-Length: " +
         std::to_string(bytes.size()) + "\r\n\r\n" + bytes;
}

std::vector<Image> frames_of(FrameSource& source) {
  std::vector<Image> frames;
  for (Frame frame; source.read(frame);) frames.push_back(std::exchange(frame.image, {}));
  return frames;
}

void expect_same(const std::vector<Image>& got, const std::vector<Image>& expected) {
  ASSERT_EQ(got.size(), expected.size());
  for (size_t i = 0; i < got.size(); ++i) {
    const ImageView a = got[i].view(), b = expected[i].view();
    ASSERT_EQ(a.width, b.width);
    ASSERT_EQ(a.height, b.height);
    for (int y = 0; y < a.height; ++y)
      ASSERT_EQ(std::memcmp(a.row<uint8_t>(y), b.row<uint8_t>(y), static_cast<size_t>(a.width) * 3), 0) << i;
  }
}

class MediaUrl : public VideoTest {
 protected:
  std::vector<Image> frames_of_clip(const std::string& name) { return frames_of(*open_source(clip(name))); }
  SourceOptions quick_ = {.timeout_seconds = 5, .reconnect_seconds = 0};
};

TEST_F(MediaUrl, SchemesAreKnown) {
  for (const char* url : {"http://h/a", "https://h/a", "rtsp://h/a", "rtsps://h", "rtmp://h/a", "udp://h:1",
                          "tcp://h:1", "srt://h:1", "HTTP://h"})
    EXPECT_TRUE(is_media_url(url)) << url;
  for (const char* other : {"ftp://h/a", "file:///a", "concat:a|b", "clip.mp4", "data:video/mp4;base64,AA", "pipe:0"})
    EXPECT_FALSE(is_media_url(other)) << other;
  const auto schemes = url_schemes();
  EXPECT_NE(std::find(schemes.begin(), schemes.end(), "http"), schemes.end());
}

TEST_F(MediaUrl, AFileOnAServerGivesTheFramesOfTheFile) {
  for (const std::string name : {"mpeg2.ts", "bt709_full_10bit_vfr.mkv", "plain.y4m"}) {
    const std::string bytes = read_bytes(clip(name));
    TcpServer server([&](const TcpServer::Client& client, int) {
      client.read_head();
      client.send(with_length(bytes));
    });
    const auto source = open_source(server.url("http", "/" + name), quick_);
    EXPECT_FALSE(source->info().is_live) << name;
    expect_same(frames_of(*source), frames_of_clip(name));
    EXPECT_EQ(server.connections(), 1) << name;
  }
}

// The index of this file is at its end: the reader asks for parts of the file.
TEST_F(MediaUrl, AServerThatGivesPartsAllowsAnIndexAtTheEnd) {
  const std::string bytes = read_bytes(clip("bt601_bframes.mp4"));
  TcpServer server([&](const TcpServer::Client& client, int) {
    const std::string head = client.read_head();
    const size_t range = head.find("Range: bytes="),
                 from = range == std::string::npos ? 0 : std::stoul(head.substr(range + 13));
    client.send("HTTP/1.1 206 Partial Content\r\nAccept-Ranges: bytes\r\nConnection: close\r\nContent-Length: " +
                std::to_string(bytes.size() - from) + "\r\nContent-Range: bytes " + std::to_string(from) + "-" +
                std::to_string(bytes.size() - 1) + "/" + std::to_string(bytes.size()) + "\r\n\r\n" +
                bytes.substr(from));
  });
  const auto source = open_source(server.url("http", "/a.mp4"), quick_);
  EXPECT_FALSE(source->info().is_live);
  expect_same(frames_of(*source), frames_of_clip("bt601_bframes.mp4"));
}

TEST_F(MediaUrl, AnAnswerWithoutALengthIsLive) {
  const std::string ts = read_bytes(clip("mpeg2.ts"));
  TcpServer server([&](const TcpServer::Client& client, int) {
    client.read_head();
    client.send(kLive + ts);
  });
  const auto source = open_source(server.url("http", "/live"), quick_);
  EXPECT_TRUE(source->info().is_live);
  expect_same(frames_of(*source), frames_of_clip("mpeg2.ts"));
}

// In pieces, with a last one: the same answer again would be the same video again.
TEST_F(MediaUrl, AnAnswerThatIsCompleteIsNotAskedForAgain) {
  const std::string ts = read_bytes(clip("mpeg2.ts"));
  std::string length;
  for (size_t rest = ts.size(); rest > 0; rest /= 16) length.insert(0, 1, "0123456789abcdef"[rest % 16]);
  TcpServer server([&](const TcpServer::Client& client, int) {
    client.read_head();
    client.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n" + length + "\r\n" + ts +
                "\r\n0\r\n\r\n");
  });
  quick_.reconnect_seconds = 30;
  expect_same(frames_of(*open_source(server.url("http", "/video"), quick_)), frames_of_clip("mpeg2.ts"));
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(MediaUrl, ALiveStreamThatIsCutGoesOn) {
  const std::string ts = read_bytes(clip("mpeg2.ts"));
  const size_t frames = frames_of_clip("mpeg2.ts").size();
  TcpServer server([&](const TcpServer::Client& client, int number) {
    client.read_head();
    if (number < 2) client.send(kLive + ts);
  });
  quick_.reconnect_seconds = 2;
  const auto source = open_source(server.url("http", "/live"), quick_);
  std::vector<int64_t> gaps;
  int64_t count = 0;
  for (Frame frame; source->read(frame); ++count) {
    EXPECT_EQ(frame.index, count);
    if (frame.after_gap) gaps.push_back(frame.index);
  }
  EXPECT_EQ(count, static_cast<int64_t>(2 * frames));
  EXPECT_EQ(gaps, std::vector<int64_t>{static_cast<int64_t>(frames)});
  EXPECT_EQ(source->faults().broken_connections, 1);
}

TEST_F(MediaUrl, ATransportStreamComesOverUdp) {
  const std::string ts = read_bytes(clip("mpeg2.ts"));
  UdpSender sender;
  std::atomic<bool> ends = false;
  std::jthread feed([&] {
    for (size_t at = 0; !ends; at = at + 1316 >= ts.size() ? 0 : at + 1316) {
      sender.send(std::string_view(ts).substr(at, 1316));
      std::this_thread::sleep_for(milliseconds(2));
    }
  });
  const auto source = open_source("udp://127.0.0.1:" + std::to_string(sender.port()), quick_);
  EXPECT_TRUE(source->info().is_live);
  EXPECT_EQ(source->info().width, 64);
  Frame frame;
  for (int64_t i = 0; i < 30; ++i) {
    ASSERT_TRUE(source->read(frame));
    EXPECT_EQ(frame.index, i);
    expect_color(quarter(frame.image.view(), 0), kQuarters[0], 6);
  }
  ends = true;
}

TEST_F(MediaUrl, WhatCannotBeReadIsRefusedAndPasswordsAreHidden) {
  TcpServer server([](const TcpServer::Client& client, int) {
    const std::string head = client.read_head();
    if (head.find("/missing") != std::string::npos) client.send("HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n");
    if (head.find("/page") != std::string::npos) client.send(with_length("<!DOCTYPE html><html></html>"));
    if (head.find("/list") != std::string::npos)
      client.send(with_length("#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1/a.ts\n"));
    if (head.find("/nothing") != std::string::npos) client.send(with_length(""));
  });
  const std::string host = "user:secret@127.0.0.1:" + std::to_string(server.port());
  const auto refused = [&](const std::string& url, const std::vector<std::string>& words) {
    try {
      open_source(url, quick_);
      ADD_FAILURE() << "expected an error for " << url;
    } catch (const Error& error) {
      const std::string what = error.what();
      EXPECT_EQ(error.kind(), ErrorKind::kInput) << what;
      EXPECT_EQ(what.find("secret"), std::string::npos) << what;
      for (const auto& word : words) EXPECT_NE(what.find(word), std::string::npos) << what;
    }
  };
  refused("http://" + host + "/missing?key=secret", {"[http://***@127.0.0.1", "no connection", "404"});
  refused("http://" + host + "/page", {"web page"});
  refused("http://" + host + "/list", {"expected"});
  refused("http://" + host + "/nothing", {"gives nothing"});
  refused("http://user:secret@127.0.0.1:1/a", {"no connection", "refused"});
  refused("rtsp://user:secret@127.0.0.1:1/a", {"no connection", "refused"});
}

TEST_F(MediaUrl, AServerThatSaysNothingIsNotWaitedForWithoutEnd) {
  quick_.timeout_seconds = 0.2;
  for (const std::string scheme : {"http", "tcp", "rtsp"}) {
    for (const std::string said : {"", kLive}) {
      TcpServer server([&](const TcpServer::Client& client, int) {
        client.send(said);
        client.wait_for_the_end();
      });
      const Stopwatch watch;
      if (said.empty() || scheme == "http") {
        expect_error(ErrorKind::kInput, {"expected data within 0.2 s", "--timeout"},
                     [&] { open_source(server.url(scheme, "/a"), quick_); });
      } else {
        EXPECT_THROW(open_source(server.url(scheme, "/a"), quick_), Error) << scheme;
      }
      EXPECT_LT(watch.seconds(), 5) << scheme;
    }
  }
}

TEST_F(MediaUrl, AStopEndsAWaitForAServer) {
  TcpServer server([](const TcpServer::Client& client, int) { client.wait_for_the_end(); });
  for (const char* scheme : {"http", "rtsp", "tcp"}) {
    std::stop_source stop;
    quick_.stop = stop.get_token();
    std::jthread later([&stop] {
      std::this_thread::sleep_for(milliseconds(50));
      stop.request_stop();
    });
    EXPECT_THROW(open_source(server.url(scheme, "/a"), quick_), Stopped) << scheme;
  }
}

// A server may send its client elsewhere, but not to files or to other protocols.
TEST_F(MediaUrl, AServerCannotSendItsClientToAFile) {
  const std::string file = clip("plain.y4m");
  for (const std::string& target : {"file://" + file, file, std::string("concat:") + file, std::string("data:,a")}) {
    TcpServer server([&](const TcpServer::Client& client, int) {
      client.read_head();
      client.send("HTTP/1.1 302 Found\r\nLocation: " + target + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    });
    EXPECT_THROW(open_source(server.url("http", "/a"), quick_), Error) << target;
  }
}

}  // namespace
}  // namespace trecvit::test
