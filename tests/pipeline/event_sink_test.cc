// Tables, subtitles and edit lists of a stream whose probabilities are known.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "pipeline/session_test.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/temp_dir.h"
#include "trecvit/io/json.h"
#include "trecvit/pipeline/result_sink.h"
#include "trecvit/pipeline/sink_kinds.h"

namespace trecvit::test {
namespace {

// Two classes, several labels at a time, 10 frames a second: what a frame's digit says is the probability in tenths.
class EventSinks : public testing::Test {
 protected:
  EventSinks() {
    config_.num_classes = 2;
    config_.multi_label = true;
    config_.id2label = {{0, "cat, grey"}, {1, "<dog> & co"}};
  }
  void play(ResultSink& sink, const std::string& cat, const std::string& dog, const std::string& name = "a.mp4") {
    SourceInfo info;
    info.name = name;
    info.fps_from_header = 10;
    sink.begin(info);
    for (size_t i = 0; i < cat.size(); ++i) {
      InputFrame frame;
      frame.index = static_cast<int64_t>(i);
      frame.pts_seconds = 0.1 * static_cast<double>(i);
      frame.duration_seconds = 0.1;
      const std::vector<float> logits = {logit(cat[i]), logit(dog[i])};
      const StepResult answer{logits, {}, {}};
      sink.frame({frame, answer, 1.5, {}});
    }
    sink.end({});
  }
  // The text of the file written.
  std::string file(const std::string& name, const std::string& cat, const std::string& dog) {
    const auto sink = open_sink("events", with_path(name));
    play(*sink, cat, dog);
    sink->finish();
    return content(dir_.file(name));
  }
  SinkOptions with_path(const std::string& name) {
    return {.config = &config_,
            .topk = 2,
            .path = dir_.file(name),
            .events = {.on = 0.55, .off = 0.45, .min_seconds = 0.15, .gap_seconds = 0.05}};
  }
  static float logit(char tenths) {
    const double p = 0.1 * (tenths - '0');
    return static_cast<float>(std::log(p / (1 - p)));
  }

