#include "trecvit/io/npy.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "trecvit/base/error.h"
#include "trecvit/base/parse_number.h"
#include "trecvit/io/file_kind.h"

namespace trecvit {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";

constexpr std::pair<std::string_view, DType> kTypes[] = {
    {"<f4", DType::kF32}, {"<f8", DType::kF64}, {"<f2", DType::kF16}, {"|u1", DType::kU8},
    {"|i1", DType::kI8},  {"<u2", DType::kU16}, {"<i2", DType::kI16}, {"<u4", DType::kU32},
    {"<i4", DType::kI32}, {"<u8", DType::kU64}, {"<i8", DType::kI64}, {"|b1", DType::kBool}};

// The few elements of a Python dictionary literal that NumPy writes: strings, True, False, tuples of whole numbers.
class LiteralReader {
 public:
  LiteralReader(std::string_view text, std::string_view where) : text_(text), where_(where) {}

  bool accept(char c) {
    skip_blanks();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) wrong(fmt::format("'{}'", c));
  }
  std::string_view string() {
    const char quote = accept('\'') ? '\'' : '"';
    if (quote == '"') expect('"');
    const size_t end = text_.find(quote, at_);
    if (end == std::string_view::npos) wrong("the end of a string");
    const auto value = text_.substr(at_, end - at_);
    at_ = end + 1;
    return value;
  }
  bool boolean() {
    skip_blanks();
    for (const auto& [word, value] : {std::pair{"True", true}, std::pair{"False", false}}) {
      if (text_.substr(at_).starts_with(word)) {
        at_ += std::strlen(word);
        return value;
      }
    }
    wrong("True or False");
  }
  Shape tuple() {
    Shape shape;
    expect('(');
    while (!accept(')')) {
      skip_blanks();
      std::string_view rest = text_.substr(at_);
      const auto extent = take_number<int64_t>(rest);
      if (!extent || *extent < 0) wrong("an extent of 0 or more");
      at_ = text_.size() - rest.size();
      accept('L');  // written by Python 2
      shape.push_back(*extent);
      if (shape.size() > 32) wrong("at most 32 axes");
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return shape;
  }
  bool at_end() {
    skip_blanks();
    return at_ == text_.size();
  }
  [[noreturn]] void wrong(std::string_view expected) const {
    fail_input(where_, "expected {} in the array header, got '{}'", expected,
               printable(text_.substr(std::min(at_, text_.size())), 40));
  }

 private:
  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }
  std::string_view text_, where_;
  size_t at_ = 0;
};

// What an array of an unsupported type contains, and what to do about it.
std::pair<std::string_view, std::string_view> describe_type(std::string_view descr) {
  constexpr std::string_view kAsFloat = "save it with .astype(numpy.float32)";
  const std::string_view kind = descr.substr(std::min(descr.find_first_not_of("<>=|"), descr.size()));
  const auto begins = [kind](std::string_view with) { return kind.starts_with(with); };
  if (begins("O")) {
    return {
        "pickled Python objects, which are never loaded",
        "if you trust the file, load it in Python with allow_pickle=True (a dictionary: .item()) and save each array "
        "under its name: numpy.savez(\"model.npz\", **{name: array})"};
  }
  if (kind == "V1" || kind == "f1" || begins("float8")) return {"8-bit numbers of another library", kAsFloat};
  if (begins("V")) return {"raw bytes", kAsFloat};
  if (begins("c")) return {"complex numbers", "save the real part, .real"};
  if (kind == "f16" || kind == "f12" || begins("longdouble")) return {"long double", kAsFloat};
  if (begins("U") || begins("S") || begins("T")) return {"text", "leave it out"};
  if (begins("M") || begins("m")) return {"dates", "leave it out"};
  return {"an unknown type", kAsFloat};
}

// The type and its byte order.
DType type_of(std::string_view descr, bool& big_endian, std::string_view where) {
  big_endian = descr.starts_with('>');
  const std::string_view order = descr.substr(0, 1), kind = descr.substr(std::min<size_t>(1, descr.size()));
  for (const auto& [name, dtype] : kTypes) {
    // Byte order has no meaning for single bytes.
    const bool single = size_of(dtype) == 1;
    const std::string_view orders = single ? "|<>=" : "<>";
    if (kind == name.substr(1) && !order.empty() && orders.find(order) != std::string_view::npos) return dtype;
  }
  if (descr == "<V2" || descr == "|V2" || descr.ends_with("bfloat16")) return DType::kBF16;
  const auto [what, way_out] = describe_type(descr);
  fail_input(where, "expected numbers such as float32 ('<f4') or bfloat16, got {} ('{}'); {}", what,
             printable(descr, 40), way_out);
}

struct Dictionary {
  std::optional<std::string_view> descr;
  std::optional<bool> fortran_order;
  std::optional<Shape> shape;
};

Dictionary read_dictionary(std::string_view text, std::string_view where) {
  LiteralReader reader(text, where);
  Dictionary out;
  reader.expect('{');
  while (!reader.accept('}')) {
    const std::string_view key = reader.string();
    reader.expect(':');
    if (key == "descr" && !out.descr && reader.accept('[')) {
      fail_input(where, "expected an array of numbers, got one of structures; save each field under its own name");
    } else if (key == "descr" && !out.descr) {
      out.descr = reader.string();
    } else if (key == "fortran_order" && !out.fortran_order) {
      out.fortran_order = reader.boolean();
    } else if (key == "shape" && !out.shape) {
      out.shape = reader.tuple();
    } else {
      reader.wrong("descr, fortran_order and shape, each once,");
    }
    if (!reader.accept(',')) {
      reader.expect('}');
      break;
    }
  }
  if (!reader.at_end()) reader.wrong("nothing after the dictionary");
  if (!out.descr || !out.fortran_order || !out.shape) reader.wrong("descr, fortran_order and shape");
  return out;
}

}  // namespace

