// Keeps every tap of a computation, frame by frame.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "trecvit/engine/taps.h"

namespace trecvit::test {

class TapCollector : public TapSink {
 public:
  bool wants(std::string_view) const override { return true; }
  void put(std::string_view name, int64_t, const Shape&, std::span<const float> values) override {
    auto& all = values_[std::string(name)];
    all.insert(all.end(), values.begin(), values.end());
  }
  const std::map<std::string, std::vector<float>>& values() const { return values_; }

 private:
  std::map<std::string, std::vector<float>> values_;
};

}  // namespace trecvit::test
