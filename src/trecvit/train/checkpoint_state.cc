#include "trecvit/train/checkpoint_state.h"

#include <cmath>
#include <limits>
#include <optional>
#include <span>

#include "trecvit/base/error.h"
#include "trecvit/base/hash.h"
#include "trecvit/config/train_config.h"

namespace trecvit::train {
namespace {

constexpr std::string_view kSchemas = "trecvit.checkpoint/", kSchema = "trecvit.checkpoint/2";
constexpr int64_t kMostSamples = int64_t{1} << 40;
constexpr int64_t kMostFactor = 4096;  // maximum number of clips per batch and of batches per step
constexpr int64_t kMostProcesses = int64_t{1} << 20;

// The fields of an object, checked as they are read.
class Fields {
 public:
  Fields(const Json& object, std::string where) : object_(object), where_(std::move(where)) {
    if (!object.is_object()) fail_input(where_, "expected an object, got {}", shown(object));
  }

  const Json& at(const char* key) const {
    const auto found = object_.find(key);
    if (found == object_.end()) fail_input(where_, "expected the field {}, got none", key);
    return *found;
  }
  std::string text(const char* key) const {
    if (!at(key).is_string()) wrong(key, "a text");
    return at(key).get<std::string>();
  }
  const Json& object(const char* key) const {
    if (!at(key).is_object()) wrong(key, "an object");
    return at(key);
  }
  int64_t whole(const char* key, int64_t least, int64_t most) const {
    const auto value = whole_of(at(key));
    if (!value || *value < least || *value > most) wrong(key, fmt::format("a whole number from {} to {}", least, most));
    return *value;
  }

  // For fields that may be missing.
  bool has(const char* key) const { return object_.contains(key); }
  void whole_if(const char* key, int64_t least, int64_t most) const {
    if (has(key)) whole(key, least, most);
  }
  void number(const char* key, double least) const {
    const double value = at(key).is_number() ? at(key).get<double>() : NAN;
    if (!std::isfinite(value) || value < least) wrong(key, "a finite number in its range");
  }
  void number_if(const char* key, double least) const {
    if (has(key)) number(key, least);
  }
  void text_if(const char* key) const {
    if (has(key)) text(key);
  }
  template <class Good>
  void list_if(const char* key, const char* of, const Good& good) const {
    if (!has(key)) return;
    if (!at(key).is_array()) wrong(key, of);
    for (const auto& item : at(key)) {
      if (!good(item)) wrong(key, of);
    }
  }

  // nullopt if it is not an integer or does not fit.
  static std::optional<int64_t> whole_of(const Json& value) {
    if (value.is_number_unsigned() && value.get<uint64_t>() > uint64_t{INT64_MAX}) return std::nullopt;
    if (!value.is_number_integer()) return std::nullopt;
    return value.get<int64_t>();
  }

 private:
  static std::string shown(const Json& value) { return printable(value.dump(), 80); }
  [[noreturn]] void wrong(const char* key, std::string_view expected) const {
    fail_input(where_, "expected {} in {}, got {}", expected, key, shown(at(key)));
  }

  const Json& object_;
  std::string where_;
};

bool is_line(const Json& value) {
  return value.is_string() && value.get_ref<const std::string&>().find('\n') == std::string::npos;
}

void check_sums(const Json& sums, const std::string& where) {
  for (const auto& [name, sum] : sums.items()) {
    if (!sum.is_string())
      fail_input(where, "expected a checksum of {}, got {}", printable(name), printable(sum.dump()));
  }
}

void check_run(const CheckpointState& state, const std::string& where) {
  const Fields run(state.run, where);
  if (run.has("seed") && !run.at("seed").is_number_unsigned())
    fail_input(where, "expected a whole number of 0 or more in seed, got {}", printable(run.at("seed").dump(), 80));
  run.whole_if("steps", 1, kMostSteps);
  run.whole_if("samples", 1, kMostSamples);
  run.whole_if("batch", 1, kMostFactor);
  run.whole_if("accumulate", 1, kMostFactor);
  run.whole_if("processes", 1, kMostProcesses);
  run.text_if("data");
  run.text_if("val_data");
  if (run.has("steps") && state.step > run.whole("steps", 1, kMostSteps))
    fail_input(where, "expected a step up to the {} of the run, got {}", run.at("steps").dump(), state.step);
  for (const char* key : {"skipped", "skipped_in_a_row"}) run.whole_if(key, 0, state.step);
  for (const char* key : {"evaluated", "settled", "drawn", "best_step"}) run.whole_if(key, -1, state.step);
  run.number_if("best_score", std::numeric_limits<double>::lowest());
  run.number_if("seconds", 0);
  const int64_t samples = run.has("samples") ? run.whole("samples", 1, kMostSamples) : kMostSamples;
  run.list_if("bad", "indices of samples", [samples](const Json& item) {
    const auto index = Fields::whole_of(item);
    return index && *index >= 0 && *index < samples;
  });
  if (run.has("best")) {
    const Fields best(run.object("best"), where);
    best.text("measure");
    best.number("value", std::numeric_limits<double>::lowest());
    // best/ may be newer than the checkpoint that a killed run resumed from, until its step is repeated.
    best.whole("step", 0, kMostSteps);
  }
  if (run.has("settings")) run.object("settings");
  if (run.has("unlogged")) {
    const Fields unlogged(run.object("unlogged"), where);
    unlogged.list_if("log", "lines", is_line);
    unlogged.list_if("metrics", "lines", is_line);
  }
}

// A file of another version is not broken: it may use another kind of checksum.
void check_version(const Json& all, const std::string& where) {
  const Json content = all.is_object() ? all.value("content", Json()) : Json();
  const Json schema = content.is_object() ? content.value("schema", Json()) : Json();
  if (!schema.is_string()) return;
  const auto& got = schema.get_ref<const std::string&>();
  if (got.starts_with(kSchemas) && got != kSchema)
    throw OtherVersion(
        ErrorKind::kInput,
        fmt::format("[{}] expected the schema {}, got {}; another version of trecvit wrote this checkpoint: continue "
                    "with that version, or start a new run with --set start.from=FOLDER, the folder of this file",
                    printable(where), kSchema, printable(got)));
}

}  // namespace

std::string checksum(std::string_view text) { return fmt::format("{:016x}", hash_text(text)); }

std::string print_checkpoint_state(const CheckpointState& state) {
  const Json content = {{"schema", kSchema},          {"step", state.step},     {"model", state.model},
                        {"training", state.training}, {"config", state.config}, {"state", state.run}};
  // The checksum is computed from the content as printed.
  const std::string body = content.dump(1);
  return fmt::format("{{\"checksum\": \"{}\", \"content\":\n{}\n}}\n", checksum(body), body);
}

CheckpointState parse_checkpoint_state(std::string_view text, const std::string& where) {
  const Json all = parse_json(text, where);
  check_version(all, where);
  if (!all.is_object() || !all.contains("checksum") || !all.contains("content") ||
      all.at("checksum") != checksum(all.at("content").dump(1)))
    fail_input(where, "expected the file as it was written, got other bytes");
  const Fields content(all.at("content"), where);
  if (content.text("schema") != kSchema)
    fail_input(where, "expected the schema {}, got {}", kSchema, printable(content.text("schema")));
  CheckpointState out;
  out.step = content.whole("step", 0, kMostSteps);
  out.model = content.object("model");
  out.training = content.object("training");
  out.config = content.text("config");
  out.run = content.object("state");
  check_sums(out.model, where);
  check_sums(out.training, where);
  check_run(out, where);
  return out;
}

}  // namespace trecvit::train
