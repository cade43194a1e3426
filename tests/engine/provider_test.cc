// The choice of provider: by name, by measurement, and by an earlier measurement.
#include "trecvit/engine/provider.h"

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <set>

#include "engine/engine_test.h"
#include "support/errors.h"
#include "support/temp_dir.h"

namespace trecvit::test {
namespace {

namespace fs = std::filesystem;

// Redirects the user's cache folder for the duration of a test.
class ProviderTest : public testing::Test {
 protected:
  ProviderTest() {
    if (const char* old = std::getenv("XDG_CACHE_HOME")) old_ = old;
    setenv("XDG_CACHE_HOME", folder_.path().c_str(), 1);
  }
  ~ProviderTest() override {
    if (old_) {
      setenv("XDG_CACHE_HOME", old_->c_str(), 1);
    } else {
      unsetenv("XDG_CACHE_HOME");
    }
  }

  // The only file in the cache.
  fs::path cache() const {
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder_.path())) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
    EXPECT_EQ(files.size(), 1u);
    return files.empty() ? fs::path() : files[0];
  }
  static void write(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }
  static std::string read(const fs::path& path) {
    std::string text;
    std::getline(std::ifstream(path), text);
    return text;
  }

  TempDir folder_;
  std::optional<std::string> old_;
};

TEST_F(ProviderTest, ListBeginsWithTheReference) {
  const auto providers = available_providers();
  ASSERT_FALSE(providers.empty());
  EXPECT_EQ(providers[0].name, "reference");
  EXPECT_EQ(providers[0].rate, nullptr);
  for (size_t i = 1; i < providers.size(); ++i) {
    EXPECT_NE(providers[i].rate, nullptr);
    EXPECT_NE(providers[i].peak_rate, nullptr);
    EXPECT_EQ(kernels_of(providers[i].name)->name, providers[i].name);
  }
}

TEST_F(ProviderTest, EachHasANameADescriptionAndAPrecision) {
  std::set<std::string_view> names;
  for (const auto& provider : providers()) {
    EXPECT_TRUE(names.insert(provider.name).second) << provider.name;
    EXPECT_FALSE(provider.what.empty());
    EXPECT_EQ(provider.precision, "f32");
  }
  EXPECT_EQ(names, (std::set<std::string_view>{"reference", "avx2", "avx512"}));
}

TEST_F(ProviderTest, ByName) {
  for (const auto& provider : available_providers()) {
    EXPECT_EQ(choose_provider(std::string(provider.name)).name, provider.name);
  }
  EXPECT_TRUE(fs::is_empty(folder_.path())) << "a name needs no measurement";
}

TEST_F(ProviderTest, UnknownNamesAreUsageErrors) {
  for (const char* name : {"", "AVX2", "avx", "cuda", "auto ", "reference\n"}) {
    expect_error(ErrorKind::kUsage, {"--provider", "auto", "reference", "avx2", "avx512"},
                 [name] { choose_provider(name); });
  }
}

TEST_F(ProviderTest, KnownButAbsentIsUnavailable) {
  for (const char* name : {"avx2", "avx512"}) {
    const auto usable = available_providers();
    if (std::any_of(usable.begin(), usable.end(), [name](const auto& p) { return p.name == name; })) continue;
    expect_error(ErrorKind::kUnavailable, {"--provider", name}, [name] { choose_provider(name); });
  }
}

TEST_F(ProviderTest, AutoIsMeasuredOnceAndRemembered) {
  const Provider chosen = choose_provider("auto");
  EXPECT_EQ(read(cache()), chosen.name);
  if (available_providers().size() > 1) {
    EXPECT_NE(chosen.rate, nullptr) << "a machine with fast kernels uses them";
  }
  for (const auto& provider : available_providers()) {
    if (!provider.rate) continue;  // the plain loops are never cached if there are kernels
    write(cache(), std::string(provider.name) + "\n");
    EXPECT_EQ(choose_provider("auto").name, provider.name) << "what was chosen before is kept";
  }
}

TEST_F(ProviderTest, NonsenseInTheCacheIsMeasuredAnew) {
  choose_provider("auto");
  for (const std::string& text : {std::string(), std::string("avx1024\n"), std::string(100000, 'x')}) {
    write(cache(), text);
    EXPECT_TRUE(available_providers().size() == 1 || choose_provider("auto").rate) << text.substr(0, 20);
    EXPECT_LT(read(cache()).size(), 20u);
  }
}

