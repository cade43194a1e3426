#include "trecvit/config/known_labels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace trecvit::test {
namespace {

std::vector<std::string> lines(std::string_view text) {
  std::vector<std::string> all;
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\n', at);
    EXPECT_NE(end, std::string_view::npos) << "the last line ends too";
    all.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return all;
}

// Both data sets number their classes in alphabetical order, so a name that is missing or misplaced shows.
TEST(KnownLabels, AreCompleteAndInOrder) {
  for (const auto& [name, count] : {std::pair{"kinetics400", 400u}, {"ssv2", 174u}}) {
    const auto labels = lines(known_labels(name).value());
    EXPECT_EQ(labels.size(), count) << name;
    EXPECT_TRUE(std::is_sorted(labels.begin(), labels.end())) << name;
    EXPECT_EQ(std::adjacent_find(labels.begin(), labels.end()), labels.end()) << name;
  }
  EXPECT_EQ(lines(*known_labels("kinetics400"))[213], "petting cat");
  EXPECT_EQ(lines(*known_labels("ssv2"))[93], "Pushing something from left to right");
  EXPECT_FALSE(known_labels("kinetics"));
}

}  // namespace
}  // namespace trecvit::test
