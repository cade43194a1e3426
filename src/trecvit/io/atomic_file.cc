#include "trecvit/io/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "trecvit/base/error.h"
#include "trecvit/io/disk.h"

namespace trecvit {
namespace {

[[noreturn]] void fail_exists(const std::string& path) {
  fail_usage(path, "expected no file there, got one; --force replaces it");
}

}  // namespace

AtomicFile::AtomicFile(std::string path, Overwrite overwrite) : path_(std::move(path)), overwrite_(overwrite) {
  struct stat info{};
  const bool exists = lstat(path_.c_str(), &info) == 0;
  const bool is_link = exists && S_ISLNK(info.st_mode);
  // A link's name would be replaced, and with it the way to a device.
  if (is_link && stat(path_.c_str(), &info) != 0) info.st_mode = S_IFREG;  // leads nowhere
  if (exists && !S_ISREG(info.st_mode))
    fail_usage(path_, "expected the name of a regular file, got a {}",
               S_ISDIR(info.st_mode) ? "folder" : "pipe or device");
  if (exists && overwrite_ == Overwrite::kNo) fail_exists(path_);
  const bool replaces = exists && !is_link;
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
  const std::string folder = folder_of(path_);  // first: nothing after the rename needs memory
  if (fsync(descriptor_) != 0) fail_system(path_, "bring the file to disk");
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
  namespace fs = std::filesystem;
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
