#include "trecvit/io/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <filesystem>

#include "trecvit/base/error.h"
#include "trecvit/io/disk.h"

namespace trecvit {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail_exists(const std::string& path) {
  fail_usage(path, "expected no file of this name, got one; --force replaces it");
}

bool is_within(const fs::path& folder, const fs::path& outer) {
  return std::mismatch(outer.begin(), outer.end(), folder.begin(), folder.end()).first == outer.end();
}

// Whether the name, or a link that it leads through, belongs to the system.
bool leads_into_system(fs::path path) {
  constexpr int kMostLinks = 40;  // the limit of Linux
  std::error_code error;
  for (int i = 0; i < kMostLinks && !error; ++i) {
    const fs::path folder = fs::weakly_canonical(folder_of(path.string()), error);
    if (is_within(folder, "/proc") || (is_within(folder, "/dev") && !is_within(folder, "/dev/shm"))) return true;
    path = folder / fs::read_symlink(path, error);
  }
  return false;
}

[[noreturn]] void fail_too_long(const std::string& path) {
  size_t longest = 0;
  for (const auto& name : fs::path(path)) longest = std::max(longest, name.native().size());
  if (longest > NAME_MAX) fail_usage(path, "expected names of at most {} bytes, got one of {}", NAME_MAX, longest);
  fail_usage(path, "expected a shorter path, got one of {} bytes", path.size());
}

// What is at `path` now, all zero if nothing is. Throws Error(kUsage) if no file may be put there.
struct stat examine(const std::string& path, Overwrite overwrite) {
  struct stat info{};
  const bool exists = lstat(path.c_str(), &info) == 0;
  if (!exists && errno == ENAMETOOLONG) fail_too_long(path);
  if (const auto obstacle = obstacle_at(path); !obstacle.empty())
    fail_usage(path, "expected the name of a regular file, got a {}", obstacle);
  if (exists && overwrite == Overwrite::kNo) fail_exists(path);
  if (!exists) info = {};
  return info;
}

}  // namespace

std::string_view obstacle_at(const std::string& path) {
  struct stat info{};
  if (stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode))
    return S_ISDIR(info.st_mode) ? "folder" : "pipe or device";
  return leads_into_system(path) ? "name that leads to an open file or a device" : "";
}

void check_writable(const std::string& path, Overwrite overwrite) {
  examine(path, overwrite);
  close(open_nameless(path));
}

AtomicFile::AtomicFile(std::string path, Overwrite overwrite) : path_(std::move(path)), overwrite_(overwrite) {
  const struct stat info = examine(path_, overwrite_);
  const bool replaces = S_ISREG(info.st_mode);  // and not a link
  temporary_ = create_sibling(path_, [&](const char* name) {
    descriptor_ = open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, replaces ? 0600 : 0666);
    return descriptor_ >= 0;
  });
  if (descriptor_ < 0) fail_system(path_, "create a temporary file next to it");
  if (replaces) hand_on_permissions(info, descriptor_);
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  close(descriptor_);
  unlink(temporary_.c_str());
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  write_at(size_, bytes);
  size_ += bytes.size();
}

void AtomicFile::write(std::string_view text) { write(std::as_bytes(std::span(text))); }

void AtomicFile::write_at(uint64_t offset, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t put = pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) fail_system(path_, "write");
    bytes = bytes.subspan(static_cast<size_t>(put));
    offset += static_cast<uint64_t>(put);
  }
}

void AtomicFile::commit() {
  const std::string folder = folder_of(path_);  // first, so that nothing after the rename needs memory
  if (fsync(descriptor_) != 0) fail_system(path_, "flush the file to disk");
  if (overwrite_ == Overwrite::kYes) {
    if (rename(temporary_.c_str(), path_.c_str()) != 0) fail_system(path_, "rename the finished file");
  } else if (!rename_to_new_name(temporary_, path_)) {
    fail_exists(path_);
  }
  close(descriptor_);
  descriptor_ = -1;
  sync_folder(folder);
}

void remove_unfinished_files(const std::string& folder) {
  std::error_code error;
  std::vector<std::string> names;
  try {
    names = list_folder(folder);
  } catch (const Error&) {
    return;
  }
  for (const std::string& name : names) {
    const fs::path path = fs::path(folder) / name;
    if (is_unfinished_of_now(name)) {
      fs::remove_all(path, error);
    } else if (is_unfinished(name) && fs::is_regular_file(fs::symlink_status(path, error))) {
      fs::remove(path, error);
    }
  }
}

}  // namespace trecvit
