#include "trecvit/base/list_some.h"

#include <gtest/gtest.h>

namespace trecvit {
namespace {

TEST(ListSome, TheFirstFewAndHowManyMore) {
  EXPECT_EQ(list_some({}), "none");
  EXPECT_EQ(list_some({"a"}), "a");
  EXPECT_EQ(list_some({"a", "b", "c"}, 3), "a, b, c");
  EXPECT_EQ(list_some({"a", "b", "c", "d"}, 3), "a, b, c and 1 more");
  EXPECT_EQ(list_some({"a\n\x1b[31m"}), "a??[31m");
  EXPECT_LT(list_some({std::string(5000, 'x')}).size(), 200u);
}

}  // namespace
}  // namespace trecvit
