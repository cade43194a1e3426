#include "trecvit/cli/stoppable_weights.h"

#include <utility>

#include "trecvit/cli/signals.h"

namespace trecvit::cli {
namespace {

class StoppableWeights : public WeightSource {
 public:
  explicit StoppableWeights(std::unique_ptr<WeightSource> weights) : weights_(std::move(weights)) {}
  const std::map<std::string, TensorInfo>& tensors() const override { return weights_->tensors(); }
  HostTensor read(const std::string& name) const override {
    throw_if_stopped();
    return weights_->read(name);
  }
  const std::string& name() const override { return weights_->name(); }
  std::string name_in_file(const std::string& name) const override { return weights_->name_in_file(name); }
  std::vector<std::string> notes() const override { return weights_->notes(); }

 private:
  std::unique_ptr<WeightSource> weights_;
};

}  // namespace

std::unique_ptr<WeightSource> stoppable(std::unique_ptr<WeightSource> weights) {
  return std::make_unique<StoppableWeights>(std::move(weights));
}

}  // namespace trecvit::cli
