#include "trecvit/base/stats.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>

#include "trecvit/base/error.h"
#include "trecvit/base/parse_number.h"

namespace trecvit {
namespace {

// The number after some blanks; nothing for words such as "max".
std::optional<uint64_t> leading_number(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  return take_number<uint64_t>(text);
}

// The number after `name` in the first line that begins with it: "VmHWM:   1234 kB".
std::optional<uint64_t> number_of(const char* file, std::string_view name) {
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(name)) return leading_number(std::string_view(line).substr(name.size()));
  }
  return std::nullopt;
}

long field_bytes(const char* file, std::string_view field) {
  return static_cast<long>(number_of(file, field).value_or(0) * 1024);
}

// For a control group with a limit: the unused memory; file cache that can be dropped does not count as used.
std::optional<uint64_t> container_memory_left() {
  const auto limit = number_of("/sys/fs/cgroup/memory.max", ""), used = number_of("/sys/fs/cgroup/memory.current", "");
  if (!limit || !used) return std::nullopt;
  const uint64_t droppable = number_of("/sys/fs/cgroup/memory.stat", "inactive_file ").value_or(0);
  const uint64_t needed = *used - std::min(*used, droppable);
  return *limit - std::min(*limit, needed);
}

}  // namespace

double quantile(std::vector<double> samples, double share) {
  if (samples.empty()) return 0;
  std::sort(samples.begin(), samples.end());
  const double position = share * static_cast<double>(samples.size() - 1);
  const auto low = static_cast<size_t>(std::floor(position));
  const size_t high = std::min(low + 1, samples.size() - 1);
  const double weight = position - static_cast<double>(low);
  return samples[low] + weight * (samples[high] - samples[low]);
}

long peak_resident_bytes() { return field_bytes("/proc/self/status", "VmHWM:"); }
long resident_bytes() { return field_bytes("/proc/self/status", "VmRSS:"); }

std::optional<uint64_t> available_memory_bytes() {
  const long available = field_bytes("/proc/meminfo", "MemAvailable:");
  if (available <= 0) return std::nullopt;
  const auto left = container_memory_left();
  return left ? std::min(static_cast<uint64_t>(available), *left) : static_cast<uint64_t>(available);
}

void check_memory_for(uint64_t bytes, std::string_view where, std::string_view what) {
  const auto available = available_memory_bytes();
  if (!available || bytes <= *available) return;
  constexpr double kGigabyte = 1e9;
  fail(ErrorKind::kResource, where, "expected {:.1f} GB of memory for {}, got {:.1f} GB",
       static_cast<double>(bytes) / kGigabyte, what, static_cast<double>(*available) / kGigabyte);
}

}  // namespace trecvit
