#include "trecvit/engine/provider.h"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <ranges>

#include "trecvit/base/cpu_features.h"
#include "trecvit/base/error.h"
#include "trecvit/base/hash.h"
#include "trecvit/base/suggest.h"
#include "trecvit/io/atomic_file.h"

namespace trecvit {
namespace {

namespace fs = std::filesystem;

constexpr double kMustBeFasterBy = 1.15;

// One file for each combination that the choice depends on: the processor, and the providers to choose from. Empty if
// there is no folder for it.
fs::path cache_file(std::span<const Provider> rows) {
  std::string key = cpu_model_name();
  for (const auto& row : rows) key.append("|").append(row.name);
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

// With what "auto" means where the choice leaves it open.
ProviderChoice completed(ProviderChoice choice) {
  choice.precision = choice.precision.value_or(Precision::kF32);
  choice.device = choice.device.value_or(Device::kCpu);
  return choice;
}

bool suits(const Provider& provider, const ProviderChoice& choice) {
  return provider.precision == choice.precision.value_or(provider.precision) &&
         provider.device == choice.device.value_or(provider.device);
}

// "f32 on cpu"
std::string manner(Precision precision, Device device) {
  return fmt::format("{} on {}", word_of(precision), word_of(device));
}

Provider named_provider(const ProviderChoice& choice) {
  const auto all = providers();
  const auto found = std::ranges::find(all, choice.name, &Provider::name);
  if (found == all.end()) {
    const auto known = provider_words();
    fail_usage("--provider", "expected {}, got '{}'{}", alternatives(known), printable(choice.name),
               did_you_mean(choice.name, known));
  }
  if (!found->is_here()) {
    fail(ErrorKind::kUnavailable, "--provider",
         "expected a processor and a build that support {}, got one that does not", choice.name);
  }
  if (!suits(*found, choice)) {
    fail_usage("--provider", "expected a provider that computes in {}, got {}, which computes in {}",
               manner(choice.precision.value_or(found->precision), choice.device.value_or(found->device)), choice.name,
               manner(found->precision, found->device));
  }
  return *found;
}

Provider best_provider(const ProviderChoice& choice) {
  const auto rows = candidates(available_providers(), choice);
  if (rows.empty()) {
    const ProviderChoice wanted = completed(choice);
    fail(ErrorKind::kUnavailable, "--provider",
         "expected a processor and a build that compute in {}, got ones that do not",
         manner(*wanted.precision, *wanted.device));
  }
  if (rows.size() == 1) return rows[0];
  const fs::path cache = cache_file(rows);
  const auto cached = std::ranges::find(rows, read_choice(cache), &Provider::name);
  if (cached != rows.end() && cached->rate) return *cached;
  const Provider best = measured_best(rows);
  write_choice(cache, std::string(best.name));
  return best;
}

// Each word once, in the order of the list of providers.
template <class Enum>
std::vector<std::string> words_of_list(Enum Provider::* member) {
  std::vector<std::string> words;
  for (const auto& provider : providers()) {
    const std::string word(word_of(provider.*member));
    if (std::ranges::find(words, word) == words.end()) words.push_back(word);
  }
  return words;
}

}  // namespace

std::vector<std::string> provider_words() {
  std::vector<std::string> words{"auto"};
  for (const auto& provider : providers()) words.emplace_back(provider.name);
  return words;
}

std::vector<std::string> precision_words() {
  auto words = words_of_list(&Provider::precision);
  words.insert(words.begin(), "auto");
  return words;
}

std::vector<std::string> device_words() { return words_of_list(&Provider::device); }

std::vector<Provider> available_providers() {
  std::vector<Provider> here;
  for (const auto& provider : providers()) {
    if (provider.is_here()) here.push_back(provider);
  }
  return here;
}

std::vector<Provider> candidates(std::span<const Provider> rows, const ProviderChoice& choice) {
  const ProviderChoice wanted = completed(choice);
  std::vector<Provider> suitable;
  for (const auto& row : rows) {
    if (suits(row, wanted)) suitable.push_back(row);
  }
  return suitable;
}

Provider measured_best(std::span<const Provider> rows) {
  Provider best = rows.front();
  double best_rate = 0;
  for (const auto& row : std::views::reverse(rows)) {
    const double rate = row.rate ? row.rate() : 0;
    if (rate > kMustBeFasterBy * best_rate) {
      best = row;
      best_rate = rate;
    }
  }
  return best;
}

Provider choose_provider(const ProviderChoice& choice) {
  return choice.name == "auto" ? best_provider(choice) : named_provider(choice);
}

}  // namespace trecvit
