#include "trecvit/io/file_kind.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

#include "trecvit/base/text.h"
#include "trecvit/io/known_files.h"
#include "trecvit/io/zip_names.h"

namespace trecvit {
namespace {

using namespace known_files;
using namespace std::string_view_literals;

constexpr size_t kLookedAt = 4096;

bool stands_at(std::string_view bytes, size_t offset, std::string_view magic) {
  return bytes.size() >= offset && bytes.substr(offset).starts_with(magic);
}

unsigned byte_at(std::string_view bytes, size_t at) {
  return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0;
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

// Eight bytes of a length below 100 MB, then the JSON header.
bool is_safetensors(std::string_view bytes) {
  return bytes.size() > 8 && bytes.substr(4, 4) == "\0\0\0\0"sv && byte_at(bytes, 3) < 6 && bytes[8] == '{';
}

// A box of the kind "ftyp" with its brand.
std::optional<FileKind> iso_media(std::string_view bytes) {
  if (!stands_at(bytes, 4, "ftyp")) return std::nullopt;
  const std::string_view brand = bytes.substr(8, 4);
  for (const auto known : {"heic"sv, "heix"sv, "mif1"sv, "avif"sv}) {
    if (brand == known) return kHeif;
  }
  if (brand == "M4A "sv) return kM4a;
  return kMp4;
}

// Packets of 188 bytes, each with four bytes of time in front on some recorders; each begins with 0x47.
bool is_transport_stream(std::string_view bytes) {
  for (const size_t packet : {188, 192}) {
    const size_t first = packet - 188;
    bool all = bytes.size() > first + 3 * packet;
    for (size_t i = 0; i < 4 && all; ++i) all = bytes[first + i * packet] == 'G';
    if (all) return true;
  }
  return false;
}

// Protocol 2 and later begin with their number; protocols 0 and 1 with the first value.
bool is_pickle(std::string_view bytes) {
  constexpr std::string_view kFirstOpcodes = "}](cKMJXU\x8a\x8c\x95N\x88\x89q";
  const unsigned protocol = byte_at(bytes, 1);
  const bool numbered = byte_at(bytes, 0) == 0x80 && protocol >= 2 && protocol <= 5 && bytes.size() > 2 &&
                        kFirstOpcodes.find(bytes[2]) != std::string_view::npos;
  const auto begins = [bytes](std::string_view text) { return bytes.starts_with(text); };
  const bool container = begins("(dp") || begins("(lp") || begins("}q\0"sv) || begins("]q\0"sv);
  const bool object = begins("cnumpy") || begins("ccollections\n") || begins("ccopy_reg\n") || begins("ctorch");
  return numbered || container || object;
}

// A map whose first key is text.
bool is_msgpack(std::string_view bytes) {
  const unsigned first = byte_at(bytes, 0);
  const size_t key = first == 0xde ? 3 : 1;
  const unsigned length = byte_at(bytes, key);
  const bool map = (first >= 0x81 && first <= 0x8f) || first == 0xde;
  if (!map || length < 0xa1 || length > 0xbf) return false;
  const std::string_view text = bytes.substr(key + 1, length - 0xa0);
  return text.size() == length - 0xa0 && is_printable(text);
}

// Protocol buffers: a small version number, then the name of a producer, opsets or the graph.
std::optional<FileKind> protobuf_model(std::string_view bytes) {
  if (byte_at(bytes, 0) != 0x08) return std::nullopt;
  const unsigned version = byte_at(bytes, 1), field = byte_at(bytes, 2), length = byte_at(bytes, 3);
  if (version == 1 && field == 0x12 && stands_at(bytes, 0, "\x08\x01\x12")) return kSavedModel;
  if (version < 3 || version > 30) return std::nullopt;
  const std::string_view producer = bytes.substr(std::min<size_t>(4, bytes.size()), length);
  const bool names_producer = field == 0x12 && length > 0 && producer.size() == length && is_printable(producer);
  if (names_producer || field == 0x3a || field == 0x42) return kOnnx;
  return std::nullopt;
}

std::string_view without_blanks(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  while (!text.empty() && std::string_view(" \t\r\n").find(text.front()) != std::string_view::npos)
    text.remove_prefix(1);
  return text;
}

bool begins_ignoring_case(std::string_view text, std::string_view lower) {
  if (text.size() < lower.size()) return false;
  return std::equal(lower.begin(), lower.end(), text.begin(),
                    [](char want, char got) { return want == ascii_lower(got); });
}

// Whether bytes are text: no control characters except those used in text. Does not check for UTF-8.
bool is_text(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte >= 0x20 && byte != 0x7f) || byte == '\n' || byte == '\r' || byte == '\t' || byte == '\f';
  });
}

// Except for a last character that the end of `bytes` cuts off.
bool is_utf8(std::string_view bytes) {
  constexpr size_t kLongestCut = 3;
  const size_t invalid = find_invalid_utf8(bytes);
  return invalid == std::string_view::npos || (bytes.size() == kLookedAt && invalid + kLongestCut >= bytes.size());
}

// Text in a one-byte encoding, as older programs write it: text of any language has some ASCII, at least blanks and
// line ends.
bool is_old_text(std::string_view bytes) {
  constexpr size_t kLeastAscii = 10;  // one byte in this many
  const auto ascii = std::count_if(bytes.begin(), bytes.end(), [](char c) { return (c & 0x80) == 0; });
  return static_cast<size_t>(ascii) * kLeastAscii >= bytes.size();
}

