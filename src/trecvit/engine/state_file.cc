// Saved stream states: a safetensors file, so that any tool can inspect it, with trecvit's own checks in its metadata.
// Declared in stream_state.h.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cfloat>
#include <cmath>
#include <cstring>
#include <map>
#include <set>
#include <span>
#include <vector>

#include "trecvit/base/hash.h"
#include "trecvit/base/parse_number.h"
#include "trecvit/engine/magnitude.h"
#include "trecvit/engine/stream_state.h"
#include "trecvit/io/file_kind.h"
#include "trecvit/io/safetensors.h"

namespace trecvit {
namespace {

constexpr std::string_view kFormat = "trecvit.state/2";
constexpr const char* kChecksum = "checksum";
constexpr int64_t kMaxFrames = int64_t{1} << 53;  // above it, a mean's weight in double would no longer count frames

// The contents of a state file: the memory, and the readout's numbers.
struct Parts {
  HostState memory;
  HostTensor sum, times, window;

  std::array<const HostTensor*, 5> tensors() const { return {&memory.h, &memory.conv, &sum, &times, &window}; }
};
constexpr const char* kNames[] = {"h", "conv", "readout.sum", "readout.window_times", "readout.window"};
constexpr const char* kFields[] = {kChecksum, "format",         "frames",       "model",
                                   "readout", "readout_weight", "readout_time", "readout_time_offset"};

using Metadata = std::map<std::string, std::string>;

// Covers every number and every other entry of the metadata.
std::string checksum_of(const Parts& parts, const Metadata& metadata) {
  uint64_t hash = 0;
  for (const auto& [key, value] : metadata) {
    if (key == kChecksum) continue;
    hash = hash_text(key + "=" + value + "\n", hash);
  }
  for (const HostTensor* tensor : parts.tensors()) {
    hash = hash_bytes({tensor->data(), tensor->bytes()}, hash);
  }
  return fmt::format("{:016x}", hash);
}

// The reader owns its source, so it gets its own source for the same bytes.
class Borrowed : public ByteSource {
 public:
  explicit Borrowed(const ByteSource& source) : source_(source) {}
  uint64_t size() const override { return source_.size(); }
  void read(uint64_t offset, std::span<std::byte> out) const override { source_.read(offset, out); }
  const std::string& name() const override { return source_.name(); }

