#include "trecvit/io/endings.h"

#include <algorithm>
#include <map>
#include <vector>

#include "trecvit/base/error.h"
#include "trecvit/io/file_kind.h"

namespace trecvit {

bool is_archive_name(std::string_view verb, const std::string& path) {
  const std::string_view promised = format_of_ending(path);
  if (!path.empty() && (promised.empty() || promised == "NumPy")) return !promised.empty();
  fail_usage(verb,
             "expected NAME.npz or a folder to write, got '{}'{}{}; a folder holds config.json and model.safetensors",
             printable(path), promised.empty() ? "" : ", whose extension means ", promised);
}

void check_ending(std::string_view where, const std::string& path, Written written) {
  struct Kind {
    std::string_view ending;
    std::vector<std::string_view> formats;  // that fit the written data
  };
  static const std::map<Written, Kind> kinds = {
      {Written::kNumPy, {".npz", {"NumPy"}}},
      {Written::kPng, {".png", {"PNG"}}},
      {Written::kCsv, {".csv", {"CSV", "text"}}},
      {Written::kJson, {".json or .jsonl", {"JSON", "JSON lines", "text"}}},
      {Written::kState, {".state", {"safetensors"}}},
      {Written::kSubtitles, {".srt or .vtt", {"SubRip subtitles", "WebVTT subtitles", "text"}}},
      {Written::kEvents, {".csv or .edl", {"CSV", "an edit decision list", "text"}}},
      {Written::kVideo, {".mp4", {"MP4 video"}}},
      {Written::kPage, {".html or .svg", {"HTML", "SVG", "text"}}}};
  const std::string_view promised = format_of_ending(path);
  const Kind& kind = kinds.at(written);
  if (promised.empty() || std::find(kind.formats.begin(), kind.formats.end(), promised) != kind.formats.end()) return;
  fail_usage(where, "expected a name ending in {}, got '{}', whose extension means {}", kind.ending, printable(path),
             promised);
}

}  // namespace trecvit
