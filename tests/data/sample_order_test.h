// Shared by the tests of the order of samples.
#pragma once

#include <cstdint>
#include <vector>

#include "trecvit/data/sample_order.h"

namespace trecvit::test {

inline std::vector<int64_t> indices_of(SampleOrder& order, int64_t begin, int64_t count) {
  std::vector<int64_t> out;
  for (int64_t position = begin; position < begin + count; ++position) out.push_back(order.at(position).index);
  return out;
}

}  // namespace trecvit::test
