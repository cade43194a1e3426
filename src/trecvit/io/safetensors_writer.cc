// Writes safetensors files; declared in safetensors.h.
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <string_view>

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

// A JSON string.
std::string quoted(const std::string& text) { return Json(text).dump(); }

// Written by hand: destroying a Json tree would allocate, and that may fail.
std::string header_of(const std::vector<SafetensorsWriter::Declared>& tensors,
                      const std::map<std::string, std::string>& metadata) {
  std::string entries;
  for (const auto& [key, value] : metadata) entries += fmt::format(",{}:{}", quoted(key), quoted(value));
  std::string out = entries.empty() ? "" : fmt::format(",\"__metadata__\":{{{}}}", entries.substr(1));
  uint64_t offset = 0;
  for (const auto& tensor : tensors) {
    const uint64_t end = offset + byte_count(tensor.shape, tensor.dtype).value();
    out += fmt::format(R"(,{}:{{"dtype":"{}","shape":[{}],"data_offsets":[{},{}]}})", quoted(tensor.name),
                       type_name(tensor.dtype), fmt::join(tensor.shape, ","), offset, end);
    offset = end;
  }
  return "{" + (out.empty() ? out : out.substr(1)) + "}";
}

bool all_different(const std::vector<SafetensorsWriter::Declared>& tensors) {
  std::set<std::string_view> names;
  return std::all_of(tensors.begin(), tensors.end(),
                     [&](const auto& tensor) { return names.insert(tensor.name).second; });
}

}  // namespace

SafetensorsWriter::SafetensorsWriter(const std::string& path, Overwrite overwrite, std::vector<Declared> tensors,
                                     const std::map<std::string, std::string>& metadata)
    : file_(path, overwrite), tensors_(std::move(tensors)) {
  TRECVIT_CHECK(all_different(tensors_));
  std::string header = header_of(tensors_, metadata);
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
