// Reads safetensors files; declared in safetensors.h.
#include <algorithm>

#include "trecvit/base/error.h"
#include "trecvit/base/list_some.h"
#include "trecvit/io/file_kind.h"
#include "trecvit/io/json.h"
#include "trecvit/io/safetensors.h"
#include "trecvit/io/safetensors_types.h"

namespace trecvit {
namespace {

constexpr uint64_t kMaxHeaderBytes = 100'000'000, kPrefixBytes = 8;
constexpr size_t kMaxAxes = 32;

// A value of the header for a message, always short.
std::string shown(const Json& value) { return value.is_structured() ? value.type_name() : printable(value.dump(), 40); }

uint64_t read_unsigned(const Json& value, const std::string& where) {
  if (!value.is_number_unsigned()) fail_input(where, "expected whole numbers of 0 or more, got {}", shown(value));
  return value.get<uint64_t>();
}

DType read_type(const Json& value, const std::string& where) {
  for (const auto& [name, dtype] : kSafetensorsTypes) {
    if (value.is_string() && value.get_ref<const std::string&>() == name) return dtype;
  }
  const std::string type = shown(value);
  const bool small = type.starts_with("\"F8") || type.starts_with("\"F4") || type.starts_with("\"F6");
  fail_input(where, "expected a type such as F32 or BF16, got {}{}", type,
             small ? "; convert the tensor to F32 or BF16 first, 8-bit floats are not supported" : "");
}

Shape read_shape(const Json& value, const std::string& where) {
  if (!value.is_array()) fail_input(where, "expected a shape, got {}", shown(value));
  if (value.size() > kMaxAxes) fail_input(where, "expected at most {} axes, got {}", kMaxAxes, value.size());
  Shape shape;
  for (const auto& extent : value) {
    const uint64_t number = read_unsigned(extent, where);
    if (number > INT64_MAX) fail_input(where, "expected a smaller extent, got {}", number);
    shape.push_back(static_cast<int64_t>(number));
  }
  return shape;
}

// One tensor of the header; the data begins at `base` and ends at the end of the file, `file_bytes`.
SafetensorsReader::Info read_info(const Json& value, uint64_t base, uint64_t file_bytes, const std::string& where) {
  if (!value.is_object() || value.size() != 3 || !value.contains("dtype") || !value.contains("shape") ||
      !value.contains("data_offsets")) {
    fail_input(where, "expected dtype, shape and data_offsets, got {}",
               value.is_object() ? "other or more keys" : shown(value));
  }
  const Json& offsets = value["data_offsets"];
  if (!offsets.is_array() || offsets.size() != 2)
    fail_input(where, "expected two data_offsets, got {}", shown(offsets));
  const uint64_t begin = read_unsigned(offsets[0], where), end = read_unsigned(offsets[1], where);
  const DType dtype = read_type(value["dtype"], where);
  const Shape shape = read_shape(value["shape"], where);
  const auto bytes = byte_count(shape, dtype);
  if (!bytes) fail_input(where, "expected a tensor that fits in memory, got shape {}", to_string(shape));
  if (end < begin) fail_input(where, "expected data_offsets in order, got {} to {}", begin, end);
  if (end - begin != *bytes) {
    fail_input(where, "expected {} bytes for {} {}, got {}", *bytes, word_of(dtype), to_string(shape), end - begin);
  }
  if (end > file_bytes - base) {
    fail_input(where,
               "expected values up to byte {} after a header of {} bytes, got a file of {} bytes; truncated download?",
               end, base, file_bytes);
  }
  return {shape, dtype, base + begin, end - begin};
}

void read_metadata(const Json& value, std::map<std::string, std::string>& out, const std::string& where) {
  if (value.is_null()) return;  // as in the reference implementation
  if (!value.is_object()) fail_input(where, "expected __metadata__ to be an object, got {}", shown(value));
  for (const auto& [key, text] : value.items()) {
    if (!text.is_string()) fail_input(where, "expected strings in __metadata__, got {}", shown(text));
    out[key] = text.get<std::string>();
  }
}

std::string read_header(const ByteSource& source) {
  const std::string& where = source.name();
  if (source.size() < kPrefixBytes) {
    fail_input(where, "expected a safetensors file, got {} bytes; truncated download?", source.size());
  }
  uint64_t bytes = 0;
  source.read(0, std::as_writable_bytes(std::span(&bytes, 1)));
  if (bytes > kMaxHeaderBytes) {
    fail_input(
        where,
        "expected a safetensors file with a header of up to {} bytes, got other bytes; is it another kind of file?",
        kMaxHeaderBytes);
  }
  if (bytes == 0)
    fail_input(where, "expected a safetensors file, got one whose header has 0 bytes; truncated download?");
  if (bytes > source.size() - kPrefixBytes) {
    fail_input(where, "expected a header of {} bytes, got a file of {} bytes; truncated download?", bytes,
               source.size());
  }
  std::string text(static_cast<size_t>(bytes), '\0');
  source.read(kPrefixBytes, std::as_writable_bytes(std::span(text)));
  return text;
}

// The tensors must tile the data from `base` to the end of the file, so that nothing is hidden between or after them.
void check_tiling(const std::map<std::string, SafetensorsReader::Info>& tensors, uint64_t base,
                  const ByteSource& source) {
  std::vector<const SafetensorsReader::Info*> order;
  for (const auto& [name, info] : tensors) order.push_back(&info);
  std::sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
    return a->offset != b->offset ? a->offset < b->offset : a->bytes < b->bytes;
  });
  uint64_t next = base;
  for (const auto* info : order) {
    if (info->offset != next) {
      fail_input(source.name(), "expected tensors without gap or overlap, got one at byte {} instead of {}",
                 info->offset, next);
    }
    next += info->bytes;
  }
  if (next != source.size()) {
    fail_input(source.name(), "expected the data to end at byte {}, got a file of {} bytes", next, source.size());
  }
}

}  // namespace

SafetensorsReader::SafetensorsReader(std::unique_ptr<ByteSource> source) : source_(std::move(source)) {
  const std::string& where = source_->name();
  refuse_other_kinds(*source_, Wanted::kSafetensors);
  const std::string text = read_header(*source_);
  const JsonTree tree = parse_json_tree(text, where);
  const Json& root = *tree;
  if (!root.is_object()) fail_input(where, "expected a JSON object as header, got {}", shown(root));
  const uint64_t base = kPrefixBytes + text.size();
  for (const auto& [name, value] : root.items()) {
    if (name == "__metadata__") {
      read_metadata(value, metadata_, where);
    } else {
      tensors_.emplace(name, read_info(value, base, source_->size(), where + ": " + printable(name)));
    }
  }
  for (const auto& [name, info] : tensors_) names_.push_back(name);
  check_tiling(tensors_, base, *source_);
}

const SafetensorsReader::Info& SafetensorsReader::info(const std::string& name) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) {
    fail_input(source_->name(), "expected a tensor {}, got {}", printable(name), list_some(names_));
  }
  return found->second;
}

HostTensor SafetensorsReader::read(const std::string& name) const {
  const Info& tensor = info(name);
  HostTensor out(tensor.shape, tensor.dtype);
  source_->read(tensor.offset, {out.data(), out.bytes()});
  return out;
}

}  // namespace trecvit
