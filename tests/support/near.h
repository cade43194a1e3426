// Compares arrays and reports how far apart they are and where. Tolerances are absolute and given by the caller.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace trecvit::test {

struct Difference {
  double worst = 0;  // largest absolute difference
  size_t index = 0;  // where
  double scale = 0;  // largest magnitude of the expected values
};

// Got, Want: anything with size() and operator[].
template <class Got, class Want>
Difference difference(const Got& got, const Want& want) {
  Difference result;
  for (size_t i = 0; i < want.size(); ++i) {
    const double delta = std::abs(static_cast<double>(got[i]) - static_cast<double>(want[i]));
    if (!(delta <= result.worst)) {  // also true for NaN
      result.worst = std::isnan(delta) ? INFINITY : delta;
      result.index = i;
    }
    result.scale = std::max(result.scale, std::abs(static_cast<double>(want[i])));
  }
  return result;
}

template <class Got, class Want>
testing::AssertionResult near(const std::string& what, const Got& got, const Want& want, double tolerance) {
  if (got.size() != want.size()) {
    return testing::AssertionFailure() << what << ": expected " << want.size() << " values, got " << got.size();
  }
  const Difference d = difference(got, want);
  if (d.worst <= tolerance) return testing::AssertionSuccess();
  return testing::AssertionFailure() << what << "[" << d.index << "]: expected " << want[d.index] << ", got "
                                     << got[d.index] << "; off by " << d.worst << ", tolerance " << tolerance
                                     << ", largest magnitude " << d.scale;
}

template <class Got, class Want>
testing::AssertionResult bit_equal(const std::string& what, const Got& got, const Want& want) {
  return near(what, got, want, 0.0);
}

}  // namespace trecvit::test
