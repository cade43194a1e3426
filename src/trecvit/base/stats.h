// Order statistics of measured durations, and memory, used and available.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace trecvit {

// The value below which `share` (0 to 1) of the samples lie, linear between neighbours; 0 for no samples.
double quantile(std::vector<double> samples, double share);

// Peak resident size of this process so far in bytes (VmHWM); 0 if the system does not say.
long peak_resident_bytes();
// Resident size now in bytes.
long resident_bytes();
// Bytes this process could still take without swapping: what the system has available, or what the control group at the
// root of its namespace (a container's) leaves, whichever is less. nullopt if the system does not say.
std::optional<uint64_t> available_memory_bytes();
// Throws Error(kResource) if `what` needs more bytes than are available, so that the system does not kill the process
// halfway.
void check_memory_for(uint64_t bytes, std::string_view where, std::string_view what);

}  // namespace trecvit
