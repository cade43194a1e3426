#include "trecvit/train/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace trecvit::train {

double Schedule::at(int64_t step) const {
  if (step < warmup) return peak * static_cast<double>(step + 1) / static_cast<double>(warmup);
  const double length = static_cast<double>(std::max<int64_t>(steps - 1 - warmup, 1));
  const double part = std::min(1.0, static_cast<double>(step - warmup) / length);
  return floor + (peak - floor) * (1 + std::cos(std::numbers::pi * part)) / 2;
}

}  // namespace trecvit::train