 private:
  const ByteSource& source_;
};

// A required entry of the metadata, as saved text.
const std::string& field(const SafetensorsReader& file, const std::string& key) {
  const auto found = file.metadata().find(key);
  if (found == file.metadata().end()) {
    fail_input(file.source_name(), "expected a saved stream state with '{}' in its metadata, got none", key);
  }
  return found->second;
}

void expect_field(const SafetensorsReader& file, const std::string& key, std::string_view expected) {
  const std::string& got = field(file, key);
  if (got != expected) fail_input(file.source_name(), "expected {} '{}', got '{}'", key, expected, printable(got));
}

void expect_this_version(const SafetensorsReader& file) {
  const std::string& got = field(file, "format");
  if (got != kFormat)
    fail_input(
        file.source_name(),
        "expected format '{}', got '{}'; states of other versions of trecvit cannot be loaded: start the stream again",
        kFormat, printable(got));
}

template <class Number>
Number number_field(const SafetensorsReader& file, const std::string& key) {
  const std::string& text = field(file, key);
  const auto value = parse_number<Number>(text);
  if (!value) fail_input(file.source_name(), "expected a number as {}, got '{}'", key, printable(text));
  return *value;
}

HostTensor read_part(const SafetensorsReader& file, const std::string& name, const Shape& shape, DType dtype) {
  const auto& info = file.info(name);
  if (info.shape != shape || info.dtype != dtype) {
    fail_input(file.source_name(), "expected {} to be {} {}, got {} {}", name, word_of(dtype), to_string(shape),
               word_of(info.dtype), to_string(info.shape));
  }
  return file.read(name);
}

// Rejects tensors and metadata that a state does not have.
void check_names(const SafetensorsReader& file) {
  std::set<std::string> tensors(std::begin(kNames), std::end(kNames)), fields(std::begin(kFields), std::end(kFields));
  for (const auto& name : file.names()) {
    if (!tensors.contains(name))
      fail_input(file.source_name(), "expected only the tensors of a saved stream state, got also '{}'",
                 printable(name));
  }
  for (const auto& [key, value] : file.metadata()) {
    if (!fields.contains(key))
      fail_input(file.source_name(), "expected only the metadata of a saved stream state, got also '{}'",
                 printable(key));
  }
}

void check_magnitude(std::span<const float> values, float most, const std::string& name, const std::string& where) {
  const float largest = largest_magnitude(values);
  if (!(largest <= most))
    fail_input(where, "expected numbers up to {:.3g} in {}, the largest that a stream of this model reaches, got {}",
               most, name, largest);
}

// Checks that the rule allows these frames and this weight.
void check_weight(const ReadoutSum::Snapshot& snapshot, const Readout& rule, int64_t frames, const std::string& where) {
  const auto in_window = static_cast<int64_t>(snapshot.window_times.size());
  int64_t weight = std::min<int64_t>(frames, 1);  // for kLast; the minimum for kEma
  if (rule.kind == Readout::Kind::kMean) weight = frames;
  if (rule.kind == Readout::Kind::kWindow) weight = in_window;
  const auto expected = static_cast<double>(weight), most = static_cast<double>(frames);
  const bool weight_fits = rule.kind == Readout::Kind::kEma ? snapshot.weight >= expected && snapshot.weight <= most
                                                            : snapshot.weight == expected;
  const bool window_fits =
      rule.kind == Readout::Kind::kWindow ? in_window <= frames && (in_window > 0) == (frames > 0) : in_window == 0;
  if (frames < 0 || frames > kMaxFrames || !weight_fits || !window_fits) {
    fail_input(where, "expected the readout {} after {} frames, got a weight of {} and {} frames in the window",
               to_string(rule), frames, snapshot.weight, in_window);
  }
}

// Checks that ReadoutSum::add can produce the times: frames have times up to kLatestSeconds, and each jump back adds at
// most twice that.
void check_times(const ReadoutSum::Snapshot& snapshot, const Readout& rule, int64_t frames, const std::string& where) {
  const double last = snapshot.last_time, offset = snapshot.time_offset, jumps = static_cast<double>(frames);
  constexpr double kRounding = 1 + 1e-9;
  const bool possible = frames == 0 ? last == 0 && offset == 0
                                    : offset >= 0 && offset <= kRounding * 2 * kLatestSeconds * jumps &&
                                          last >= -kLatestSeconds && last <= kRounding * 2 * kLatestSeconds * jumps;
  if (!possible)
    fail_input(where, "expected a time that is possible after {} frames, got {} with an offset of {}", frames, last,
               offset);
  const auto& times = snapshot.window_times;
  if (times.empty()) return;
  const auto late = [](double a, double b) { return !(a <= b); };  // true for NaN
  if (std::adjacent_find(times.begin(), times.end(), late) != times.end() || times.back() != last ||
      !(times.size() == 1 || times.front() > last - rule.seconds)) {
    fail_input(where,
               "expected non-decreasing times in readout.window_times, within {} seconds up to {}, got other times",
               rule.seconds, last);
  }
}

// The largest rounding error of a sum of features, to which each frame adds one and from which a window later subtracts
// it, with `held` frames at once: two roundings per frame, of half of DBL_EPSILON each, relative to a partial sum that
// includes the error so far. The recurrence is exact, so a stream that continues from the bound stays within it.
double most_rounding(double frames, double held) { return kMostFeature * held * std::expm1(DBL_EPSILON * frames); }

// Checks that a window's sum is that of the features in it, up to the rounding of all features that entered and left
// since the window was last empty.
void check_window_sum(const ReadoutSum::Snapshot& snapshot, const Readout& rule, int64_t frames,
                      const std::string& where) {
  const size_t head_dim = snapshot.sum.size(), rows = snapshot.window_times.size();
  std::vector<double> sum(head_dim);
  for (size_t i = 0; i < snapshot.window.size(); ++i) sum[i % head_dim] += static_cast<double>(snapshot.window[i]);
  // Earlier frames may have come faster, so that the window held more at once; adding the rows here rounds once per
  // row.
  const double held = std::min(static_cast<double>(frames), rule.window_frames());
  const double most = most_rounding(static_cast<double>(frames) + static_cast<double>(rows), held);
  for (size_t i = 0; i < head_dim; ++i) {
    if (!(std::abs(snapshot.sum[i] - sum[i]) <= most))
      fail_input(where, "expected readout.sum to be the sum of readout.window, {} at index {}, got {}", sum[i], i,
                 snapshot.sum[i]);
  }
}

// Checks the running sums as far as the frames so far determine them, so that no later frame meets an impossible sum.
void check_readout(const ReadoutSum::Snapshot& snapshot, const Readout& rule, int64_t frames,
                   const std::string& where) {
  check_weight(snapshot, rule, frames, where);
  check_times(snapshot, rule, frames, where);
  check_magnitude(snapshot.window, static_cast<float>(kMostFeature), "readout.window", where);
  if (rule.kind == Readout::Kind::kWindow) return check_window_sum(snapshot, rule, frames, where);
  const double rounding = DBL_EPSILON * static_cast<double>(frames) * (snapshot.weight + 1);
  const double most = frames == 0 ? 0 : kMostFeature * snapshot.weight + rounding;
  for (const double sum : snapshot.sum) {
    if (!(std::abs(sum) <= most))
      fail_input(where, "expected sums up to {:.3g} in readout.sum after {} frames, got {}", most, frames, sum);
  }
}

}  // namespace

void StreamState::save(const std::string& path, Overwrite overwrite) const {
  const auto snapshot = readout_.snapshot();
  const auto head_dim = static_cast<int64_t>(snapshot.sum.size());
  const auto frames_in_window = static_cast<int64_t>(snapshot.window_times.size());
  Parts parts;
  parts.memory = memory_->to_host();
  parts.sum = HostTensor::from<double>({head_dim}, snapshot.sum);
  parts.times = HostTensor::from<double>({frames_in_window}, snapshot.window_times);
  parts.window = HostTensor::from<float>({frames_in_window, head_dim}, snapshot.window);
  const auto tensors = parts.tensors();
  std::vector<SafetensorsWriter::Declared> declared;
  declared.reserve(tensors.size());
  for (size_t i = 0; i < tensors.size(); ++i) declared.push_back({kNames[i], tensors[i]->shape(), tensors[i]->dtype()});
  Metadata metadata{{"format", std::string(kFormat)},
                    {"model", fmt::format("{:016x}", fingerprint_)},
                    {"readout", to_string(readout_.rule())},
                    {"frames", std::to_string(parts.memory.frames)},
                    {"readout_weight", fmt::format("{}", snapshot.weight)},
                    {"readout_time", fmt::format("{}", snapshot.last_time)},
                    {"readout_time_offset", fmt::format("{}", snapshot.time_offset)}};
  metadata[kChecksum] = checksum_of(parts, metadata);
  SafetensorsWriter writer(path, overwrite, declared, metadata);
  for (size_t i = 0; i < tensors.size(); ++i) writer.add(kNames[i], tensors[i]->view());
  writer.finish();
}

Readout StreamState::saved_readout(const ByteSource& source) {
  refuse_other_kinds(source, Wanted::kState);
  const SafetensorsReader file(std::make_unique<Borrowed>(source));
  expect_this_version(file);
  try {
    return parse_readout(field(file, "readout"), file.source_name());
  } catch (const Error& error) {
    throw Error(ErrorKind::kInput, error.what());  // the rule comes from the file, not from an option
  }
}

void StreamState::load(const ByteSource& source) {
  refuse_other_kinds(source, Wanted::kState);
  const SafetensorsReader file(std::make_unique<Borrowed>(source));
  expect_this_version(file);
  expect_field(file, "model", fmt::format("{:016x}", fingerprint_));
  expect_field(file, "readout", to_string(readout_.rule()));
  check_names(file);
  const int64_t head_dim = readout_.head_dim();
  const auto& times = file.info("readout.window_times").shape;
  const int64_t frames_in_window = times.size() == 1 ? times[0] : 0;
  if (frames_in_window > readout_.window_capacity()) {
    fail_input(file.source_name(), "expected up to {} frames in the window, got {}", readout_.window_capacity(),
               frames_in_window);
  }
  // One by one: if a later part throws, g++ 12 destroys twice what a nested initialiser has made.
  Parts parts;
  parts.memory.h = read_part(file, "h", memory_->h_shape(), DType::kF32);
  parts.memory.conv = read_part(file, "conv", memory_->conv_shape(), DType::kF32);
  parts.sum = read_part(file, "readout.sum", {head_dim}, DType::kF64);
  parts.times = read_part(file, "readout.window_times", {frames_in_window}, DType::kF64);
  parts.window = read_part(file, "readout.window", {frames_in_window, head_dim}, DType::kF32);
  expect_field(file, kChecksum, checksum_of(parts, file.metadata()));
  const auto frames = parts.memory.frames = number_field<int64_t>(file, "frames");
  ReadoutSum::Snapshot snapshot;
  snapshot.weight = number_field<double>(file, "readout_weight");
  snapshot.last_time = number_field<double>(file, "readout_time");
  snapshot.time_offset = number_field<double>(file, "readout_time_offset");
  const auto assign = [](auto& to, auto from) { to.assign(from.begin(), from.end()); };
  assign(snapshot.sum, parts.sum.as<double>());
  assign(snapshot.window_times, parts.times.as<double>());
  assign(snapshot.window, parts.window.as<float>());
  check_readout(snapshot, readout_.rule(), frames, file.source_name());
  const bool began = frames > 0;
  check_magnitude(parts.memory.h.as<float>(), began ? limits_.hidden : 0, "h", file.source_name());
  check_magnitude(parts.memory.conv.as<float>(), began ? limits_.conv : 0, "conv", file.source_name());
  // This state is unchanged up to here. The first call allocates and, if that fails, changes nothing.
  readout_.restore(snapshot);
  memory_->from_host(parts.memory);
}

}  // namespace trecvit
