#include "trecvit/weights/generated_name.h"

#include <gtest/gtest.h>

#include "support/errors.h"

namespace trecvit::test {
namespace {

TEST(GeneratedName, GivesSizeSeedAndClasses) {
  const GeneratedName plain = parse_generated_name("mu", 7, "--model");
  EXPECT_EQ(plain.config, named_model_config("mu"));
  EXPECT_EQ(plain.seed, 7U);
  const GeneratedName full = parse_generated_name("Ti?classes=3&seed=5", 7, "--model");
  EXPECT_EQ(full.config.width, named_model_config("Ti").width);
  EXPECT_EQ(full.config.num_classes, 3);
  EXPECT_EQ(full.seed, 5U);
  EXPECT_FALSE(parse_generated_name("B?classes=0", 7, "--model").config.has_head());
}

TEST(GeneratedName, MalformedNamesAreRefused) {
  const auto refuse = [](std::string_view text, const std::vector<std::string>& parts) {
    expect_error(ErrorKind::kUsage, parts, [&] { parse_generated_name(text, 7, "--model"); });
  };
  refuse("XXL", {"XXL"});
  refuse("mu?", {"[--model]", "PARAMETER=VALUE"});
  refuse("mu?frob=1", {"[--model]", "generated:SIZE?seed=N&classes=N", "'frob'"});
  refuse("mu?seed=-1", {"[--model seed]", "'-1'"});
  refuse("mu?classes=", {"[--model classes]", "whole number"});
  refuse("mu?seed=1&seed=1", {"each parameter once", "'seed'"});
}

}  // namespace
}  // namespace trecvit::test
