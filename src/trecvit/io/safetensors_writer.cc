#include "trecvit/base/error.h"
#include "trecvit/io/json.h"
#include "trecvit/io/safetensors.h"
#include "trecvit/io/safetensors_types.h"

namespace trecvit {
namespace {

std::string_view type_name(DType dtype) {
  for (const auto& [name, known] : kSafetensorsTypes) {
    if (known == dtype) return name;
  }
  return "?";
}

}  // namespace

SafetensorsWriter::SafetensorsWriter(const std::string& path, Overwrite overwrite, std::vector<Declared> tensors,
                                     const std::map<std::string, std::string>& metadata)
    : file_(path, overwrite), tensors_(std::move(tensors)) {
  Json root = Json::object();
  if (!metadata.empty()) root["__metadata__"] = metadata;
  uint64_t offset = 0;
  for (const auto& tensor : tensors_) {
    TRECVIT_CHECK(!root.contains(tensor.name));
    const uint64_t end = offset + byte_count(tensor.shape, tensor.dtype).value();
    root[tensor.name] = {{"dtype", type_name(tensor.dtype)}, {"shape", tensor.shape}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string header = root.dump();
  header.resize((header.size() + 7) / 8 * 8, ' ');
  const uint64_t length = header.size();
  file_.write(std::as_bytes(std::span(&length, 1)));
  file_.write(header);
}

void SafetensorsWriter::add(const std::string& name, const TensorView& tensor) {
  TRECVIT_CHECK(next_ < tensors_.size());
  const Declared& declared = tensors_[next_++];
  TRECVIT_CHECK(declared.name == name && declared.shape == tensor.shape && declared.dtype == tensor.dtype);
  file_.write(std::span(static_cast<const std::byte*>(tensor.data), tensor.bytes()));
}

void SafetensorsWriter::finish() {
  TRECVIT_CHECK(next_ == tensors_.size());
  file_.commit();
}

}  // namespace trecvit
