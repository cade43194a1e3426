#include "trecvit/cli/output.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "trecvit/base/error.h"

namespace trecvit::cli {

std::string json_file(const OutputArgs& args) { return args.json && *args.json != "-" ? *args.json : std::string(); }

void add_json_option(CLI::App& verb, OutputArgs& args) {
  verb.add_option("--json", args.json, "JSON on stdout, or with --json=FILE in a file (default: off)")
      ->expected(1)
      ->option_text("[=FILE]");
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
    flush_stdout();
  }
}

void JsonLines::finish() {
  if (file_) file_->commit();
}

void report_faults(const std::string& source, const SourceFaults& faults) {
  if (faults.damaged_packets > 0) note("{}: {} damaged packets were passed over", source, faults.damaged_packets);
}

std::string terminal_text(std::string_view text, LineFeeds line_feeds) {
  std::string out(text);
  for (size_t i = 0; i < out.size(); ++i) {
    const auto byte = static_cast<unsigned char>(out[i]), before = static_cast<unsigned char>(i > 0 ? out[i - 1] : 0);
    const bool second_set = before == 0xc2 && byte >= 0x80 && byte < 0xa0;  // U+0080 to U+009F
    if (byte == '\n' && line_feeds == LineFeeds::kKept) continue;
    if (byte < 0x20 || byte == 0x7f || second_set) out[i] = '?';
  }
  return out;
}

void flush_stdout() {
  if (std::fflush(stdout) != 0 || std::ferror(stdout)) {
    fail(ErrorKind::kResource, "stdout", "expected to write the results, got: {}", std::strerror(errno));
  }
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
