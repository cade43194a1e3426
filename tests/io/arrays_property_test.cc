// Arrays, tables and JSON are read as they were written, whatever they hold; damaged files are refused.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "io/hostile.h"
#include "support/files.h"
#include "support/temp_dir.h"
#include "trecvit/io/csv.h"
#include "trecvit/io/json.h"
#include "trecvit/io/npz.h"
#include "trecvit/io/safetensors.h"

namespace trecvit {
namespace {

// An array of a file; its bytes are a pattern, repeated, which shrinks better than as many bytes.
struct DrawnArray {
  std::string name;
  DType dtype = DType::kF32;
  Shape shape;
  std::vector<uint8_t> pattern = {0};

  HostTensor tensor() const {
    HostTensor out(shape, dtype);
    for (size_t i = 0; i < out.bytes(); ++i) out.data()[i] = std::byte{pattern[i % pattern.size()]};
    return out;
  }
};

std::ostream& operator<<(std::ostream& out, const DrawnArray& array) {
  out << "'" << array.name << "' " << word_of(array.dtype) << " " << to_string(array.shape) << " of bytes";
  for (const uint8_t byte : array.pattern) out << " " << int{byte};
  return out;
}

using DrawnArrays = std::vector<DrawnArray>;

// Includes scalars, which have no axes, and empty arrays.
rc::Gen<DrawnArrays> any_arrays(const rc::Gen<std::string>& names, const std::vector<DType>& dtypes) {
  const auto shape = rc::gen::resize(rc::kNominalSize, rc::gen::mapcat(rc::gen::inRange<size_t>(0, 5), [](size_t axes) {
                                       return rc::gen::container<Shape>(axes, rc::gen::inRange<int64_t>(0, 7));
                                     }));
  const auto bytes = rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<uint8_t>());
  const auto array = rc::gen::build<DrawnArray>(
      rc::gen::set(&DrawnArray::name, names), rc::gen::set(&DrawnArray::dtype, rc::gen::elementOf(dtypes)),
      rc::gen::set(&DrawnArray::shape, shape),
      rc::gen::set(&DrawnArray::pattern, rc::gen::nonEmpty(rc::gen::container<std::vector<uint8_t>>(bytes))));
  return rc::gen::scale(0.2, rc::gen::uniqueBy<DrawnArrays>(array, [](const DrawnArray& a) { return a.name; }));
}

const std::vector<DType> kNumpyTypes = {DType::kF32, DType::kF64, DType::kF16, DType::kU8,  DType::kI8,  DType::kU16,
                                        DType::kI16, DType::kU32, DType::kI32, DType::kU64, DType::kI64, DType::kBool};

// Any type of the library.
std::vector<DType> all_types() {
  auto types = kNumpyTypes;
  types.push_back(DType::kBF16);
  return types;
}

// Names that the writer takes, without those of the notes that file managers leave, which the reader skips.
rc::Gen<std::string> npz_names() {
  const std::string letters = "abzABZ019_-./";
  return rc::gen::suchThat(
      rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::elementOf(letters))), [](const std::string& name) {
        return name.find("..") == std::string::npos && name.front() != '/' && !name.ends_with('.') &&
               !name.starts_with("._") && name.find("/._") == std::string::npos;
      });
}

// Text in UTF-8 with characters of every length; control characters and quotes among them.
rc::Gen<std::string> any_utf8() {
  const auto piece = rc::gen::element<std::string>("a", "b", "0", ".", "/", " ", "\"", "\\", "\n", "\x1b", "\x7f",
                                                   std::string(1, '\0'), "\u00e4", "\u202e", "\u89c6", "\U0001f3ac");
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(piece), [](const std::vector<std::string>& pieces) {
    std::string text;
    for (const auto& part : pieces) text += part;
    return text;
  });
}