NpyHeader parse_npy_header(std::span<const std::byte> bytes, std::string_view where) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (!text.starts_with(kMagic) || text.size() < 10)
    fail_input(where, "expected a NumPy array, got other or too few bytes");
  const auto byte_at = [&text](size_t i) { return static_cast<uint64_t>(static_cast<unsigned char>(text[i])); };
  const uint64_t version = byte_at(6);
  if (version < 1 || version > 3 || byte_at(7) != 0)
    fail_input(where, "expected .npy version 1.0, 2.0 or 3.0, got {}.{}", version, byte_at(7));
  const size_t prefix = version == 1 ? 10 : 12;
  if (text.size() < prefix) fail_input(where, "expected a NumPy array header, got {} bytes", text.size());
  uint64_t length = byte_at(8) | byte_at(9) << 8;
  if (version > 1) length |= byte_at(10) << 16 | byte_at(11) << 24;
  if (length > kMaxNpyHeaderBytes - 12) fail_input(where, "expected an array header up to 64 KB, got {} bytes", length);
  if (length > text.size() - prefix) {
    fail_input(where, "expected an array header of {} bytes, got {}; truncated?", length, text.size() - prefix);
  }
  const Dictionary dictionary = read_dictionary(text.substr(prefix, length), where);
  NpyHeader header{.shape = *dictionary.shape, .data_offset = prefix + length};
  header.dtype = type_of(*dictionary.descr, header.big_endian, where);
  if (!byte_count(header.shape, header.dtype)) {
    fail_input(where, "expected an array that fits in memory, got shape {}", to_string(header.shape));
  }
  const auto long_axes =
      std::count_if(header.shape.begin(), header.shape.end(), [](int64_t extent) { return extent > 1; });
  header.fortran_order = *dictionary.fortran_order && long_axes > 1;  // otherwise the two orders are the same
  return header;
}

namespace {

void swap_bytes(HostTensor& tensor) {
  const size_t size = size_of(tensor.dtype());
  const std::span bytes(tensor.data(), tensor.bytes());
  for (size_t at = 0; at < bytes.size() && size > 1; at += size) {
    std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                 bytes.begin() + static_cast<std::ptrdiff_t>(at + size));
  }
}

// From the order in which the first axis varies fastest to the one in which the last axis does.
HostTensor in_c_order(const HostTensor& stored) {
  HostTensor out(stored.shape(), stored.dtype());
  const Shape& shape = out.shape();
  const size_t size = size_of(out.dtype()), count = static_cast<size_t>(out.count());
  std::vector<size_t> index(shape.size()), stride(shape.size(), 1);  // per axis, in values as stored
  for (size_t axis = 1; axis < shape.size(); ++axis) {
    stride[axis] = stride[axis - 1] * static_cast<size_t>(shape[axis - 1]);
  }
  size_t from = 0;
  for (size_t to = 0; to < count; ++to) {
    std::memcpy(out.data() + to * size, stored.data() + from * size, size);
    for (size_t back = 1; back <= shape.size(); ++back) {
      const size_t axis = shape.size() - back;
      from += stride[axis];
      if (++index[axis] < static_cast<size_t>(shape[axis])) break;
      from -= stride[axis] * index[axis];
      index[axis] = 0;
    }
  }
  return out;
}

}  // namespace

HostTensor arranged(HostTensor stored, const NpyHeader& header) {
  if (header.big_endian) swap_bytes(stored);
  return header.fortran_order ? in_c_order(stored) : std::move(stored);
}

std::string make_npy_header(const Shape& shape, DType dtype) {
  std::string_view descr;
  for (const auto& [name, known] : kTypes) {
    if (known == dtype) descr = name;
  }
  TRECVIT_CHECK(!descr.empty());
  std::string dictionary = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}{}), }}", descr,
                                       fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
  constexpr size_t kPrefix = 10, kMultiple = 64;
  const size_t total = (kPrefix + dictionary.size() + 1 + kMultiple - 1) / kMultiple * kMultiple;
  dictionary.resize(total - kPrefix - 1, ' ');
  dictionary += '\n';
  std::string header(kMagic);
  header += {'\x01', '\x00'};
  header += static_cast<char>(dictionary.size() & 0xff);
  header += static_cast<char>(dictionary.size() >> 8);
  return header + dictionary;
}

HostTensor read_npy(const ByteSource& source, uint64_t max_bytes) {
  refuse_other_kinds(source, Wanted::kNpy);
  std::vector<std::byte> start(static_cast<size_t>(std::min(source.size(), kMaxNpyHeaderBytes)));
  source.read(0, start);
  const NpyHeader header = parse_npy_header(start, source.name());
  const uint64_t bytes = byte_count(header.shape, header.dtype).value();
  if (bytes > max_bytes) {
    fail(ErrorKind::kResource, source.name(), "expected at most {} bytes of values, got {}", max_bytes, bytes);
  }
  if (source.size() - header.data_offset != bytes) {
    fail_input(source.name(), "expected {} bytes of values for {} {}, got {}; truncated download?", bytes,
               word_of(header.dtype), to_string(header.shape), source.size() - header.data_offset);
  }
  HostTensor tensor(header.shape, header.dtype);
  source.read(header.data_offset, {tensor.data(), tensor.bytes()});
  return arranged(std::move(tensor), header);
}

}  // namespace trecvit
