#include "trecvit/base/suggest.h"

#include <gtest/gtest.h>

namespace trecvit {
namespace {

const std::vector<std::string_view> kWords = {"classify", "stream", "train", "mean",       "avx2",
                                              "avx512",   "Ti",     "B",     "kinetics400"};

TEST(Suggest, FindsTypos) {
  EXPECT_EQ(nearest_word("clasify", kWords), "classify");  // left out
  EXPECT_EQ(nearest_word("strream", kWords), "stream");    // put in
  EXPECT_EQ(nearest_word("meen", kWords), "mean");         // changed
  EXPECT_EQ(nearest_word("axv2", kWords), "avx2");         // swapped
  EXPECT_EQ(nearest_word("Tii", kWords), "Ti");
  EXPECT_EQ(nearest_word("kinetics40", kWords), "kinetics400");
  EXPECT_EQ(nearest_word("kinetics-400", kWords), "kinetics400");
  EXPECT_EQ(nearest_word("TRAIN", kWords), "train");
  EXPECT_EQ(nearest_word("b", kWords), "B");
}

TEST(Suggest, LeavesOtherWordsAlone) {
  for (const char* word : {"", "frobnicate", "x", "sse9", "XXL", "me", "mp4"})
    EXPECT_EQ(nearest_word(word, kWords), "") << word;
  EXPECT_EQ(nearest_word(std::string(10'000, 'a'), kWords), "");
}

TEST(Suggest, TheNearestAndOfEqualOnesTheFirst) {
  EXPECT_EQ(nearest_word("avx", std::vector<std::string_view>{"avx512", "avxx", "avxy"}), "avxx");
}

TEST(Suggest, EndsAMessage) {
  EXPECT_EQ(did_you_mean("men", kWords), "; did you mean mean?");
  EXPECT_EQ(did_you_mean("men", std::vector<std::string>{"mean"}), "; did you mean mean?");
  EXPECT_EQ(did_you_mean("frobnicate", kWords), "");
}

}  // namespace
}  // namespace trecvit
