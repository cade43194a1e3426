// Names for a model's classes: accepted lists, and lists that contradict the model.
#include "trecvit/pipeline/class_names.h"

#include <gtest/gtest.h>

#include "engine/engine_test.h"
#include "support/errors.h"
#include "support/files.h"
#include "support/temp_dir.h"

namespace trecvit::test {
namespace {

using ClassNameMap = std::map<int64_t, std::string>;

class ClassNames : public testing::Test {
 protected:
  static ModelConfig model_of(int64_t classes, const ClassNameMap& own = {}) {
    ModelConfig config = small_config();
    config.num_classes = classes;
    config.id2label = own;
    return config;
  }
  std::string list(const std::string& text) const {
    write_file(dir_.file("names.txt"), text);
    return dir_.file("names.txt");
  }
  // A list that is refused changes nothing.
  static void refused(ErrorKind kind, const std::vector<std::string>& words, const std::string& labels,
                      const ModelConfig& model) {
    ModelConfig config = model;
    expect_error(kind, words, [&] { set_class_names(labels, config); });
    EXPECT_EQ(config, model);
  }

  const TempDir dir_;
};

TEST_F(ClassNames, KnownLists) {
  ModelConfig config = model_of(400);
  EXPECT_EQ(set_class_names("kinetics400", config), "");
  EXPECT_EQ(config.id2label.size(), 400U);
  EXPECT_EQ(config.label(0), "abseiling");
  EXPECT_EQ(config.label(213), "petting cat");
  EXPECT_EQ(config.label(399), "zumba");
  config = model_of(174);
  EXPECT_EQ(set_class_names("ssv2", config), "");
  EXPECT_EQ(config.id2label.size(), 174U);
  EXPECT_NE(config.label(173), "173");
}

TEST_F(ClassNames, OfAFile) {
  ModelConfig config = model_of(3);
  EXPECT_EQ(set_class_names(list("0 jump\r\n2 walk\r\n1 \xe8\xb7\x91\r\n"), config), "");
  EXPECT_EQ(config.id2label, (ClassNameMap{{0, "jump"}, {1, "\xe8\xb7\x91"}, {2, "walk"}}));
}

TEST_F(ClassNames, TheNumberOfNamesIsThatOfTheClasses) {
  refused(ErrorKind::kUsage, {"[--labels] expected 11 labels for the 11 classes of the model, got 400"}, "kinetics400",
          model_of(11));
  for (const char* text : {"a\nb\n", "a\nb\nc\nd\n"}) {
    const std::string file = list(text);
    refused(ErrorKind::kInput, {"[" + file + "] expected 3 labels for the 3 classes"}, file, model_of(3));
  }
}

TEST_F(ClassNames, MissingFiles) {
  refused(ErrorKind::kInput, {"[--labels]", "expected kinetics400, ssv2 or a file", "which is none of them"},
          dir_.file("none.txt"), model_of(3));
  refused(ErrorKind::kUsage, {"[--labels]", "did you mean kinetics400?"}, "kinetics40", model_of(400));
  refused(ErrorKind::kUsage, {"did you mean ssv2?"}, "SSV2", model_of(174));
}

TEST_F(ClassNames, FilesThatAreNotLists) {
  for (const char* text : {"", "\n\n", "a\nb\xff\nc\n", "{\"a\": 0}", "a\na\nb\n"})
    refused(ErrorKind::kInput, {"names.txt"}, list(text), model_of(3));
  refused(ErrorKind::kInput, {dir_.path()}, dir_.path(), model_of(3));
}

TEST_F(ClassNames, FilesOfAtMost16Megabytes) {
  std::string text = "a\nb\nc";
  text.resize(size_t{16} << 20, ' ');
  ModelConfig config = model_of(3);
  EXPECT_EQ(set_class_names(list(text), config), "");
  EXPECT_EQ(config.label(2), "c");
  refused(ErrorKind::kInput, {"names.txt"}, list(text + " "), model_of(3));
}

TEST_F(ClassNames, ASentenceTellsWhatIsReplaced) {
  const ClassNameMap own{{0, "jump"}, {1, "run"}, {2, "walk"}};
  ModelConfig config = model_of(3, own);
  EXPECT_EQ(set_class_names(list("jump\nrun\nwalk\n"), config), "") << "the same names";
  EXPECT_EQ(config.id2label, own);
  EXPECT_EQ(set_class_names(list("jump\nrun\nstroll\n"), config),
            "its own class names are replaced by those of --labels, such as 'walk' by 'stroll'");
  EXPECT_EQ(config.label(2), "stroll");
}

// The model may have names for some classes only; the others get theirs without a word.
TEST_F(ClassNames, OfAModelWithFewNames) {
  ModelConfig config = model_of(3, {{1, "run"}});
  EXPECT_EQ(set_class_names(list("jump\nrun\nwalk\n"), config), "");
  EXPECT_EQ(config.id2label, (ClassNameMap{{0, "jump"}, {1, "run"}, {2, "walk"}}));
}

TEST_F(ClassNames, NamesOfOtherClassesAreRefused) {
  const ModelConfig config = model_of(3, {{0, "jump"}, {1, "run"}, {2, "walk"}});
  refused(ErrorKind::kUsage,
          {"[--labels]", "got 'walk' for class 1, which is the model's name for class 2", "leave out --labels"},
          list("jump\nwalk\nrun\n"), config);
  refused(ErrorKind::kUsage, {"got 'jump' for class 1, which is the model's name for class 0"},
          list("hop\njump\nstroll\n"), config);
  refused(ErrorKind::kUsage, {"got 'run' for class 0, which is the model's name for class 1"}, list("run\na\nb\n"),
          model_of(3, {{1, "run"}}));
}

// A name that the model gives to two classes may stay with either.
TEST_F(ClassNames, AModelMayGiveTwoClassesOneName) {
  ModelConfig config = model_of(3, {{0, "turn"}, {1, "turn"}, {2, "walk"}});
  EXPECT_NE(set_class_names(list("turn left\nturn\nwalk\n"), config).find("'turn' by 'turn left'"), std::string::npos);
  EXPECT_EQ(config.label(1), "turn");
}

TEST_F(ClassNames, NamesInASentenceAreSafeForATerminal) {
  ModelConfig config = model_of(2, {{0, "r\x1b[31mn"}, {1, "walk"}});
  const std::string sentence = set_class_names(list("l\x1b[2Juft\nwalk\n"), config);
  EXPECT_NE(sentence.find("such as 'r?[31mn' by 'l?[2Juft'"), std::string::npos) << sentence;
}

}  // namespace
}  // namespace trecvit::test
