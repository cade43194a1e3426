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
    EXPECT_NE(providers[i].kernels, nullptr);
  }
}

TEST_F(ProviderTest, EachHasANameAndADescription) {
  std::set<std::string_view> names;
  for (const auto& provider : providers()) {
    EXPECT_TRUE(names.insert(provider.name).second) << provider.name;
    EXPECT_FALSE(provider.what.empty());
    EXPECT_NE(provider.open, nullptr);
  }
  EXPECT_EQ(names, (std::set<std::string_view>{"reference", "avx2", "avx512"}));
}

TEST_F(ProviderTest, WordsOfOptionsComeFromTheList) {
  EXPECT_EQ(provider_words(), (std::vector<std::string>{"auto", "reference", "avx2", "avx512"}));
  EXPECT_EQ(precision_words(), (std::vector<std::string>{"auto", "f32"}));
  EXPECT_EQ(device_words(), (std::vector<std::string>{"cpu"}));
}

TEST_F(ProviderTest, ByName) {
  for (const auto& provider : available_providers()) {
    const std::string name(provider.name);
    EXPECT_EQ(choose_provider({name}).name, name);
    EXPECT_EQ(choose_provider({name, provider.precision, provider.device}).name, name);
  }
  EXPECT_TRUE(fs::is_empty(folder_.path())) << "a name needs no measurement";
}

TEST_F(ProviderTest, UnknownNamesAreUsageErrors) {
  for (const char* name : {"", "AVX2", "avx", "cuda", "auto ", "reference\n"}) {
    expect_error(ErrorKind::kUsage, {"--provider", "auto, reference, avx2 or avx512"},
                 [name] { choose_provider({name}); });
  }
}

TEST_F(ProviderTest, KnownButAbsentIsUnavailable) {
  for (const auto& provider : providers()) {
    if (provider.is_here()) continue;
    const std::string name(provider.name);
    expect_error(ErrorKind::kUnavailable, {"--provider", name}, [&name] { choose_provider({name}); });
  }
}

TEST_F(ProviderTest, PrecisionsAndDevicesThatNoProviderHasAreRefused) {
  expect_error(ErrorKind::kUnavailable, {"--provider", "int8 on cpu"},
               [] { choose_provider({"auto", Precision::kInt8}); });
  expect_error(ErrorKind::kUnavailable, {"--provider", "f32 on cuda"},
               [] { choose_provider({"auto", {}, Device::kCuda}); });
  expect_error(ErrorKind::kUsage, {"--provider", "expected a provider that computes in bf16 on cpu", "in f32 on cpu"},
               [] { choose_provider({"reference", Precision::kBf16}); });
}

TEST_F(ProviderTest, AutoIsMeasuredOnceAndRemembered) {
  const Provider chosen = choose_provider({});
  EXPECT_EQ(read(cache()), chosen.name);
  if (available_providers().size() > 1) {
    EXPECT_NE(chosen.rate, nullptr) << "a machine with fast kernels uses them";
  }
  for (const auto& provider : available_providers()) {
    if (!provider.rate) continue;  // the plain loops are never cached if there are kernels
    write(cache(), std::string(provider.name) + "\n");
    EXPECT_EQ(choose_provider({}).name, provider.name) << "what was chosen before is kept";
  }
}

TEST_F(ProviderTest, NonsenseInTheCacheIsMeasuredAnew) {
  choose_provider({});
  for (const std::string& text : {std::string(), std::string("avx1024\n"), std::string(100000, 'x')}) {
    write(cache(), text);
    EXPECT_TRUE(available_providers().size() == 1 || choose_provider({}).rate) << text.substr(0, 20);
    EXPECT_LT(read(cache()).size(), 20u);
  }
}

TEST_F(ProviderTest, CacheThatCannotBeWrittenIsNoError) {
  setenv("XDG_CACHE_HOME", "/proc/no/such/folder", 1);
  EXPECT_NO_THROW(choose_provider({}));
  setenv("XDG_CACHE_HOME", "", 1);
  setenv("HOME", folder_.path().c_str(), 1);
  EXPECT_NO_THROW(choose_provider({}));
  EXPECT_TRUE(fs::exists(fs::path(folder_.path()) / ".cache")) << "the usual place when the variable is empty";
}

