// Copies weights between a trainable model and the files of weights/.
#pragma once

#include <map>
#include <set>
#include <string>

#include "trecvit/model/trecvit.h"
#include "trecvit/weights/weight_source.h"

namespace trecvit::model {

// Copies every tensor of the model from `weights`, which must fit (weights/model_files.h: check_tensors).
void load_weights(TRecViT& model, const WeightSource& weights);

// The same, except that the tensors in `missing` keep their values; all others must be in `weights`, with the model's
// shapes (weights/starting_point.h). Returns the names of the tensors that were copied.
std::set<std::string> load_matching_weights(TRecViT& model, const WeightSource& weights,
                                            const std::set<std::string>& missing);

// The parameters of a model as a source of weights, to save or to pack. Tensors are read at the time of the call, so
// the model must outlive this object.
class ModelWeights : public WeightSource {
 public:
  explicit ModelWeights(const TRecViT& model);
  const std::map<std::string, TensorInfo>& tensors() const override { return infos_; }
  HostTensor read(const std::string& name) const override;
  const std::string& name() const override { return name_; }

 private:
  std::map<std::string, TensorInfo> infos_;
  std::map<std::string, Tensor> parameters_;
  std::string name_ = "model";
};

// The values of a tensor on the host as float32 or float64, and back.
HostTensor to_host(const Tensor& tensor);
Tensor from_host(const HostTensor& tensor);

}  // namespace trecvit::model
