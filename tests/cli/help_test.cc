// The help of every verb: an example, the common options, and the default of each option.
#include <gtest/gtest.h>

#include <algorithm>

#include "cli/command.h"

namespace trecvit::test {
namespace {

constexpr const char* kVerbs[] = {"classify", "stream", "embed",   "dump",  "check",
                                  "eval",     "info",   "convert", "bench", "demo"};

TEST(Help, HasAnExampleAndTheCommonOptions) {
  const TempDir dir;
  for (const std::string verb : kVerbs) {
    const Output help = trecvit(dir, verb + " --help");
    EXPECT_EQ(help.code, 0);
    EXPECT_NE(help.out.find("Example: trecvit " + verb), std::string::npos) << verb;
    for (const char* option : {"--quiet", "--progress", "--seed"})
      EXPECT_NE(help.out.find(option), std::string::npos) << verb << " " << option;
  }
  EXPECT_EQ(trecvit(dir, "--version").out, "trecvit 0.1.0\n");
}

// An option or positional of a help text: "--threads INT:1 to 1024=1" and "threads that work on one frame".
struct HelpEntry {
  std::string option, text;
};

// Entries are indented by two columns and their texts by kTextColumn columns; after a long option the text is on a
// separate line.
std::vector<HelpEntry> entries_of(const std::string& help) {
  constexpr size_t kTextColumn = 30;
  std::vector<HelpEntry> entries;
  for (size_t at = 0; at < help.size();) {
    const size_t end = std::min(help.find('\n', at), help.size());
    const std::string line = help.substr(at, end - at);
    at = end + 1;
    if (line.size() < 3 || !line.starts_with("  ")) continue;
    if (line[2] == ' ') {
      if (!entries.empty()) entries.back().text += line;
    } else if (line.size() > kTextColumn && line[kTextColumn - 1] == ' ') {
      entries.push_back({line.substr(0, kTextColumn), line.substr(kTextColumn)});
    } else {
      entries.push_back({line, ""});
    }
  }
  return entries;
}

// True for "TEXT=auto" and "INT:>= 0=5", but not for "INT:>= 0" or "[=FILE]"; or if the text says it in words.
bool says_its_default(const HelpEntry& entry) {
  const std::string& option = entry.option;
  for (size_t at = option.find('='); at != std::string::npos; at = option.find('=', at + 1)) {
    if (option[at - 1] != '[' && at + 1 < option.size() && option[at + 1] != ' ') return true;
  }
  return option.find("REQUIRED") != std::string::npos || entry.text.find("default") != std::string::npos;
}

TEST(HelpEntries, AreParsedWithTheirDefaults) {
  const auto entries = entries_of(
      "Does it\nUsage: trecvit verb [OPTIONS] SOURCE\n\nPositionals:\n"
      "  SOURCE TEXT REQUIRED        what to read\n\nOptions:\n"
      "  --taps TEXT=prefix_logits,logits,probs\n"
      "                              all, or names\n"
      "  --topk INT:>= 1=5           classes to show\n"
      "  --step INT:>= 1             every n-th frame\n"
      "  --json [=FILE]              JSON on stdout\n"
      "  --quiet                     errors alone (default: off)\n\nExample: trecvit verb\n");
  std::vector<std::string> told, silent;
  for (const auto& entry : entries) {
    (says_its_default(entry) ? told : silent).push_back(entry.option.substr(2, entry.option.find(' ', 2) - 2));
  }
  EXPECT_EQ(told, (std::vector<std::string>{"SOURCE", "--taps", "--topk", "--quiet"}));
  EXPECT_EQ(silent, (std::vector<std::string>{"--step", "--json"}));
  ASSERT_EQ(entries.size(), 6u);
  EXPECT_NE(entries[1].text.find("all, or names"), std::string::npos);
}

TEST(Help, EveryOptionSaysItsDefault) {
  const TempDir dir;
  for (const std::string verb : kVerbs) {
    const auto entries = entries_of(trecvit(dir, verb + " --help").out);
    EXPECT_GE(entries.size(), 8u) << verb;
    for (const auto& entry : entries) {
      if (entry.option.starts_with("  -h,--help")) continue;
      EXPECT_TRUE(says_its_default(entry)) << verb << ":" << entry.option << entry.text;
    }
  }
}

}  // namespace
}  // namespace trecvit::test
