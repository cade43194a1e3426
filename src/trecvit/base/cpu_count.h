// How many processors this process may use: what a number of threads is counted from.
#pragma once

#include <optional>
#include <string_view>

namespace trecvit {

// Those of the CPU mask (taskset, cpuset), at most the whole part of the quota of the control groups the process is in,
// at least one.
int available_cpus();

// The processors of a quota as cgroup v2 says it in cpu.max, "MICROSECONDS PERIOD", at least one; nothing for "max" and
// for other text.
std::optional<int> cpus_of_quota(std::string_view text);

}  // namespace trecvit
