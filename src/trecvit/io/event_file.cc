#include "trecvit/io/event_file.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <optional>
#include <vector>

#include "trecvit/base/error.h"
#include "trecvit/io/atomic_file.h"
#include "trecvit/io/byte_source.h"
#include "trecvit/io/little_endian.h"
#include "trecvit/io/tfrecord.h"

namespace trecvit {
namespace {

constexpr size_t kWaitingBytes = 64 * 1024;

// Field numbers, from event.proto, summary.proto, tensor.proto and tensor_shape.proto.
enum Field : uint32_t {
  kEventWallTime = 1,
  kEventStep = 2,
  kEventFileVersion = 3,
  kEventSummary = 5,
  kSummaryValue = 1,
  kValueTag = 1,
  kValueNumber = 2,
  kValueImage = 4,
  kValueTensor = 8,
  kValueMetadata = 9,
  kImageHeight = 1,
  kImageWidth = 2,
  kImageColors = 3,
  kImageBytes = 4,
  kTensorType = 1,
  kTensorShape = 2,
  kTensorString = 8,
  kShapeDimension = 2,
  kDimensionSize = 1,
  kMetadataPlugin = 1,
  kPluginName = 1,
};
constexpr uint64_t kStringType = 7, kRgb = 3;

// How the value of a field is encoded: the lowest three bits of its key.
enum Wire : uint32_t { kVarint = 0, kEightBytes = 1, kCounted = 2, kFourBytes = 5 };

void put_varint(std::string& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

void put_key(std::string& out, uint32_t field, Wire wire) { put_varint(out, field << 3 | wire); }

void put_number(std::string& out, uint32_t field, uint64_t value) {
  put_key(out, field, kVarint);
  put_varint(out, value);
}

void put_bytes(std::string& out, uint32_t field, std::string_view bytes) {
  put_key(out, field, kCounted);
  put_varint(out, bytes.size());
  out += bytes;
}

template <class T>
void put_fixed(std::string& out, uint32_t field, T value) {
  put_key(out, field, sizeof(T) == 8 ? kEightBytes : kFourBytes);
  little_endian::put(out, value);
}

std::optional<uint64_t> take_varint(std::string_view& bytes) {
  uint64_t value = 0;
  for (size_t i = 0; i < std::min<size_t>(bytes.size(), 10); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    value |= uint64_t{byte & 0x7Fu} << (7 * i);
    if (byte < 0x80) {
      bytes.remove_prefix(i + 1);
      return value;
    }
  }
  return std::nullopt;
}

struct Known {
  int64_t step = 0;
  bool version = false;  // the event that states the format of the file
};

// The parts of an event that we need; nullopt if the bytes are not an event.
std::optional<Known> read_event(std::string_view bytes) {
  Known known;
  while (!bytes.empty()) {
    const auto key = take_varint(bytes);
    if (!key) return std::nullopt;
    const uint64_t field = *key >> 3, wire = *key & 7;
    uint64_t skip = wire == kEightBytes ? 8 : 4;
    if (wire == kVarint || wire == kCounted) {
      const auto value = take_varint(bytes);
      if (!value) return std::nullopt;
      if (wire == kVarint && field == kEventStep) known.step = static_cast<int64_t>(*value);
      if (wire == kCounted && field == kEventFileVersion) known.version = true;
      skip = wire == kVarint ? 0 : *value;
    } else if (wire != kEightBytes && wire != kFourBytes) {
      return std::nullopt;
    }
    if (skip > bytes.size()) return std::nullopt;
    bytes.remove_prefix(skip);
  }
  return known;
}

struct Range {
  uint64_t begin = 0, end = 0;
};

// The parts of a file to keep, adjacent parts joined.
std::vector<Range> kept_ranges(const ByteSource& file, int64_t first_step) {
  std::vector<Range> kept;
  RecordReader reader(file);
  uint64_t begin = 0;
  while (const auto record = reader.next()) {
    const auto event = read_event(*record);
    if (!event) break;
    if (event->version || event->step < first_step) {
      if (kept.empty() || kept.back().end != begin) kept.push_back({begin, begin});
      kept.back().end = reader.offset();
    }
    begin = reader.offset();
  }
  return kept;
}

void copy(const ByteSource& from, const Range& range, AtomicFile& to) {
  std::vector<std::byte> piece(kWaitingBytes);
  for (uint64_t at = range.begin; at < range.end;) {
    const auto bytes = std::span(piece).first(std::min<uint64_t>(piece.size(), range.end - at));
    from.read(at, bytes);
    to.write(bytes);
    at += bytes.size();
  }
}

// Reduces the file to the parts to keep.
std::string cleaned(const std::string& path, int64_t first_step) {
  if (std::filesystem::path(path).filename().string().find("tfevents") == std::string::npos)
    fail_usage(path, "expected a name with \"tfevents\", by which TensorBoard knows its files");
  if (!std::filesystem::exists(path)) return path;
  const auto file = open_file(path);
  const auto kept = kept_ranges(*file, first_step);
  const bool all = kept.size() == 1 && kept[0].begin == 0 && kept[0].end == file->size();
  if (all || file->size() == 0) return path;
  AtomicFile rewritten(path, Overwrite::kYes);
  for (const Range& range : kept) copy(*file, range, rewritten);
  rewritten.commit();
  return path;
}

double system_seconds() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

EventFile::EventFile(const std::string& path, Options options)
    : options_(std::move(options)), file_(cleaned(path, options_.first_step)) {
  if (!options_.wall_time) options_.wall_time = system_seconds;
  if (file_.size() > 0) return;
  std::string version;
  put_bytes(version, kEventFileVersion, "brain.Event:2");
  add_event(0, version);
  flush();
}

EventFile::~EventFile() {
  try {
    flush();
  } catch (const std::exception&) {
    waiting_.clear();  // to see errors, call flush()
  }
}

void EventFile::scalar(std::string_view tag, int64_t step, double value) {
  std::string out;
  put_bytes(out, kValueTag, tag);
  put_fixed(out, kValueNumber, static_cast<float>(value));
  add_value(step, out);
}

void EventFile::image(std::string_view tag, int64_t step, const Picture& picture) {
  TRECVIT_CHECK(picture.height > 0 && picture.width > 0 && picture.png.size() < kMaxRecordBytes / 2);
  std::string image;
  put_number(image, kImageHeight, static_cast<uint64_t>(picture.height));
  put_number(image, kImageWidth, static_cast<uint64_t>(picture.width));
  put_number(image, kImageColors, kRgb);
  put_bytes(image, kImageBytes, {reinterpret_cast<const char*>(picture.png.data()), picture.png.size()});
  std::string out;
  put_bytes(out, kValueTag, tag);
  put_bytes(out, kValueImage, image);
  add_value(step, out);
}

void EventFile::text(std::string_view tag, int64_t step, std::string_view text) {
  std::string dimension, shape, tensor, plugin, metadata, out;
  put_number(dimension, kDimensionSize, 1);
  put_bytes(shape, kShapeDimension, dimension);
  put_number(tensor, kTensorType, kStringType);
  put_bytes(tensor, kTensorShape, shape);
  put_bytes(tensor, kTensorString, text);
  put_bytes(plugin, kPluginName, "text");
  put_bytes(metadata, kMetadataPlugin, plugin);
  put_bytes(out, kValueTag, tag);
  put_bytes(out, kValueTensor, tensor);
  put_bytes(out, kValueMetadata, metadata);
  add_value(step, out);
}

void EventFile::add_value(int64_t step, const std::string& value) {
  std::string summary, content;
  put_bytes(summary, kSummaryValue, value);
  put_bytes(content, kEventSummary, summary);
  add_event(step, content);
}

void EventFile::add_event(int64_t step, const std::string& content) {
  std::string event;
  put_fixed(event, kEventWallTime, options_.wall_time());
  put_number(event, kEventStep, static_cast<uint64_t>(step));
  waiting_ += frame_record(event + content);
  if (waiting_.size() >= kWaitingBytes) flush();
}

void EventFile::flush() {
  if (waiting_.empty()) return;
  file_.write(std::as_bytes(std::span(waiting_)));
  waiting_.clear();
}

void EventFile::sync() {
  flush();
  file_.sync();
}

}  // namespace trecvit
