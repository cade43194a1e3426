#include "trecvit/base/stats.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>

#include "trecvit/base/error.h"

namespace trecvit {
namespace {

// "VmHWM:   1234 kB"
long field_bytes(const char* file, const char* field) {
  std::ifstream status(file);
  std::string line;
  while (std::getline(status, line)) {
    if (line.starts_with(field)) return std::stol(line.substr(line.find(':') + 1)) * 1024;
  }
  return 0;
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
  uint64_t limit = UINT64_MAX;
  std::ifstream("/sys/fs/cgroup/memory.max") >> limit;  // the word "max" leaves no number
  return std::min(static_cast<uint64_t>(available), limit == 0 ? UINT64_MAX : limit);
}

void check_memory_for(uint64_t bytes, std::string_view where, std::string_view what) {
  const auto available = available_memory_bytes();
  if (!available || bytes <= *available) return;
  constexpr double kGigabyte = 1e9;
  fail(ErrorKind::kResource, where, "expected {:.1f} GB of memory for {}, got {:.1f} GB",
       static_cast<double>(bytes) / kGigabyte, what, static_cast<double>(*available) / kGigabyte);
}

}  // namespace trecvit
