#include "trecvit/weights/stoppable_weights.h"

#include <utility>

#include "trecvit/base/stop.h"

namespace trecvit {
namespace {

class StoppableWeights : public WeightSource {
 public:
  StoppableWeights(std::unique_ptr<WeightSource> weights, std::stop_token stop)
      : weights_(std::move(weights)), stop_(std::move(stop)) {}
  const std::map<std::string, TensorInfo>& tensors() const override { return weights_->tensors(); }
  HostTensor read(const std::string& name) const override {
    throw_if_stopped(stop_);
    return weights_->read(name);
  }
  const std::string& name() const override { return weights_->name(); }
  std::string name_in_file(const std::string& name) const override { return weights_->name_in_file(name); }
  std::vector<std::string> notes() const override { return weights_->notes(); }

 private:
  std::unique_ptr<WeightSource> weights_;
  std::stop_token stop_;
};

}  // namespace

std::unique_ptr<WeightSource> stoppable(std::unique_ptr<WeightSource> weights, std::stop_token stop) {
  return std::make_unique<StoppableWeights>(std::move(weights), std::move(stop));
}

}  // namespace trecvit