  ModelConfig config_;
  TempDir dir_;
};

const std::string kCat = "1999999119", kDog = "1188811111";

TEST_F(EventSinks, TheTableLiesInTheOrderOfTheEnds) {
  EXPECT_EQ(file("e.csv", kCat, kDog),
            "source,label,start_frame,end_frame,start_s,end_s,peak,mean\n"
            "a.mp4,<dog> & co,2,4,0.2,0.5,0.8,0.8\n"
            "a.mp4,\"cat, grey\",1,6,0.1,0.7,0.9,0.9\n");
}

TEST_F(EventSinks, SubtitlesLieInTheOrderOfTheStarts) {
  EXPECT_EQ(file("e.srt", kCat, kDog),
            "1\n00:00:00,100 --> 00:00:00,700\ncat, grey\n\n"
            "2\n00:00:00,200 --> 00:00:00,500\n<dog> & co\n\n");
  EXPECT_EQ(file("e.vtt", kCat, kDog),
            "WEBVTT\n\n00:00:00.100 --> 00:00:00.700\ncat, grey\n\n"
            "00:00:00.200 --> 00:00:00.500\n&lt;dog&gt; &amp; co\n\n");
  EXPECT_EQ(file("none.vtt", "11", "11"), "WEBVTT\n\n");
}

TEST_F(EventSinks, AnEditListHasTheFramesOfBothTapes) {
  EXPECT_EQ(file("e.edl", kCat, kDog),
            "TITLE: a.mp4\nFCM: NON-DROP FRAME\n\n"
            "001  AX       V     C        00:00:00:01 00:00:00:07 00:00:00:00 00:00:00:06\n"
            "* FROM CLIP NAME: a.mp4\n* COMMENT: cat, grey\n\n"
            "002  AX       V     C        00:00:00:02 00:00:00:05 00:00:00:06 00:00:00:09\n"
            "* FROM CLIP NAME: a.mp4\n* COMMENT: <dog> & co\n\n");
}

TEST_F(EventSinks, OnlyTheTableHoldsSeveralSources) {
  const auto table = open_sink("events", with_path("e.csv"));
  play(*table, kCat, kDog);
  play(*table, "999", "111", "b.mp4");
  table->finish();
  EXPECT_NE(content(dir_.file("e.csv")).find("\nb.mp4,\"cat, grey\",0,2,0,0.3,"), std::string::npos);
  const auto subtitles = open_sink("events", with_path("e.srt"));
  play(*subtitles, kCat, kDog);
  expect_error(ErrorKind::kUsage, {"e.srt", "one source", "b.mp4"}, [&] { play(*subtitles, "1", "1", "b.mp4"); });
}

TEST_F(EventSinks, JsonSaysWhenAnEventBeginsAndWhenItIsOver) {
  std::vector<Json> objects;
  SinkOptions options = with_path("");
  options.write = [&](std::string_view line) { objects.push_back(parse_json(std::string(line), "line")); };
  options.probs = true;
  const auto sink = open_sink("json", options);
  play(*sink, "199119", "111199");
  ASSERT_EQ(objects.size(), 7U);
  std::map<size_t, Json> events;
  for (size_t i = 0; i < objects.size(); ++i) {
    if (objects[i].contains("events")) events[i] = objects[i]["events"];
  }
  ASSERT_EQ(events.size(), 4U);
  EXPECT_EQ(events[2][0]["label"], "cat, grey");
  EXPECT_EQ(events[2][0]["start_s"], 0.1);
  EXPECT_TRUE(events[2][0]["end_s"].is_null()) << "it goes on";
  EXPECT_EQ(events[3][0]["end_s"], 0.3);
  EXPECT_EQ(events[5][0]["label"], "<dog> & co");
  EXPECT_EQ(objects[6]["schema"], "trecvit.events/1");
  EXPECT_EQ(events[6].size(), 1U) << "the cat of the last frame alone is too short";
  EXPECT_EQ(events[6][0]["end_s"], 0.6);
  EXPECT_NEAR(objects[1]["probs"]["cat, grey"].get<double>(), 0.9, 1e-6);
  EXPECT_NEAR(objects[1]["probs"]["<dog> & co"].get<double>(), 0.1, 1e-6) << "each has a probability of its own";
}

TEST_F(EventSinks, LinesSayTheSame) {
  std::string text;
  SinkOptions options = with_path("");
  options.write = [&](std::string_view line) { text += line; };
  play(*open_sink("text", options), "199119", "111111");
  EXPECT_NE(text.find("        event begun: cat, grey, at 0.100 s\n"), std::string::npos) << text;
  EXPECT_NE(text.find("        event over: cat, grey, 0.100 to 0.300 s, mean 0.900, peak 0.900\n"), std::string::npos);
}

TEST_F(EventSinks, RowsOfFramesHoldTheBestOrAllClasses) {
  const auto best = open_sink("csv", with_path("best.csv"));
  play(*best, "1", "8", "a,b.mp4");
  best->finish();
  const std::string rows = content(dir_.file("best.csv"));
  EXPECT_EQ(rows.substr(0, rows.find('\n')), "source,frame,time_s,top1,prob1,top2,prob2");
  EXPECT_NE(rows.find("\n\"a,b.mp4\",0,0,<dog> & co,0.8"), std::string::npos) << rows;
  SinkOptions options = with_path("all.csv");
  options.probs = true;
  const auto all = open_sink("csv", options);
  play(*all, "15", "85");
  all->finish();
  EXPECT_EQ(content(dir_.file("all.csv")).substr(0, 43), "source,frame,time_s,\"cat, grey\",<dog> & co\n");
  EXPECT_NE(content(dir_.file("all.csv")).find("\na.mp4,1,0.1,0.5,0.5\n"), std::string::npos);
}

// The pictures of the video come at the times of the frames.
TEST_F(EventSinks, AVideoHasEveryFrameAtItsTime) {
  const auto sink = open_sink("video", with_path("v.mp4"));
  SourceInfo info;
  info.fps_from_header = 10;
  sink->begin(info);
  const std::vector<double> times = {0.5, 0.6, 0.9, 1.0};
  InputFrame frame;
  std::byte* pixels = frame.image.resize(PixelType::kU8, 240, 320);
  std::fill_n(pixels, 240 * 320 * 3, std::byte{120});
  try {
    for (const double time : times) {
      frame.pts_seconds = time;
      const std::vector<float> logits = {2, -2};
      const StepResult answer{logits, {}, {}};
      sink->frame({frame, answer, 1, {}});
    }
    sink->end({});
    sink->finish();
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kUnavailable) GTEST_SKIP() << error.what();
    throw;
  }
  const auto source = open_source(dir_.file("v.mp4"));
  EXPECT_EQ(source->info().width, 320);
  for (const double time : times) {
    Frame got;
    ASSERT_TRUE(source->read(got));
    EXPECT_NEAR(got.pts_seconds, time - times[0], 1e-4);
    EXPECT_NEAR(got.image.row<uint8_t>(120)[480], 120, 4);
    EXPECT_LT(got.image.row<uint8_t>(1)[3], 70) << "behind the classes";
  }
  Frame more;
  EXPECT_FALSE(source->read(more));
  expect_error(ErrorKind::kUsage, {"v.mp4", "one source"}, [&] { sink->begin(info); });
}

// Without finish, an old file stays.
TEST_F(EventSinks, AFileAppearsWholeOrNotAtAll) {
  for (const char* kind : {"csv", "events"}) {
    write_file(dir_.file("old.csv"), "old");
    expect_error(ErrorKind::kUsage, {"old.csv", "--force"}, [&] { open_sink(kind, with_path("old.csv")); });
    SinkOptions options = with_path("old.csv");
    options.overwrite = Overwrite::kYes;
    {
      const auto sink = open_sink(kind, options);
      play(*sink, kCat, kDog);
    }
    EXPECT_EQ(content(dir_.file("old.csv")), "old") << kind;
  }
}

}  // namespace
}  // namespace trecvit::test
