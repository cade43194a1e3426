#include "trecvit/base/stats.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>

namespace trecvit {
namespace {

long status_field_bytes(const char* field) {
  std::ifstream status("/proc/self/status");
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

long peak_resident_bytes() { return status_field_bytes("VmHWM:"); }
long resident_bytes() { return status_field_bytes("VmRSS:"); }

}  // namespace trecvit
