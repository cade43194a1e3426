#include "trecvit/video/unread_sources.h"

#include <filesystem>

#include "trecvit/base/error.h"
#include "trecvit/base/suggest.h"

namespace trecvit {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefixes[] = {"synthetic", "camera"};  // that a source may begin with

bool exists(const std::string& source) {
  std::error_code unreadable;
  return fs::exists(source, unreadable);
}

std::string_view prefix_of(const std::string& source) {
  const size_t colon = source.find(':');
  return colon == std::string::npos ? std::string_view() : std::string_view(source).substr(0, colon);
}

[[noreturn]] void fail_unread(const std::string& source, std::string_view what, std::string_view remedy) {
  fail(ErrorKind::kUnavailable, printable(source), "expected a file, got {}, which this version cannot read; {}", what,
       remedy);
}

}  // namespace

bool is_url(const std::string& source) {
  const size_t colon = source.find("://");
  return colon != std::string::npos && colon > 0 && !exists(source);
}

std::unique_ptr<FrameSource> refuse_url(const std::string& source, const SourceOptions&) {
  if (constexpr std::string_view kFile = "file://"; source.starts_with(kFile)) {
    fail_input(printable(source), "expected a path, got a file URL; give the path without file://: {}",
               printable(source.substr(kFile.size())));
  }
  fail_unread(source, "an address of another protocol",
              "ffmpeg may read it: ffmpeg -i ADDRESS -c copy -f mpegts - | trecvit VERB -");
}

bool is_list_name(const std::string& source) { return source.starts_with('@') && !exists(source); }

std::unique_ptr<FrameSource> refuse_list(const std::string& source, const SourceOptions&) {
  fail_input(printable(source), "expected a single source, got a list of them");
}

bool is_pattern(const std::string& source) {
  return source.find_first_of("*?[") != std::string::npos && !exists(source);
}

std::unique_ptr<FrameSource> refuse_pattern(const std::string& source, const SourceOptions&) {
  fail_input(printable(source), "expected a single source, got a pattern that is not a file name");
}

bool is_model_name(const std::string& source) { return source.starts_with("generated:") && !exists(source); }

std::unique_ptr<FrameSource> refuse_model_name(const std::string& source, const SourceOptions&) {
  fail_usage(printable(source), "expected a video, got a model; give it with --model");
}

bool is_mistyped_prefix(const std::string& source) {
  const std::string prefix(prefix_of(source));
  return !prefix.empty() && !nearest_word(prefix, {std::begin(kPrefixes), std::end(kPrefixes)}).empty() &&
         !exists(source);
}

std::unique_ptr<FrameSource> refuse_mistyped_prefix(const std::string& source, const SourceOptions&) {
  fail_usage(printable(source), "expected a file or synthetic:NAME, got neither{}",
             did_you_mean(std::string(prefix_of(source)), kPrefixes));
}

bool is_folder_name(const std::string& source) {
  std::error_code unreadable;
  return fs::is_directory(source, unreadable);
}

std::unique_ptr<FrameSource> refuse_folder(const std::string& source, const SourceOptions&) {
  std::error_code none;
  if (fs::exists(fs::path(source) / "config.json", none))
    fail_input(printable(source), "expected a video, got a folder with a model; give it with --model");
  fail_input(printable(source), "expected a single source, got a folder without numbered pictures in it");
}

}  // namespace trecvit
