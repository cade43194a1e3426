#include "trecvit/pipeline/source_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "trecvit/base/error.h"
#include "trecvit/base/suggest.h"
#include "trecvit/io/file_kind.h"

namespace trecvit {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSynthetic = "synthetic:";

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_camera(const std::string& given) {
  const size_t colon = given.find(':');
  return is_number(given) || given.starts_with("/dev/video") ||
         (given.substr(0, colon) == "camera" && colon != std::string::npos);
}

[[noreturn]] void fail_unread(const std::string& given, std::string_view what, std::string_view remedy) {
  fail(ErrorKind::kUnavailable, printable(given), "expected a file, got {}, which this version cannot read; {}", what,
       remedy);
}

// Precondition: no file with this name exists.
void check_name(const std::string& given) {
  if (is_camera(given)) {
    fail_unread(given, "a camera",
                "pass its frames to the library, as examples/stream.c does with those of ffmpeg -f v4l2; or record it "
                "first: ffmpeg -f v4l2 -i /dev/video0 -t 10 clip.mp4");
  }
  if (constexpr std::string_view kFile = "file://"; given.starts_with(kFile)) {
    fail_input(printable(given), "expected a path, got a file URL; give the path without file://: {}",
               printable(given.substr(kFile.size())));
  }
  if (const size_t colon = given.find("://"); colon != std::string::npos && colon > 0) {
    fail_unread(given, "a URL", "download or record it first: ffmpeg -i URL -c copy clip.mkv");
  }
  if (given.starts_with('@')) {
    fail_input(printable(given), "expected a file, got a list of files; give the files themselves: $(cat {})",
               printable(given.substr(1)));
  }
  if (given.starts_with("generated:"))
    fail_usage(printable(given), "expected a video, got a model; give it with --model");
  const std::string word = given.substr(0, given.find(':'));
  static constexpr std::string_view kPrefixes[] = {"synthetic"};
  if (word.size() < given.size() && !nearest_word(word, {std::begin(kPrefixes), std::end(kPrefixes)}).empty() &&
      !given.starts_with(kSynthetic))
    fail_usage(printable(given), "expected a file or synthetic:NAME, got neither{}", did_you_mean(word, kPrefixes));
  if (given.find_first_of("*?[") != std::string::npos && !given.starts_with(kSynthetic)) {
    fail_input(printable(given),
               "expected a file, got a pattern that is not a file name; without quotes, the shell replaces it by the "
               "files that match");
  }
}

void check_file(const std::string& given) {
  std::error_code none;
  const bool array = given.ends_with(".npy") || given.ends_with(".npz");
  if (fs::is_regular_file(given, none) && !array) refuse_other_kinds(*open_file(given), Wanted::kVideo);
  if (!fs::is_directory(given, none)) return;
  const bool model = fs::exists(fs::path(given) / "config.json", none);
  if (model) fail_input(printable(given), "expected a video, got a folder with a model; give it with --model");
  fail_input(printable(given), "expected a file, got a folder; give its files: {}/*", printable(given));
}

}  // namespace

std::string source_of(const std::string& given, std::optional<uint64_t> seed) {
  if (given == "-" || given == "/dev/stdin") {
    fail_unread(given, "stdin",
                "write the video to a file first, or pass its frames to the library as examples/stream.c does");
  }
  std::error_code none;
  if (fs::exists(given, none) && !given.starts_with("/dev/video")) {
    check_file(given);
  } else {
    check_name(given);
  }
  if (!seed || !given.starts_with(kSynthetic) || given.find("seed=") != std::string::npos) return given;
  return fmt::format("{}{}seed={}", given, given.find('?') == std::string::npos ? '?' : '&', *seed);
}

}  // namespace trecvit
