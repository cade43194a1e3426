#include "trecvit/io/run_record.h"

#include <fmt/format.h>

#include "trecvit/base/error.h"
#include "trecvit/base/parse_number.h"
#include "trecvit/io/byte_source.h"
#include "trecvit/io/path_in.h"

namespace trecvit {
namespace {

constexpr uint64_t kMostRecord = uint64_t{1} << 20;
constexpr size_t kLongestWord = 40;  // of a text for people
constexpr std::string_view kCheckpoint = "step-";

std::optional<int64_t> step_of(const Json& value) {
  if (!value.is_number_integer()) return std::nullopt;
  const auto step = value.get<int64_t>();
  return step < 0 ? std::nullopt : std::optional(step);
}

}  // namespace

Json to_json(const BestModel& best) { return {{"step", best.step}, {"measure", best.measure}, {"value", best.value}}; }

std::optional<BestModel> best_model_of(const Json& object) {
  if (!object.is_object()) return std::nullopt;
  const Json step = object.value("step", Json()), measure = object.value("measure", Json()),
             value = object.value("value", Json());
  const auto at = step_of(step);
  if (!at || !measure.is_string() || !value.is_number()) return std::nullopt;
  return BestModel{*at, printable(measure.get<std::string>(), kLongestWord), value.get<double>()};
}

std::string describe(const BestModel& best) {
  return fmt::format("step {}, {} {:.4g}", best.step, best.measure, best.value);
}

Json read_run_object(const std::string& path) {
  try {
    Json object = parse_json(read_text(*open_file(path), kMostRecord), path);
    if (object.is_object()) return object;
  } catch (const Error&) {
    return Json::object();
  }
  return Json::object();
}

RunRecord read_run_record(const std::string& folder) {
  const Json run = read_run_object(path_in(folder, kRunRecordFile));
  RunRecord record;
  if (const Json started = run.value("started", Json()); started.is_string())
    record.started = printable(started.get<std::string>(), kLongestWord);
  if (run.contains("ended")) record.ended_after = step_of(run.value("step", Json()));
  record.best = best_model_of(run.value("best", Json()));
  return record;
}

std::string checkpoint_name(int64_t step) { return fmt::format("{}{:08}", kCheckpoint, step); }

std::optional<int64_t> step_of_checkpoint(std::string_view name) {
  constexpr size_t kFewest = 8, kMost = 18;  // digits
  if (!name.starts_with(kCheckpoint)) return std::nullopt;
  const std::string_view digits = name.substr(kCheckpoint.size());
  if (digits.size() < kFewest || digits.size() > kMost) return std::nullopt;
  const auto step = parse_number<uint64_t>(digits);
  return step ? std::optional(static_cast<int64_t>(*step)) : std::nullopt;
}

}  // namespace trecvit
