#include "trecvit/cli/output.h"

#include <fmt/format.h>

namespace trecvit::cli {

void add_json_option(CLI::App& verb, OutputArgs& args) {
  verb.add_option("--json", args.json, "JSON on stdout, or with --json=FILE in a file (default: off)")->expected(1);
}

void add_force_option(CLI::App& verb, OutputArgs& args) {
  verb.add_flag("--force", args.force, "replace an existing output file (default: off)");
}

JsonLines::JsonLines(const OutputArgs& args) : on_(args.json.has_value()) {
  if (on_ && *args.json != "-") {
    file_ = std::make_unique<AtomicFile>(*args.json, args.force ? Overwrite::kYes : Overwrite::kNo);
  }
}

void JsonLines::write(const Json& object) {
  if (!on_) return;
  const std::string line = object.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  if (file_) {
    file_->write(line);
  } else {
    fmt::print("{}", line);
    std::fflush(stdout);
  }
}

void JsonLines::finish() {
  if (file_) file_->commit();
}

Json to_json(const std::vector<Prediction>& top) {
  Json list = Json::array();
  for (const auto& prediction : top) {
    list.push_back({{"index", prediction.index}, {"label", prediction.label}, {"prob", prediction.prob}});
  }
  return list;
}

std::string readable_bytes(double bytes) {
  return bytes < 1e6 ? fmt::format("{:.1f} kB", bytes / 1e3) : fmt::format("{:.1f} MB", bytes / 1e6);
}

void print_row(const std::string& name, const std::string& value) { fmt::print("{:<22} {}\n", name, value); }

}  // namespace trecvit::cli
