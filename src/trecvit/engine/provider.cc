#include "trecvit/engine/provider.h"

#include <fmt/ranges.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "trecvit/base/cpu_features.h"
#include "trecvit/base/error.h"
#include "trecvit/base/hash.h"
#include "trecvit/base/suggest.h"
#include "trecvit/io/atomic_file.h"

namespace trecvit {
namespace {

namespace fs = std::filesystem;

constexpr double kMustBeFasterBy = 1.15;

// One file for each combination that the choice depends on: the processor, and the providers that this build can run on
// it. Empty if there is no folder for it.
fs::path cache_file(const std::vector<Provider>& providers) {
  std::string key = cpu_model_name();
  for (const auto& provider : providers) key.append("|").append(provider.name);
  fs::path folder;
  // The XDG specification: a path that is not absolute must be ignored.
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

// The first line of a regular file, within its first 32 bytes; empty for anything else. Other users may have put a
// link, a pipe or a large file there: this follows no link and never blocks.
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

// Best effort: if the cache cannot be written, the next run measures again.
void write_choice(const fs::path& path, const std::string& choice) {
  if (path.empty()) return;
  std::error_code ignored;
  fs::create_directories(path.parent_path(), ignored);
  try {
    AtomicFile file(path.string(), Overwrite::kYes);
    file.write(choice + "\n");
    file.commit();
  } catch (const Error&) {
    return;  // the next run tries again
  }
}

}  // namespace

std::vector<Provider> available_providers() {
  std::vector<Provider> here;
  for (const auto& provider : providers()) {
    if (provider.is_here()) here.push_back(provider);
  }
  return here;
}

Provider measured_best(const std::vector<Provider>& providers) {
  Provider best = providers.back();
  double best_rate = best.rate();
  for (auto other = providers.rbegin() + 1; other != providers.rend() && other->rate; ++other) {
    const double rate = other->rate();
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
    if (const auto cached = find(read_choice(cache)); cached != providers.end() && cached->rate) return *cached;
    const Provider best = measured_best(providers);
    write_choice(cache, std::string(best.name));
    return best;
  }
  if (const auto found = find(name); found != providers.end()) return *found;
  std::vector<std::string_view> known;
  for (const auto& provider : trecvit::providers()) known.push_back(provider.name);
  if (std::ranges::find(known, name) == known.end())
    fail_usage("--provider", "expected auto, {}, got '{}'{}", fmt::join(known, ", "), printable(name),
               did_you_mean(name, known));
  fail(ErrorKind::kUnavailable, "--provider", "expected a processor and a build that support {}, got one that does not",
       name);
}

}  // namespace trecvit