// Everything in a file of arrays: type, shape and bytes by name.
struct Content {
  DType dtype = DType::kF32;
  Shape shape;
  std::string bytes;
  bool operator==(const Content&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Content& content) {
  return out << word_of(content.dtype) << " " << to_string(content.shape) << ", " << content.bytes.size() << " bytes";
}
using Contents = std::map<std::string, Content>;

Content content_of(const HostTensor& tensor) {
  return {tensor.dtype(), tensor.shape(), std::string(reinterpret_cast<const char*>(tensor.data()), tensor.bytes())};
}

Contents contents_of(const DrawnArrays& arrays) {
  Contents all;
  for (const auto& array : arrays) all[array.name] = content_of(array.tensor());
  return all;
}

template <class Reader>
Contents contents_of(const Reader& reader) {
  Contents all;
  for (const auto& name : reader.names()) all[name] = content_of(reader.read(name));
  return all;
}

// piece: bytes that are given to the writer at a time; 0: the whole array.
std::string npz_bytes(const DrawnArrays& arrays, NpzWriter::Compression compression, size_t piece) {
  const test::TempDir folder;
  NpzWriter writer(folder.file("a.npz"), Overwrite::kNo, compression);
  for (const auto& array : arrays) {
    const HostTensor tensor = array.tensor();
    if (piece == 0) {
      writer.add(array.name, tensor.view());
      continue;
    }
    writer.begin(array.name, tensor.shape(), tensor.dtype());
    for (size_t at = 0; at < tensor.bytes(); at += piece)
      writer.append({tensor.data() + at, std::min(piece, tensor.bytes() - at)});
  }
  writer.finish();
  return test::content(folder.file("a.npz"));
}

std::string safetensors_bytes(const DrawnArrays& arrays, const std::map<std::string, std::string>& metadata) {
  const test::TempDir folder;
  std::vector<SafetensorsWriter::Declared> declared;
  for (const auto& array : arrays) declared.push_back({array.name, array.shape, array.dtype});
  SafetensorsWriter writer(folder.file("a.safetensors"), Overwrite::kNo, declared, metadata);
  for (const auto& array : arrays) writer.add(array.name, array.tensor().view());
  writer.finish();
  return test::content(folder.file("a.safetensors"));
}

rc::Gen<NpzWriter::Compression> any_compression() {
  return rc::gen::element(NpzWriter::Compression::kStored, NpzWriter::Compression::kDeflated);
}

// Arrays of an .npz file come back bit for bit, stored or deflated, written whole or in pieces.
RC_GTEST_PROP(ArraysProperty, NpzIsReadAsItWasWritten, ()) {
  const auto arrays = *any_arrays(npz_names(), kNumpyTypes);
  const std::string bytes = npz_bytes(arrays, *any_compression(), *rc::gen::inRange<size_t>(0, 40));
  const NpzReader reader(test::source_of(bytes));
  RC_ASSERT(contents_of(reader) == contents_of(arrays));
  RC_ASSERT(std::is_sorted(reader.names().begin(), reader.names().end()));
  for (const auto& array : arrays) {
    RC_ASSERT(reader.header(array.name).shape == array.shape);
    RC_ASSERT(reader.header(array.name).dtype == array.dtype);
  }
}

// Tensors of a .safetensors file come back bit for bit, and so does the text next to them.
RC_GTEST_PROP(ArraysProperty, SafetensorsAreReadAsTheyWereWritten, ()) {
  const auto arrays = *any_arrays(any_utf8(), all_types());
  const auto metadata =
      *rc::gen::scale(0.1, rc::gen::container<std::map<std::string, std::string>>(any_utf8(), any_utf8()));
  const std::string bytes = safetensors_bytes(arrays, metadata);
  const SafetensorsReader reader(test::source_of(bytes));
  RC_ASSERT(contents_of(reader) == contents_of(arrays));
  RC_ASSERT(reader.metadata() == metadata);
}

// A file cut short, or with a byte changed or added.
enum class Harm { kChange, kCut, kAdd };
struct Damage {
  Harm harm = Harm::kChange;
  uint32_t place = 0;  // modulo the size
  uint8_t byte = 1;    // not 0: the bits that change, or the byte that is added at the end

