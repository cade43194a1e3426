#include "trecvit/video/source_list.h"

#include <glob.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "trecvit/base/error.h"
#include "trecvit/base/text.h"
#include "trecvit/base/utf8.h"
#include "trecvit/io/file_kind.h"
#include "trecvit/video/camera.h"
#include "trecvit/video/frames_folder.h"
#include "trecvit/video/raw_video.h"
#include "trecvit/video/synthetic_source.h"
#include "trecvit/video/unread_sources.h"

namespace trecvit {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMaxListBytes = uint64_t{64} << 20;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The digits at the front of a text without leading zeros; removes them from it.
std::string_view take_number(std::string_view& text) {
  const auto length = static_cast<size_t>(std::find_if_not(text.begin(), text.end(), is_digit) - text.begin());
  std::string_view number = text.substr(0, length);
  text.remove_prefix(length);
  number.remove_prefix(std::min(number.find_first_not_of('0'), number.size()));
  return number;
}

// clip2 before clip10.
bool by_numbers(const std::string& left, const std::string& right) {
  std::string_view a = left, b = right;
  while (!a.empty() && !b.empty()) {
    if (is_digit(a[0]) && is_digit(b[0])) {
      const std::string_view m = take_number(a), n = take_number(b);
      if (m.size() != n.size()) return m.size() < n.size();
      if (m != n) return m < n;
    } else {
      if (a[0] != b[0]) return static_cast<unsigned char>(a[0]) < static_cast<unsigned char>(b[0]);
      a.remove_prefix(1);
      b.remove_prefix(1);
    }
  }
  return a.size() != b.size() ? a.size() < b.size() : left < right;  // 01 and 1
}

class Lister {
 public:
  void add(const std::string& name) {
    if (!may_be_path(name)) return add_source(name);
    if (is_list_name(name)) return add_list(name);
    if (is_pattern(name)) return add_pattern(name);
    if (is_folder_name(name) && !has_model(name)) return add_folder(name);
    add_source(name);
  }
  SourceList take() { return std::move(list_); }

 private:
  static bool has_model(const std::string& folder) {
    std::error_code none;
    return fs::exists(fs::path(folder) / "config.json", none);
  }

  void add_source(const std::string& name) {
    if (is_stdin_name(name) && std::exchange(has_stdin_, true))
      fail_usage("SOURCE", "expected stdin once, got it several times");
    if (list_.sources.size() == kMaxSources)
      fail_input("sources", "expected at most {} sources, got more with {}", kMaxSources, printable(name));
    list_.sources.push_back(name);
  }

  void add_list(const std::string& name) {
    const std::string path = name.substr(1);
    list_.lists.push_back(path);
    const std::string text = read_text_file(path, kMaxListBytes);
    const size_t before = list_.sources.size();
    for (size_t begin = 0, line = 1; begin < text.size(); ++line) {
      const size_t end = std::min(text.find('\n', begin), text.size());
      const std::string_view entry = trimmed(std::string_view(text).substr(begin, end - begin));
      begin = end + 1;
      if (entry.empty() || entry.starts_with('#')) continue;
      if (entry.starts_with('@')) {
        fail_input(printable(path), "expected a source in line {}, got another list, '{}'", line,
                   printable(std::string(entry)));
      }
      add(place_of(std::string(entry), fs::path(path).parent_path()));
    }
    if (list_.sources.size() == before) fail_input(printable(path), "expected a source per line, got none");
  }

  // Whether it is no source of another kind, such as an address or a generator.
  static bool may_be_path(const std::string& name) {
    return !is_url(name) && !is_camera_name(name) && !is_stdin_name(name) && !is_synthetic_name(name) &&
           !is_model_name(name) && !is_mistyped_prefix(name);
  }
  static std::string place_of(const std::string& entry, const fs::path& folder) {
    const fs::path path = folder / entry;
    std::error_code none;
    return may_be_path(entry) || fs::exists(path, none) ? path.string() : entry;
  }

  void add_pattern(const std::string& pattern) {
    glob_t found{};
    const int result = glob(pattern.c_str(), 0, nullptr, &found);
    std::vector<std::string> names(found.gl_pathv, found.gl_pathv + found.gl_pathc);
    globfree(&found);
    if (result == GLOB_NOSPACE)
      fail(ErrorKind::kResource, printable(pattern), "expected memory for its files, got none");
    std::erase_if(names, [](const std::string& name) { return is_folder_name(name) && !is_frames_folder(name); });
    if (names.empty()) fail_input(printable(pattern), "expected files that match this pattern, got none");
    std::sort(names.begin(), names.end(), by_numbers);
    for (const std::string& name : names) add_source(name);
  }

  void add_folder(const std::string& folder) {
    std::vector<std::string> clips;
    int64_t others = 0;
    std::error_code error;
    fs::directory_iterator entry(folder, error);
    for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
      const std::string path = entry->path().string();
      if (entry->path().filename().string().starts_with('.')) continue;
      const bool clip = is_folder_name(path) ? is_frames_folder(path) : is_clip_name(path);
      if (clip) clips.push_back(path);
      others += !clip;
    }
    if (error) fail_input(printable(folder), "expected a folder that can be read, got: {}", error.message());
    if (std::none_of(clips.begin(), clips.end(), is_clip_name) && is_frames_folder(folder)) return add_source(folder);
    if (clips.empty()) {
      fail_input(printable(folder),
                 "expected a folder with videos or numbered pictures, got {} files and folders of other kinds", others);
    }
    std::sort(clips.begin(), clips.end(), by_numbers);
    for (const std::string& clip : clips) add_source(clip);
    if (others > 0)
      list_.notes.push_back(fmt::format("{}: {} videos, {} other files and folders are skipped", printable(folder),
                                        clips.size(), others));
  }

  SourceList list_;
  bool has_stdin_ = false;
};

}  // namespace

bool is_clip_name(std::string_view path) {
  // Extensions of the supported containers and raw streams, and of arrays.
  constexpr std::string_view kEndings =
      " mp4 m4v mov qt 3gp 3g2 f4v mj2 mkv webm avi divx mpg mpeg mpe m1v m2v mpv vob ts m2ts mts m2t ogv ogg ogm ivf "
      "flv asf wmv mxf nut gif apng mjpeg mjpg y4m dv h263 h264 264 h265 265 hevc obu av1 npy npz ";
  constexpr size_t kLongest = 5;
  // Looks at the last letters alone: readers of lists ask for every prefix of a line.
  const std::string_view last = path.substr(path.size() - std::min(path.size(), kLongest + 2));
  const size_t dot = last.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || last[dot - 1] == '/') return false;
  const std::string ending = ascii_lower(last.substr(dot + 1));
  return !ending.empty() && ending.find(' ') == std::string::npos &&
         kEndings.find(" " + ending + " ") != std::string_view::npos;
}

SourceList list_sources(std::span<const std::string> given) {
  Lister lister;
  for (const std::string& name : given) lister.add(name);
  return lister.take();
}

}  // namespace trecvit
