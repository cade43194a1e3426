// Number of processors that this process may use, the basis of thread counts.
#pragma once

#include <optional>
#include <string_view>

namespace trecvit {

// Processors in the CPU mask (taskset, cpuset), limited to the integer part of the quota of the process's control
// groups; at least one.
int available_cpus();

// Processors of a quota in the format of cgroup v2's cpu.max, "MICROSECONDS PERIOD"; at least one. nullopt for "max"
// and for any other text.
std::optional<int> cpus_of_quota(std::string_view text);

}  // namespace trecvit
