#include "trecvit/engine/provider.h"

#include <fmt/ranges.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>

#include "trecvit/base/buffer.h"
#include "trecvit/base/cpu_features.h"
#include "trecvit/base/error.h"
#include "trecvit/base/hash.h"
#include "trecvit/base/suggest.h"
#include "trecvit/base/thread_team.h"
#include "trecvit/io/atomic_file.h"

namespace trecvit {
namespace {

namespace fs = std::filesystem;

constexpr const char* kKnown[] = {"reference", "avx2", "avx512"};
constexpr double kMustBeFasterBy = 1.15;

// One file for what the choice depends on: the processor, and what this build can run on it. Empty when there is no
// place for it.
fs::path cache_file(const std::vector<Provider>& providers) {
  std::string key = cpu_model_name();
  for (const auto& provider : providers) key += "|" + provider.name;
  fs::path folder;
  // The XDG specification: a path that is not absolute is to be ignored.
  const auto absolute = [](const char* path) { return path && fs::path(path).is_absolute(); };
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); absolute(cache)) {
    folder = cache;
  } else if (const char* home = std::getenv("HOME"); absolute(home)) {
    folder = fs::path(home) / ".cache";
  } else {
    return {};
  }
  return folder / "trecvit" / fmt::format("provider-{:016x}", hash_text(key));
}

// The word a small regular file begins with, empty for anything else. Others may have put a link, a pipe or a large
// file there: no link is followed, nothing is waited for.
std::string read_choice(const fs::path& path) {
  const int file = open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (file < 0) return {};
  char text[32];
  struct stat status{};
  const bool regular = fstat(file, &status) == 0 && S_ISREG(status.st_mode);
  const ssize_t length = regular ? read(file, text, sizeof text) : 0;
  close(file);
  const std::string choice(text, length > 0 ? static_cast<size_t>(length) : 0);
  return choice.substr(0, choice.find('\n'));
}

// Best effort: a machine whose cache cannot be written measures again.
void write_choice(const fs::path& path, const std::string& choice) {
  if (path.empty()) return;
  std::error_code ignored;
  fs::create_directories(path.parent_path(), ignored);
  try {
    AtomicFile file(path.string(), Overwrite::kYes);
    file.write(choice + "\n");
    file.commit();
  } catch (const Error&) {  // remembered another time
  }
}

}  // namespace

std::vector<Provider> available_providers() {
  std::vector<Provider> providers{{"reference", nullptr}};
  const CpuFeatures features = cpu_features();
  if (features.avx2_fma && avx2_kernels()) providers.push_back({"avx2", avx2_kernels()});
  if (features.avx512 && avx512_kernels()) providers.push_back({"avx512", avx512_kernels()});
  return providers;
}

Provider measured_best(const std::vector<Provider>& providers, double (*measure)(const Kernels& kernels)) {
  Provider best = providers.back();
  double best_rate = measure(*best.kernels);
  for (auto other = providers.rbegin() + 1; other != providers.rend() && other->kernels; ++other) {
    const double rate = measure(*other->kernels);
    if (rate > kMustBeFasterBy * best_rate) {
      best = *other;
      best_rate = rate;
    }
  }
  return best;
}

Provider choose_provider(const std::string& name) {
  const auto providers = available_providers();
  const auto find = [&providers](const std::string& wanted) {
    return std::find_if(providers.begin(), providers.end(), [&](const Provider& p) { return p.name == wanted; });
  };
  if (name == "auto") {
    if (providers.size() == 1) return providers[0];
    const fs::path cache = cache_file(providers);
    if (const auto cached = find(read_choice(cache)); cached != providers.end() && cached->kernels) return *cached;
    const Provider best = measured_best(providers, measure_gflops);
    write_choice(cache, best.name);
    return best;
  }
  if (const auto found = find(name); found != providers.end()) return *found;
  if (std::find(std::begin(kKnown), std::end(kKnown), name) == std::end(kKnown)) {
    fail_usage("--provider", "expected auto, {}, got '{}'{}", fmt::join(kKnown, ", "), printable(name),
               did_you_mean(name, kKnown));
  }
  fail(ErrorKind::kUnavailable, "--provider", "expected a processor and a build with {}, got neither or one of them",
       name);
}

double measure_gflops(const Kernels& kernels) {
  constexpr int64_t kRows = 96, kInputs = 256, kOutputs = 256;
  constexpr int kRepeats = 12;
  Array<float> a(kRows * kInputs), w(kInputs * kOutputs), bias(kOutputs), packed(kInputs * kOutputs),
      c(kRows * kOutputs);
  std::fill_n(a.data(), a.size(), 0.5f);
  std::fill_n(w.data(), w.size(), 0.25f);
  pack_columns(w.data(), kInputs, kOutputs, 0, kernels.panel_columns, packed.data());
  const PackedDense weights{kInputs, kOutputs, packed.data(), bias.data()};
  const DenseCall call{
      a.data(),         kInputs,  0,       kRows, &weights, 0, panel_count(kOutputs, kernels.panel_columns),
      Epilogue::kStore, c.data(), kOutputs};
  double best_seconds = 1e9;
  for (int i = 0; i < kRepeats; ++i) {
    const auto start = std::chrono::steady_clock::now();
    kernels.dense(call);
    best_seconds =
        std::min(best_seconds, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return 2.0 * kRows * kInputs * kOutputs / best_seconds / 1e9;
}

double measure_peak_gflops(const Kernels& kernels, int threads) {
  constexpr int64_t kRounds = 1'000'000;
  constexpr int kRepeats = 8;
  ThreadTeam team(threads);
  double best = 0;
  for (int i = 0; i < kRepeats; ++i) {
    double flops = 0;
    const auto start = std::chrono::steady_clock::now();
    team.run([&](ThreadTeam::Member& member) {
      float sink = 0;
      const double done = kernels.peak_rounds(kRounds, &sink);
      if (member.index() == 0) flops = done * member.size();
    });
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    best = std::max(best, flops / seconds / 1e9);
  }
  return best;
}

}  // namespace trecvit
