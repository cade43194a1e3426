// Where weights come from: a published .npz, a .safetensors file, or a generator. Tensors are read one at a time, so a
// loader that packs them never holds the model twice.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "trecvit/base/tensor.h"
#include "trecvit/config/model_config.h"
#include "trecvit/io/byte_source.h"

namespace trecvit {

struct TensorInfo {
  Shape shape;
  DType dtype = DType::kF32;
};

class WeightSource {
 public:
  virtual ~WeightSource() = default;
  // All tensors, by canonical name.
  virtual const std::map<std::string, TensorInfo>& tensors() const = 0;
  // The values as float32 (half types widened, float64 rounded). Throws Error(kInput) for an unknown name or damaged
  // data.
  virtual HostTensor read(const std::string& name) const = 0;
  // What to call it in messages.
  virtual const std::string& name() const = 0;
  // A tensor's name as the file spells it.
  virtual std::string name_in_file(const std::string& name) const { return name; }
  // What was assumed while reading the file, one sentence each, for people; mostly none.
  virtual std::vector<std::string> notes() const { return {}; }
};

// Decided by the file's first bytes: a zip archive is read as .npz, a safetensors file as such; other known kinds are
// refused with a message that says what they are and what to do (io/file_kind.h). Names may be written with '/' or '.'.
// Throws Error(kInput).
std::unique_ptr<WeightSource> open_weights(std::unique_ptr<ByteSource> bytes);

// Deterministic weights for demonstrations, benchmarks and tests, generated on demand: value i of tensor KEY is offset
// + scale * u_i of RandomStream(seed, KEY), with an offset and a scale per kind of tensor so that every branch of the
// network is active. The same rule made the reference fixtures (tests/golden/README.md, section 1).
std::unique_ptr<WeightSource> generated_weights(const ModelConfig& config, uint64_t seed);

}  // namespace trecvit
