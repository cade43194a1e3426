#include "trecvit/weights/weight_source.h"

#include "trecvit/io/file_kind.h"
#include "trecvit/io/npz.h"
#include "trecvit/io/safetensors.h"
#include "trecvit/weights/tensor_table.h"

namespace trecvit {
namespace {

// Canonical names of a file's tensors; two spellings of one name are an error.
class NameMap {
 public:
  void add(const std::string& stored, TensorInfo info, const std::string& source) {
    const std::string canonical = canonical_name(stored);
    if (!stored_.emplace(canonical, stored).second) {
      fail_input(source, "expected each tensor once, got {} and {}", printable(stored_.at(canonical)),
                 printable(stored));
    }
    infos_.emplace(canonical, std::move(info));
  }
  const std::map<std::string, TensorInfo>& infos() const { return infos_; }
  std::string spelled(const std::string& canonical) const {
    const auto found = stored_.find(canonical);
    return found == stored_.end() ? canonical : found->second;
  }
  const std::string& stored(const std::string& canonical, const std::string& source) const {
    const auto found = stored_.find(canonical);
    if (found == stored_.end()) fail_input(source, "expected a tensor {}, got none", printable(canonical));
    return found->second;
  }

 private:
  std::map<std::string, std::string> stored_;
  std::map<std::string, TensorInfo> infos_;
};

class NpzWeights : public WeightSource {
 public:
  explicit NpzWeights(std::unique_ptr<ByteSource> bytes) : reader_(std::move(bytes)) {
    for (const auto& name : reader_.names()) {
      const auto& header = reader_.header(name);
      bfloat16_ += header.dtype == DType::kBF16;
      names_.add(name, {header.shape, header.dtype}, reader_.source_name());
    }
  }
  const std::map<std::string, TensorInfo>& tensors() const override { return names_.infos(); }
  HostTensor read(const std::string& name) const override {
    return to_float32(reader_.read(names_.stored(name, reader_.source_name())),
                      reader_.source_name() + ": " + printable(name));
  }
  const std::string& name() const override { return reader_.source_name(); }
  std::string name_in_file(const std::string& name) const override { return names_.spelled(name); }
  std::vector<std::string> notes() const override {
    if (bfloat16_ == 0) return {};
    return {fmt::format("{} of {} arrays have two bytes per number and no type ('V2') and are read as bfloat16",
                        bfloat16_, reader_.names().size())};
  }

 private:
  size_t bfloat16_ = 0;
  NpzReader reader_;
  NameMap names_;
};

class SafetensorsWeights : public WeightSource {
 public:
  explicit SafetensorsWeights(std::unique_ptr<ByteSource> bytes) : reader_(std::move(bytes)) {
    for (const auto& name : reader_.names()) {
      const auto& info = reader_.info(name);
      names_.add(name, {info.shape, info.dtype}, reader_.source_name());
    }
  }
  const std::map<std::string, TensorInfo>& tensors() const override { return names_.infos(); }
  HostTensor read(const std::string& name) const override {
    return to_float32(reader_.read(names_.stored(name, reader_.source_name())),
                      reader_.source_name() + ": " + printable(name));
  }
  const std::string& name() const override { return reader_.source_name(); }
  std::string name_in_file(const std::string& name) const override { return names_.spelled(name); }

 private:
  SafetensorsReader reader_;
  NameMap names_;
};

}  // namespace

std::unique_ptr<WeightSource> open_weights(std::unique_ptr<ByteSource> bytes) {
  const FileKind kind = refuse_other_kinds(*bytes, Wanted::kWeights);
  if (kind.family == FileFamily::kNpz) return std::make_unique<NpzWeights>(std::move(bytes));
  return std::make_unique<SafetensorsWeights>(std::move(bytes));
}

}  // namespace trecvit