  std::string done_to(std::string bytes) const {
    const size_t at = place % bytes.size();
    if (harm == Harm::kCut) return bytes.substr(0, at);
    if (harm == Harm::kAdd) return bytes + static_cast<char>(byte);
    bytes[at] = static_cast<char>(bytes[at] ^ byte);
    return bytes;
  }
};
std::ostream& operator<<(std::ostream& out, const Damage& damage) {
  constexpr const char* kNames[] = {"changed", "cut", "added to"};
  return out << kNames[static_cast<size_t>(damage.harm)] << " at " << damage.place << " by " << int{damage.byte};
}
rc::Gen<Damage> any_damage() {
  return rc::gen::resize(
      rc::kNominalSize,
      rc::gen::build<Damage>(rc::gen::set(&Damage::harm, rc::gen::weightedElement<Harm>(
                                                             {{6, Harm::kChange}, {2, Harm::kCut}, {1, Harm::kAdd}})),
                             rc::gen::set(&Damage::place), rc::gen::set(&Damage::byte, rc::gen::nonZero<uint8_t>())));
}

// What a reader finds in the bytes, or nothing if it refuses them. Any exception but an Error ends the test.
template <class Reader>
std::optional<Contents> read_or_refused(const std::string& bytes) {
  try {
    return contents_of(Reader(test::source_of(bytes)));
  } catch (const Error& error) {
    RC_ASSERT(error.kind() == ErrorKind::kInput);
    return std::nullopt;
  }
}

// One wrong byte of an .npz file goes unnoticed only if it has no meaning; a cut or an added byte never does.
RC_GTEST_PROP(ArraysProperty, DamagedNpzIsReadAsBeforeOrRefused, ()) {
  const auto arrays = *any_arrays(npz_names(), kNumpyTypes);
  const std::string bytes = npz_bytes(arrays, *any_compression(), 0);
  for (const auto& damage : *rc::gen::container<std::vector<Damage>>(8, any_damage())) {
    const auto read = read_or_refused<NpzReader>(damage.done_to(bytes));
    if (!read) continue;
    RC_ASSERT(damage.harm == Harm::kChange);
    RC_ASSERT(*read == contents_of(arrays));
  }
}

// The format has no checksum: one wrong byte may change one value, or a name or a type, and changes nothing else.
RC_GTEST_PROP(ArraysProperty, DamagedSafetensorsAreReadOrRefused, ()) {
  const auto arrays = *any_arrays(any_utf8(), all_types());
  const std::string bytes = safetensors_bytes(arrays, {{"format", "pt"}});
  const Contents want = contents_of(arrays);
  const auto values_of = [](const Contents& contents) {
    std::multiset<std::string> all;
    for (const auto& [name, content] : contents) all.insert(content.bytes);
    return all;
  };
  uint64_t header_bytes = 0;
  std::memcpy(&header_bytes, bytes.data(), sizeof header_bytes);
  for (const auto& damage : *rc::gen::container<std::vector<Damage>>(8, any_damage())) {
    const auto read = read_or_refused<SafetensorsReader>(damage.done_to(bytes));
    if (damage.harm != Harm::kChange) {
      RC_ASSERT_FALSE(read.has_value());
    } else if (damage.place % bytes.size() >= sizeof header_bytes + header_bytes) {
      RC_ASSERT(read.has_value());
      const auto same = std::count_if(want.begin(), want.end(), [&](const auto& entry) {
        const auto found = read->find(entry.first);
        return found != read->end() && found->second == entry.second;
      });
      RC_ASSERT(same == std::ssize(want) - 1);
    } else if (read) {
      RC_ASSERT(values_of(*read) == values_of(want));
    }
  }
}

// Fields of a table of two and more columns come back, whatever text they are, with either end of lines. (A row that is
// one empty field is a blank line.)
RC_GTEST_PROP(TablesProperty, CsvIsReadAsItWasWritten, ()) {
  const auto columns = *rc::gen::inRange<size_t>(2, 6);
  const auto text = rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab,;\"\r\n\t #\xc3\xa4\xff")));
  const auto row = rc::gen::container<std::vector<std::string>>(columns, text);
  const auto rows = *rc::gen::scale(0.3, rc::gen::container<std::vector<std::vector<std::string>>>(row));
  const std::string line_end = *rc::gen::element<std::string>("\n", "\r\n");
  std::string table;
  for (size_t i = 0; i < columns; ++i) table += (i == 0 ? "c" : ",c") + std::to_string(i);
  for (const auto& fields : rows) {
    table += line_end;
    for (size_t i = 0; i < columns; ++i) table += (i == 0 ? "" : ",") + csv_field(fields[i]);
  }
  CsvReader csv(table, "t.csv");
  RC_ASSERT(csv.header().size() == columns);
  for (const auto& fields : rows) RC_ASSERT(csv.next().value().fields == fields);
  RC_ASSERT(!csv.next().has_value());
}