TEST_F(ProviderTest, CacheThatCannotBeWrittenIsNoError) {
  setenv("XDG_CACHE_HOME", "/proc/no/such/folder", 1);
  EXPECT_NO_THROW(choose_provider("auto"));
  setenv("XDG_CACHE_HOME", "", 1);
  setenv("HOME", folder_.path().c_str(), 1);
  EXPECT_NO_THROW(choose_provider("auto"));
  EXPECT_TRUE(fs::exists(fs::path(folder_.path()) / ".cache")) << "the usual place when the variable is empty";
}

// A link, a pipe, a device or a large file in place of the cache file: not followed, not waited for; measured again.
TEST_F(ProviderTest, WhateverLiesInTheCacheNothingElseIsTouched) {
  const Provider chosen = choose_provider("auto");
  const fs::path file = cache(), victim = fs::path(folder_.path()) / "victim";
  write(victim, "precious\n");
  const auto in_its_place = [&](const std::function<void()>& make) {
    fs::remove_all(file);
    make();
    EXPECT_TRUE(available_providers().size() == 1 || choose_provider("auto").rate);
    EXPECT_EQ(read(victim), "precious");
    EXPECT_FALSE(fs::exists(fs::path(folder_.path()) / "elsewhere"));
  };
  in_its_place([&] { fs::create_symlink(victim, file); });
  in_its_place([&] { fs::create_symlink(fs::path(folder_.path()) / "elsewhere", file); });
  in_its_place([&] { fs::create_symlink("/dev/zero", file); });
  in_its_place([&] { ASSERT_EQ(mkfifo(file.c_str(), 0600), 0); });
  in_its_place([&] { fs::create_directory(file); });
  in_its_place([&] {
    write(file, "x");
    fs::resize_file(file, size_t{1} << 34);  // sparse
  });
  // The content behind a link is not trusted either.
  if (available_providers().size() > 2) {
    write(victim, std::string(available_providers()[1].name) + "\n");
    fs::remove_all(file);
    fs::create_symlink(victim, file);
    choose_provider("auto");
    EXPECT_EQ(read(victim), available_providers()[1].name);
  }
  EXPECT_EQ(choose_provider("auto").name.empty(), chosen.name.empty());
}

TEST_F(ProviderTest, RelativeCacheFoldersAreIgnored) {
  const fs::path here = fs::current_path();
  fs::current_path(folder_.path());
  setenv("XDG_CACHE_HOME", "relative", 1);
  setenv("HOME", folder_.path().c_str(), 1);
  choose_provider("auto");
  fs::current_path(here);
  EXPECT_FALSE(fs::exists(fs::path(folder_.path()) / "relative"));
  EXPECT_EQ(fs::exists(fs::path(folder_.path()) / ".cache"), available_providers().size() > 1);
}

double narrow_rate = 1;

TEST(MeasuredBest, IsTheWidestUnlessAnotherIsMuchFaster) {
  Provider plain{}, narrow{}, wide{};
  plain.name = "reference";
  narrow.name = "narrow";
  narrow.rate = [] { return narrow_rate; };
  wide.name = "wide";
  wide.rate = [] { return 1.0; };
  const std::pair<double, const char*> rates[] = {{0.5, "wide"},  {0.9, "wide"},    {1, "wide"},    {1.1, "wide"},
                                                  {1.14, "wide"}, {1.16, "narrow"}, {1.2, "narrow"}};
  for (const auto& [rate, best] : rates) {
    narrow_rate = rate;
    EXPECT_EQ(measured_best({plain, narrow, wide}).name, best) << rate;
  }
  EXPECT_EQ(measured_best({plain, narrow}).name, "narrow");
}

TEST_F(ProviderTest, RateIsPlausible) {
  for (const auto& provider : available_providers()) {
    if (!provider.rate) continue;
    const double gflops = provider.rate();
    EXPECT_GT(gflops, 0.1);
    EXPECT_LT(gflops, 10000);
    std::printf("%s: %.0f GFLOP/s in a short product\n", std::string(provider.name).c_str(), gflops);
  }
}

}  // namespace
}  // namespace trecvit::test
