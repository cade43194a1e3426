// Order statistics of measured durations.
#pragma once

#include <vector>

namespace trecvit {

// The value below which `share` (0 to 1) of the samples lie, linear between neighbours; 0 for no samples.
double quantile(std::vector<double> samples, double share);

// Peak resident size of this process so far in bytes (VmHWM); 0 where the system does not say.
long peak_resident_bytes();
// Resident size now in bytes.
long resident_bytes();

}  // namespace trecvit
