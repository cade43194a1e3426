#include <algorithm>
#include <cstring>

#include "trecvit/base/error.h"
#include "trecvit/io/json.h"
#include "trecvit/io/safetensors.h"
#include "trecvit/io/safetensors_types.h"

namespace trecvit {
namespace {

constexpr uint64_t kMaxHeaderBytes = 100'000'000, kPrefixBytes = 8;

uint64_t read_unsigned(const Json& value, const std::string& where) {
  if (!value.is_number_unsigned())
    fail_input(where, "expected whole numbers of 0 or more, got {}", printable(value.dump(), 40));
  return value.get<uint64_t>();
}

DType read_type(const Json& value, const std::string& where) {
  for (const auto& [name, dtype] : kSafetensorsTypes) {
    if (value.is_string() && value.get_ref<const std::string&>() == name) return dtype;
  }
  fail_input(where, "expected a type such as F32 or BF16, got {}", printable(value.dump(), 40));
}

Shape read_shape(const Json& value, const std::string& where) {
  if (!value.is_array()) fail_input(where, "expected a shape, got {}", printable(value.dump(), 40));
  Shape shape;
  for (const auto& extent : value) {
    const uint64_t number = read_unsigned(extent, where);
    if (number > INT64_MAX) fail_input(where, "expected a smaller extent, got {}", number);
    shape.push_back(static_cast<int64_t>(number));
  }
  return shape;
}

// One tensor of the header; `base` is where the data begins in the file, `data_bytes` how much there is.
SafetensorsReader::Info read_info(const Json& value, uint64_t base, uint64_t data_bytes, const std::string& where) {
  if (!value.is_object() || value.size() != 3 || !value.contains("dtype") || !value.contains("shape") ||
      !value.contains("data_offsets")) {
    fail_input(where, "expected dtype, shape and data_offsets, got {}", printable(value.dump(), 80));
  }
  const Json& offsets = value["data_offsets"];
  if (!offsets.is_array() || offsets.size() != 2)
    fail_input(where, "expected two data_offsets, got {}", printable(offsets.dump(), 40));
  const uint64_t begin = read_unsigned(offsets[0], where), end = read_unsigned(offsets[1], where);
  const DType dtype = read_type(value["dtype"], where);
  const Shape shape = read_shape(value["shape"], where);
  const auto bytes = byte_count(shape, dtype);
  if (!bytes) fail_input(where, "expected a tensor that fits in memory, got shape {}", to_string(shape));
  if (end < begin || end > data_bytes) {
    fail_input(where, "expected a range inside {} bytes of data, got {} to {}; truncated download?", data_bytes, begin,
               end);
  }
  if (end - begin != *bytes) {
    fail_input(where, "expected {} bytes for {} {}, got {}", *bytes, name_of(dtype), to_string(shape), end - begin);
  }
  return {shape, dtype, base + begin, end - begin};
}

void read_metadata(const Json& value, std::map<std::string, std::string>& out, const std::string& where) {
  if (!value.is_object())
    fail_input(where, "expected __metadata__ to be an object, got {}", printable(value.dump(), 40));
  for (const auto& [key, text] : value.items()) {
    if (!text.is_string()) fail_input(where, "expected strings in __metadata__, got {}", printable(text.dump(), 40));
    out[key] = text.get<std::string>();
  }
}

}  // namespace

SafetensorsReader::SafetensorsReader(std::unique_ptr<ByteSource> source) : source_(std::move(source)) {
  const std::string& where = source_->name();
  const uint64_t file_bytes = source_->size();
  if (file_bytes < kPrefixBytes)
    fail_input(where, "expected a safetensors file, got {} bytes; truncated download?", file_bytes);
  uint64_t header_bytes = 0;
  source_->read(0, std::as_writable_bytes(std::span(&header_bytes, 1)));
  if (header_bytes > kMaxHeaderBytes) {
    fail_input(where, "expected a safetensors header up to {} bytes, got {}; is it another kind of file?",
               kMaxHeaderBytes, header_bytes);
  }
  if (header_bytes > file_bytes - kPrefixBytes) {
    fail_input(where, "expected a header of {} bytes, got a file of {} bytes; truncated download?", header_bytes,
               file_bytes);
  }
  std::string text(static_cast<size_t>(header_bytes), '\0');
  source_->read(kPrefixBytes, std::as_writable_bytes(std::span(text)));
  const Json root = parse_json(text, where);
  if (!root.is_object()) fail_input(where, "expected a JSON object as header, got {}", printable(root.dump(), 40));
  const uint64_t base = kPrefixBytes + header_bytes, data_bytes = file_bytes - base;
  for (const auto& [name, value] : root.items()) {
    if (name == "__metadata__") {
      read_metadata(value, metadata_, where);
    } else {
      tensors_.emplace(name, read_info(value, base, data_bytes, where + ": " + printable(name)));
      names_.push_back(name);
    }
  }
  std::sort(names_.begin(), names_.end());
  // The tensors must tile the data, so that nothing hides between or behind them.
  std::vector<const Info*> order;
  for (const auto& [name, info] : tensors_) order.push_back(&info);
  std::sort(order.begin(), order.end(), [](const Info* a, const Info* b) {
    return a->offset != b->offset ? a->offset < b->offset : a->bytes < b->bytes;
  });
  uint64_t next = base;
  for (const Info* info : order) {
    if (info->offset != next)
      fail_input(where, "expected tensors without gap or overlap, got one at byte {} instead of {}", info->offset,
                 next);
    next += info->bytes;
  }
  if (next != file_bytes)
    fail_input(where, "expected the data to end at byte {}, got a file of {} bytes", next, file_bytes);
}

const SafetensorsReader::Info& SafetensorsReader::info(const std::string& name) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) fail_input(source_->name(), "expected a tensor {}, got none", printable(name));
  return found->second;
}

HostTensor SafetensorsReader::read(const std::string& name) const {
  const Info& tensor = info(name);
  HostTensor out(tensor.shape, tensor.dtype);
  source_->read(tensor.offset, {out.data(), out.bytes()});
  return out;
}

}  // namespace trecvit
