// The table of predictions: its columns, rows per clip and per frame, and names that need quotes.
#include "trecvit/pipeline/prediction_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <stdexcept>

#include "support/files.h"
#include "support/locales.h"
#include "support/temp_dir.h"
#include "trecvit/io/csv.h"

namespace trecvit::test {
namespace {

// Clips and classes that have names, but no pixels.
class NamedClips : public ClipDataset {
 public:
  NamedClips(std::vector<std::string> clips, std::vector<std::string> classes)
      : clips_(std::move(clips)), classes_(std::move(classes)) {}
  int64_t size() const override { return std::ssize(clips_); }
  const std::vector<std::string>& classes() const override { return classes_; }
  SampleInfo info(int64_t index) const override { return {clips_.at(static_cast<size_t>(index)), 0, ""}; }
  Clip load(int64_t, const Draw&) const override { throw std::logic_error("no pixels are needed"); }
  uint64_t fingerprint() const override { return 0; }
  std::vector<std::string> summary() const override { return {}; }

 private:
  std::vector<std::string> clips_, classes_;
};

struct RowsOfClip {
  int64_t index;
  std::vector<float> probabilities, targets;
};

class Predictions : public testing::Test {
 protected:
  Predictions() { config_.clip.frames = 8; }

  // The text of the table.
  std::string table(const NamedClips& set, const std::vector<RowsOfClip>& clips) const {
    AtomicFile file(path_, Overwrite::kYes);
    PredictionFile predictions(file, set, config_);
    for (const auto& clip : clips) predictions.add({clip.index, clip.probabilities, clip.targets});
    file.commit();
    return content(path_);
  }

