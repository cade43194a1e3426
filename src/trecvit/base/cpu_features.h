// What this processor and operating system can run.
#pragma once

#include <string>

namespace trecvit {

struct CpuFeatures {
  bool avx2_fma = false;
  bool avx512 = false;  // F, BW, DQ and VL
};
CpuFeatures cpu_features();
// "AMD EPYC ..."; empty if the system does not say.
std::string cpu_model_name();

}  // namespace trecvit