// A link, a pipe, a device or a large file in place of the cache file: not followed, not waited for; measured again.
TEST_F(ProviderTest, OddCacheEntriesAreReplacedAndNotFollowed) {
  choose_provider({});  // makes the file
  const fs::path file = cache(), victim = fs::path(folder_.path()) / "victim";
  write(victim, "precious\n");
  const auto in_its_place = [&](const std::function<void()>& make) {
    fs::remove_all(file);
    make();
    EXPECT_TRUE(available_providers().size() == 1 || choose_provider({}).rate);
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
    choose_provider({});
    EXPECT_EQ(read(victim), available_providers()[1].name);
    EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(file))) << "measured and stored anew, in place of the link";
  }
}

TEST_F(ProviderTest, RelativeCacheFoldersAreIgnored) {
  const fs::path here = fs::current_path();
  fs::current_path(folder_.path());
  setenv("XDG_CACHE_HOME", "relative", 1);
  setenv("HOME", folder_.path().c_str(), 1);
  choose_provider({});
  fs::current_path(here);
  EXPECT_FALSE(fs::exists(fs::path(folder_.path()) / "relative"));
  EXPECT_EQ(fs::exists(fs::path(folder_.path()) / ".cache"), available_providers().size() > 1);
}

double narrow_rate = 1;

// Rows of a list, slowest first, with made-up rates.
struct Rows {
  Provider plain{.name = "reference"};
  Provider narrow{.name = "narrow", .rate = [] { return narrow_rate; }};
  Provider wide{.name = "wide", .rate = [] { return 1.0; }};
  Provider int8{.name = "int8", .precision = Precision::kInt8, .rate = [] { return 8.0; }};
  Provider cuda{.name = "cuda", .device = Device::kCuda, .rate = [] { return 100.0; }};
};

TEST(MeasuredBest, IsTheWidestUnlessAnotherIsMuchFaster) {
  const Rows rows;
  const std::pair<double, const char*> rates[] = {{0.5, "wide"},  {0.9, "wide"},    {1, "wide"},    {1.1, "wide"},
                                                  {1.14, "wide"}, {1.16, "narrow"}, {1.2, "narrow"}};
  for (const auto& [rate, best] : rates) {
    narrow_rate = rate;
    EXPECT_EQ(measured_best(std::vector{rows.plain, rows.narrow, rows.wide}).name, best) << rate;
  }
  EXPECT_EQ(measured_best(std::vector{rows.plain, rows.narrow}).name, "narrow");
}

TEST(MeasuredBest, SkipsRowsWithoutARate) {
  const Rows rows;
  narrow_rate = 2;
  Provider last = rows.plain;
  last.name = "last";
  EXPECT_EQ(measured_best(std::vector{rows.plain, rows.narrow, rows.wide, last}).name, "narrow");
  EXPECT_EQ(measured_best(std::vector{rows.narrow, last, rows.wide}).name, "narrow");
  EXPECT_EQ(measured_best(std::vector{rows.plain, last}).name, "reference") << "no row has a rate";
}

TEST(MeasuredBest, IsChosenAmongRowsOfThePrecisionAndTheDevice) {
  const Rows rows;
  narrow_rate = 1;
  const std::vector all{rows.plain, rows.narrow, rows.wide, rows.int8, rows.cuda};
  EXPECT_EQ(candidates(all, {}).size(), 3u);
  EXPECT_EQ(measured_best(candidates(all, {})).name, "wide") << "auto means f32 on cpu, though others are faster";
  EXPECT_EQ(measured_best(candidates(all, {"auto", Precision::kInt8})).name, "int8");
  EXPECT_EQ(measured_best(candidates(all, {"auto", {}, Device::kCuda})).name, "cuda");
  EXPECT_TRUE(candidates(all, {"auto", Precision::kInt8, Device::kCuda}).empty());
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
