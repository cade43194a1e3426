#include "trecvit/terminal/shell_files.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <string>

#include "support/files.h"
#include "support/temp_dir.h"

namespace trecvit::test {
namespace {

// A command with a verb, and a group with two verbs.
std::unique_ptr<CLI::App> example() {
  auto app = std::make_unique<CLI::App>("does things", "tool");
  app->footer("Exit codes: 0 done.");
  app->set_version_flag("--version", "1.2");
  CLI::App* look = app->add_subcommand("look", "Looks at a file");
  look->add_option("FILE", "the file");
  look->add_option("-m,--model", "it's the \\model of a look-up")->default_str("x");
  look->add_option("--hidden", "not shown")->group("");
  CLI::App* data = app->add_subcommand("data", "Works with data");
  data->add_subcommand("check", "Checks")->add_option("--deep", "all of it");
  data->add_subcommand("stats", "Counts");
  return app;
}

class Completion : public testing::Test {
 protected:
  // What bash offers for a command line whose last word is not finished, with a blank after each.
  std::string offered(const std::string& words) const {
    write_file(dir_.file("script"), cli::completion_script(*example(), cli::Shell::kBash));
    write_file(dir_.file("run"), "source ./script\nCOMP_WORDS=(" + words +
                                     ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_tool\n"
                                     "((${#COMPREPLY[@]} == 0)) || printf '%s ' \"${COMPREPLY[@]}\"\n");
    EXPECT_EQ(std::system(("cd '" + dir_.path() + "' && bash ./run >out 2>err").c_str()), 0)
        << content(dir_.file("err"));
    EXPECT_EQ(content(dir_.file("err")), "");
    return content(dir_.file("out"));
  }
  TempDir dir_;
};

TEST_F(Completion, OffersVerbsAndOptions) {
  EXPECT_EQ(offered("tool ''"), "look data ");
  EXPECT_EQ(offered("tool l"), "look ");
  EXPECT_EQ(offered("tool --v"), "--version ");
  EXPECT_EQ(offered("tool look --"), "--help --model ") << "no hidden ones";
  EXPECT_EQ(offered("tool look --mo"), "--model ");
  EXPECT_EQ(offered("tool look ''"), "") << "a file";
  EXPECT_EQ(offered("tool look data --m"), "--model ") << "a file called like a verb";
}

TEST_F(Completion, KnowsVerbsWithinVerbs) {
  EXPECT_EQ(offered("tool data ''"), "check stats ");
  EXPECT_EQ(offered("tool data check --d"), "--deep ");
  EXPECT_EQ(offered("tool --version data s"), "stats ");
}

TEST_F(Completion, OfOtherShellsIsMade) {
  const std::string fish = cli::completion_script(*example(), cli::Shell::kFish);
  EXPECT_NE(fish.find("complete -c tool -n __fish_use_subcommand -f -a look -d 'Looks at a file'\n"),
            std::string::npos);
  EXPECT_NE(
      fish.find(
          "-n '__fish_seen_subcommand_from data; and __fish_seen_subcommand_from check' -l deep -d 'all of it'\n"),
      std::string::npos)
      << fish;
  EXPECT_NE(fish.find("-d 'it'\\''s the \\model"), std::string::npos) << "quoted";
  EXPECT_TRUE(cli::completion_script(*example(), cli::Shell::kZsh).starts_with("#compdef tool\n"));
}

TEST(ManualPage, HasEveryVerbAndOption) {
  const std::string page = cli::manual_page(*example(), "1.2");
  EXPECT_TRUE(page.starts_with(".TH TOOL 1 \"\" \"tool 1.2\"\n.SH NAME\ntool \\- does things\n"));
  EXPECT_NE(page.find(".SH tool look\nLooks at a file\n"), std::string::npos);
  EXPECT_NE(page.find(".SH tool data check\n"), std::string::npos);
  EXPECT_NE(page.find(".TP\n.B \\-m \\-\\-model\nit's the \\emodel of a look\\-up (default: x)\n"), std::string::npos)
      << page;
  EXPECT_NE(page.find(".B FILE\n"), std::string::npos);
  EXPECT_EQ(page.find("hidden"), std::string::npos);
  EXPECT_TRUE(page.ends_with(".SH EXIT STATUS\nExit codes: 0 done.\n"));
}

}  // namespace
}  // namespace trecvit::test