// Any text is a table with rows as long as its header, or refused.
RC_GTEST_PROP(TablesProperty, AnyTextIsATableOrRefused, ()) {
  const auto text =
      *rc::gen::container<std::string>(rc::gen::elementOf(std::string("aaabbb,,,\n\n\n\"\" \t#;\r\0", 20)));
  const CsvOptions options{.separator = *rc::gen::element(',', ';'), .loose = *rc::gen::arbitrary<bool>()};
  try {
    CsvReader csv(text, "t.csv", options);
    int64_t line = csv.header_line();
    while (const auto row = csv.next()) {
      RC_ASSERT(row->fields.size() == csv.header().size());
      RC_ASSERT(row->line > line);
      line = row->line;
    }
  } catch (const Error& error) {
    RC_ASSERT(error.kind() == ErrorKind::kInput);
  }
}

rc::Gen<Json> any_json(int depth) {
  const auto as_json = [](auto gen) { return rc::gen::map(gen, [](auto value) { return Json(value); }); };
  const auto bits = rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<uint64_t>());
  const auto finite = rc::gen::suchThat(rc::gen::map(bits, [](uint64_t value) { return std::bit_cast<double>(value); }),
                                        [](double value) { return std::isfinite(value); });
  const auto leaf = rc::gen::oneOf<Json>(as_json(rc::gen::arbitrary<bool>()), as_json(rc::gen::arbitrary<int64_t>()),
                                         as_json(bits), as_json(finite), as_json(rc::gen::arbitrary<double>()),
                                         as_json(any_utf8()), rc::gen::just(Json(nullptr)));
  if (depth == 0) return leaf;
  const auto inside = rc::gen::scale(0.3, any_json(depth - 1));
  const auto array = rc::gen::map(rc::gen::container<std::vector<Json>>(inside), [](const std::vector<Json>& values) {
    Json out = Json::array();
    for (const auto& value : values) out.push_back(value);
    return out;
  });
  const auto object = rc::gen::map(rc::gen::container<std::map<std::string, Json>>(any_utf8(), inside),
                                   [](const std::map<std::string, Json>& values) {
                                     Json out = Json::object();
                                     for (const auto& [key, value] : values) out[key] = value;
                                     return out;
                                   });
  return rc::gen::oneOf<Json>(leaf, array, object);
}

// JSON comes back from the text of the library and from a line for a terminal, doubles to the last bit.
RC_GTEST_PROP(TablesProperty, JsonIsReadAsItWasWritten, ()) {
  const Json value = *any_json(3);
  const std::string line = json_line(value);
  RC_ASSERT(parse_json(value.dump(), "text") == value);
  RC_ASSERT(parse_json(line, "line") == value);
  RC_ASSERT(parse_json(line, "line").dump() == value.dump());
  RC_ASSERT(terminal_text(line) == line);
}

// JSON cut short, or with one byte changed or added, is other JSON or refused.
RC_GTEST_PROP(TablesProperty, DamagedJsonIsReadOrRefused, ()) {
  const std::string text = (*any_json(3)).dump();
  for (const auto& damage : *rc::gen::container<std::vector<Damage>>(8, any_damage())) {
    try {
      const Json value = parse_json(damage.done_to(text), "text");
      RC_ASSERT(parse_json(value.dump(), "again") == value);
    } catch (const Error& error) {
      RC_ASSERT(error.kind() == ErrorKind::kInput);
    }
  }
}

}  // namespace
}  // namespace trecvit
