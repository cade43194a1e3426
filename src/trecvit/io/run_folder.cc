#include "trecvit/io/run_folder.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "trecvit/base/error.h"
#include "trecvit/base/parse_number.h"

namespace trecvit {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMaxNumber = 1'000'000'000;

void check_name(const std::string& name) {
  const bool whole = !name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos &&
                     name.find('\0') == std::string::npos;
  if (!whole) fail_usage("name", "expected the name of a folder, without '/', got '{}'", printable(name));
}

// N of "name-N", in the form that we write; 0 for other entries.
int64_t number_of(std::string_view entry, std::string_view name) {
  if (entry.size() < name.size() + 2 || !entry.starts_with(name) || entry[name.size()] != '-') return 0;
  const std::string_view digits = entry.substr(name.size() + 1);
  if (digits[0] < '1' || digits[0] > '9') return 0;
  const int64_t number = parse_number<int64_t>(digits).value_or(0);
  return number <= kMaxNumber ? number : 0;
}

bool any(const fs::path&) { return true; }

// Over the entries for which `counts` is true; 0 if there are none.
template <class Counts>
int64_t largest_number(const std::string& parent, const std::string& name, const Counts& counts) {
  int64_t largest = 0;
  std::error_code error;
  for (auto entry = fs::directory_iterator(parent, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    const int64_t number = number_of(entry->path().filename().string(), name);
    if (number > largest && counts(entry->path())) largest = number;
  }
  if (error && error != std::errc::no_such_file_or_directory)
    fail(ErrorKind::kResource, parent, "expected to list the folder, got: {}", error.message());
  return largest;
}

std::string folder_name(const std::string& parent, const std::string& name, int64_t number) {
  return (fs::path(parent) / fmt::format("{}-{}", name, number)).string();
}

}  // namespace

std::string make_numbered_folder(const std::string& parent, const std::string& name) {
  check_name(name);
  std::error_code error;
  fs::create_directories(parent.empty() ? "." : parent, error);
  if (error) fail(ErrorKind::kResource, parent, "expected to make the folder, got: {}", error.message());
  // mkdir() decides who owns a folder; if another process takes a number first, the next one is tried.
  for (int64_t number = largest_number(parent.empty() ? "." : parent, name, any) + 1; number <= kMaxNumber; ++number) {
    const std::string folder = folder_name(parent, name, number);
    if (mkdir(folder.c_str(), 0777) == 0) return folder;
    if (errno != EEXIST)
      fail(ErrorKind::kResource, folder, "expected to make the folder, got: {}", std::strerror(errno));
  }
  fail(ErrorKind::kResource, parent, "expected a free number up to {}, got none", kMaxNumber);
}

std::optional<std::string> latest_numbered_folder(const std::string& parent, const std::string& name,
                                                  const std::string& holding) {
  check_name(name);
  const auto counts = [&](const fs::path& path) {
    std::error_code ignored;
    return fs::is_directory(path, ignored) && (holding.empty() || fs::exists(path / holding, ignored));
  };
  const int64_t number = largest_number(parent.empty() ? "." : parent, name, counts);
  if (number == 0) return std::nullopt;
  return folder_name(parent, name, number);
}

void refuse_links(const std::string& folder, std::span<const std::string_view> names) {
  for (const std::string_view name : names) {
    std::error_code error;
    const fs::path path = fs::path(folder) / name;
    if (fs::is_symlink(path, error))
      fail_usage(path.string(),
                 "expected a folder of the run itself, got a link, which is not followed; replace it by the folder "
                 "that it points to");
  }
}

}  // namespace trecvit