  const TempDir dir_;
  const std::string path_ = dir_.file("p.csv");
  TrainConfig config_;
};

TEST_F(Predictions, ColumnsAreThoseOfAtMostFiveClasses) {
  const auto header = [this](size_t classes) { return table({{}, std::vector<std::string>(classes, "c")}, {}); };
  EXPECT_EQ(header(1), "source,frames,label,predicted,probability\n");
  EXPECT_EQ(header(2), "source,frames,label,predicted,probability,top_2,probability_2\n");
  const std::string five =
      "source,frames,label,predicted,probability,top_2,probability_2,top_3,probability_3,top_4,probability_4,top_5,"
      "probability_5\n";
  EXPECT_EQ(header(5), five);
  EXPECT_EQ(header(7), five);
  config_.objective.target = TargetKind::kFrame;
  EXPECT_EQ(header(1), "source,frames,frame,label,predicted,probability\n");
}

TEST_F(Predictions, OneRowPerClipWithTheBestClassesFirst) {
  const NamedClips set({"a.mp4", "b.mp4"}, {"jump", "run", "walk"});
  const std::string text = table(set, {{1, {0.25F, 0.125F, 0.625F}, {1, 0, 0}}, {0, {0, 1, 0}, {0, 1, 0}}});
  EXPECT_EQ(text.substr(text.find('\n') + 1),
            "b.mp4,8,jump,walk,0.625,jump,0.25,run,0.125\n"
            "a.mp4,8,run,run,1,jump,0,walk,0\n");
}

TEST_F(Predictions, OfManyClassesFiveAreShown) {
  const NamedClips set({"a.mp4"}, {"c0", "c1", "c2", "c3", "c4", "c5", "c6"});
  const std::string text = table(set, {{0, {0.1F, 0.1F, 0.2F, 0.1F, 0.3F, 0.1F, 0.1F}, {0, 0, 0, 0, 0, 0, 1}}});
  EXPECT_EQ(text.substr(text.find('\n') + 1), "a.mp4,8,c6,c4,0.3,c2,0.2,c0,0.1,c1,0.1,c3,0.1\n");
}

TEST_F(Predictions, ProbabilitiesHaveSixDigits) {
  const NamedClips set({"a.mp4"}, {"x", "y"});
  const std::string text = table(set, {{0, {0.123456789F, 1e-30F}, {1, 0}}, {0, {0.99999999F, 1e-45F}, {1, 0}}});
  EXPECT_EQ(text.substr(text.find('\n') + 1),
            "a.mp4,8,x,x,0.123457,y,1e-30\n"
            "a.mp4,8,x,x,1,y,1.4013e-45\n");
}

TEST_F(Predictions, ClipsMayHaveSeveralLabelsOrNone) {
  const NamedClips set({"a.mp4"}, {"jump", "run", "walk"});
  const std::string text = table(set, {{0, {0.5F, 0.75F, 0.25F}, {1, 0, 1}}, {0, {0.5F, 0.75F, 0.25F}, {0, 0, 0}}});
  EXPECT_EQ(text.substr(text.find('\n') + 1),
            "a.mp4,8,jump;walk,run,0.75,jump,0.5,walk,0.25\n"
            "a.mp4,8,,run,0.75,jump,0.5,walk,0.25\n");
}

TEST_F(Predictions, OneRowPerFrameForLabelsOfFrames) {
  config_.objective.target = TargetKind::kFrame;
  config_.clip.frames = 3;
  const NamedClips set({"a.mp4", "b.mp4"}, {"jump", "run"});
  const std::string text = table(
      set, {{0, {1, 0, 0.25F, 0.75F, 0.5F, 0.5F}, {1, 0, 1, 0, 0, 1}}, {1, {0, 1, 0, 1, 0, 1}, {0, 1, 0, 1, 0, 1}}});
  EXPECT_EQ(text.substr(text.find('\n') + 1),
            "a.mp4,3,0,jump,jump,1,run,0\n"
            "a.mp4,3,1,jump,run,0.75,jump,0.25\n"
            "a.mp4,3,2,run,jump,0.5,run,0.5\n"
            "b.mp4,3,0,run,run,1,jump,0\n"
            "b.mp4,3,1,run,run,1,jump,0\n"
            "b.mp4,3,2,run,run,1,jump,0\n");
}

// Names come from files and are not always UTF-8; a reader of tables gets them back byte by byte.
TEST_F(Predictions, NamesAreReadBackAsTheyWere) {
  const std::vector<std::string> clips{"a, \"b\".mp4", "line\nfeed.mp4", "carriage\rreturn.mp4", "\xff\xfe.mp4", ""};
  const std::vector<std::string> classes{"to, fro", "\"quoted\"",
                                         "r\xc3\xbc"
                                         "ckw\xc3\xa4rts"};
  const NamedClips set(clips, classes);
  std::vector<RowsOfClip> rows;
  for (int64_t i = 0; i < set.size(); ++i) rows.push_back({i, {0.25F, 0.625F, 0.125F}, {1, 1, 0}});
  const std::string text = table(set, rows);
  CsvReader reader(text, "p.csv");
  for (const auto& clip : clips) {
    const auto row = reader.next();
    ASSERT_TRUE(row.has_value());
    EXPECT_EQ(row->fields, (std::vector<std::string>{clip, "8", "to, fro;\"quoted\"", "\"quoted\"", "0.625", "to, fro",
                                                     "0.25", classes[2], "0.125"}));
  }
  EXPECT_FALSE(reader.next());
}

TEST_F(Predictions, CommittingTheFileIsLeftToTheCaller) {
  write_file(path_, "before");
  const NamedClips set({"a.mp4"}, {"jump"});
  {
    AtomicFile file(path_, Overwrite::kYes);
    PredictionFile predictions(file, set, config_);
    const std::vector<float> one{1};
    predictions.add({0, one, one});
    EXPECT_GT(file.size(), 0U);
  }
  EXPECT_EQ(content(path_), "before");
  EXPECT_EQ(names_in(dir_.path()), (std::set<std::string>{"p.csv"}));
}

TEST_F(Predictions, AreIndependentOfTheLocale) {
  config_.clip.frames = 1234;
  const NamedClips set({"a.mp4"}, {"jump", "run"});
  const std::vector<RowsOfClip> rows{{0, {0.75F, 0.25F}, {1, 0}}};
  const std::string want = "a.mp4,1234,jump,jump,0.75,run,0.25\n";
  {
    const CppLocale locale;
    EXPECT_TRUE(table(set, rows).ends_with("\n" + want));
  }
  const CLocale locale("de_DE");
  if (!locale.set()) GTEST_SKIP() << "no de_DE here: it needs localedef and the package locales";
  EXPECT_TRUE(table(set, rows).ends_with("\n" + want));
}

}  // namespace
}  // namespace trecvit::test
