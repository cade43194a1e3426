#include "trecvit/base/cpu_count.h"

#include <sched.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <thread>

#include "trecvit/base/parse_number.h"

namespace trecvit {
namespace {

int cpus_of_mask() {
  // The system refuses a mask of fixed size on machines with more processors than the mask has bits.
  constexpr int kMostCpus = 1 << 16;
  cpu_set_t* mask = CPU_ALLOC(kMostCpus);
  const size_t bytes = CPU_ALLOC_SIZE(kMostCpus);
  const int count = mask && sched_getaffinity(0, bytes, mask) == 0 ? CPU_COUNT_S(bytes, mask) : 0;
  if (mask) CPU_FREE(mask);
  return count > 0 ? count : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// "/a/b" of the line "0::/a/b" (version 2).
std::string own_group() {
  std::ifstream file("/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("0::/")) return line.substr(3);
  }
  return "/";
}

}  // namespace

std::optional<int> cpus_of_quota(std::string_view text) {
  const size_t blank = std::min(text.find(' '), text.size());
  const auto quota = parse_number<int64_t>(text.substr(0, blank));
  const auto period = parse_number<int64_t>(text.substr(std::min(blank + 1, text.size())));
  if (!quota || !period || *quota <= 0 || *period <= 0) return std::nullopt;
  return static_cast<int>(std::clamp<int64_t>(*quota / *period, 1, 1 << 20));
}

int available_cpus() {
  int count = cpus_of_mask();
  const auto bound = [&count](const std::string& line) {
    if (const auto quota = cpus_of_quota(line)) count = std::min(count, *quota);
  };
  // The quotas of parent groups apply too.
  for (std::string group = own_group();; group.resize(group.rfind('/'))) {
    bound(first_line("/sys/fs/cgroup" + group + "/cpu.max"));
    if (group.empty() || group.find('/') == std::string::npos) break;
  }
  // Version 1 stores the two numbers in separate files.
  bound(first_line("/sys/fs/cgroup/cpu/cpu.cfs_quota_us") + " " + first_line("/sys/fs/cgroup/cpu/cpu.cfs_period_us"));
  return count;
}

}  // namespace trecvit