// A byte order mark, then units that are not control characters.
bool is_utf16(std::string_view bytes) {
  const bool little = bytes.starts_with("\xff\xfe"), big = bytes.starts_with("\xfe\xff");
  if ((!little && !big) || bytes.size() < 4) return false;
  for (size_t at = 2; at + 2 <= bytes.size(); at += 2) {
    const unsigned unit = byte_at(bytes, at + (little ? 1 : 0)) << 8 | byte_at(bytes, at + (little ? 0 : 1));
    const bool of_text = unit == '\n' || unit == '\r' || unit == '\t' || unit == '\f';
    if ((unit < 0x20 && !of_text) || unit >= 0xfffe) return false;
  }
  return true;
}

std::optional<FileKind> text_kind(std::string_view bytes) {
  constexpr size_t kFew = 8;  // bytes; fewer may begin anything
  if (is_utf16(bytes)) return kUtf16;
  if (!is_text(bytes) || (!is_utf8(bytes) && !is_old_text(bytes))) return std::nullopt;
  const std::string_view text = without_blanks(bytes);
  for (const auto tag : {"<!doctype html"sv, "<html"sv, "<head"sv, "<body"sv, "<title"sv}) {
    if (begins_ignoring_case(text, tag)) return kWebPage;
  }
  if (text.starts_with("<?xml") || text.starts_with("<Error>")) {
    return text.find("<html") == std::string_view::npos ? kXml : kWebPage;
  }
  if (!text.starts_with("{") && !text.starts_with("[")) {
    return bytes.size() < kFew ? std::nullopt : std::optional(kText);
  }
  const bool shards =
      text.find("\"weight_map\"") != std::string_view::npos || text.find("\"total_size\"") != std::string_view::npos;
  return text.starts_with("{") && shards ? kShards : kJson;
}

// The name of the first file in a zip archive, which is present even if the directory at the end is missing.
std::string_view first_in_zip(std::string_view bytes) {
  constexpr size_t kNameLength = 26, kName = 30;
  const size_t length = byte_at(bytes, kNameLength) | byte_at(bytes, kNameLength + 1) << 8;
  return bytes.size() < kName + length ? std::string_view() : bytes.substr(kName, length);
}

FileKind zip_kind(const ByteSource& source, std::string_view bytes) {
  bool script = false, torch = false, keras = false, office = false, any = false;
  for (const auto& name : zip::names_in(source)) {
    any = true;
    if (name.ends_with(".npy")) return kNpz;
    torch = torch || name == "data.pkl" || name.ends_with("/data.pkl");
    script = script || name.ends_with("/constants.pkl");
    keras = keras || name.ends_with("model.weights.h5");
    office = office || name == "[Content_Types].xml" || name == "content.xml";
  }
  if (torch) return script ? kTorchScript : kTorch;
  if (keras) return kKeras;
  if (office) return kOffice;
  if (any) return kZip;
  const bool is_empty = bytes.starts_with("PK\5\6");
  return is_empty || first_in_zip(bytes).ends_with(".npy") ? kNpz : kCutZip;
}

// The index of a TensorFlow checkpoint is a leveldb table, which ends in its magic number.
bool is_tensorflow_index(const ByteSource& source) {
  std::array<char, 8> end{};
  if (source.size() < 48) return false;
  source.read(source.size() - end.size(), std::as_writable_bytes(std::span(end)));
  return std::string_view(end.data(), end.size()) == "\x57\xfb\x80\x8b\x24\x75\x47\xdb"sv;
}

// Checks three places only, so that a file of gigabytes is not read in full.
bool is_zeros(const ByteSource& source) {
  std::string bytes(static_cast<size_t>(std::min<uint64_t>(source.size(), kLookedAt)), '\0');
  for (const uint64_t offset : {uint64_t{0}, (source.size() - bytes.size()) / 2, source.size() - bytes.size()}) {
    source.read(offset, std::as_writable_bytes(std::span(bytes)));
    if (bytes.find_first_not_of('\0') != std::string::npos) return false;
  }
  return true;
}

}  // namespace

FileKind recognise(const ByteSource& source) {
  if (source.size() == 0) return kEmpty;
  std::string bytes(static_cast<size_t>(std::min<uint64_t>(source.size(), kLookedAt)), '\0');
  source.read(0, std::as_writable_bytes(std::span(bytes)));
  if (is_safetensors(bytes)) return bytes.find("trecvit.state/") == std::string::npos ? kSafetensors : kState;
  if (bytes.starts_with("PK\3\4") || bytes.starts_with("PK\5\6") || bytes.starts_with("PK\7\10")) {
    return zip_kind(source, bytes);
  }
  const bool text = is_text(bytes) && is_utf8(bytes);
  for (const auto& magic : kMagics) {
    if ((magic.of_text || !text) && stands_at(bytes, magic.offset, magic.bytes)) return magic.kind;
  }
  if (const auto media = text ? std::nullopt : iso_media(bytes)) return *media;
  if (!text && is_transport_stream(bytes)) return kTransport;
  if (is_pickle(bytes)) return kPickle;
  if (is_msgpack(bytes)) return kMsgpack;
  if (const auto model = protobuf_model(bytes)) return *model;
  if (const auto kind = text_kind(bytes)) return *kind;
  if (is_tensorflow_index(source)) return kTensorFlow;
  if (is_zeros(source)) return kZeros;
  return {};
}

}  // namespace trecvit
