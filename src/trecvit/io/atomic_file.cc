#include "trecvit/io/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "trecvit/base/error.h"

namespace trecvit {
namespace {

constexpr std::string_view kUnfinished = ".tmp-";  // then the process and a number

[[noreturn]] void fail_system(const std::string& path, const char* what) {
  fail(ErrorKind::kResource, path, "expected to {}, got: {}", what, std::strerror(errno));
}

[[noreturn]] void fail_exists(const std::string& path) {
  fail_usage(path, "expected no file there, got one; --force replaces it");
}

std::string folder_of(const std::string& path) {
  const auto folder = std::filesystem::path(path).parent_path();
  return folder.empty() ? "." : folder.string();
}

void sync_folder(const std::string& path) {
  const int folder = open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return;  // some file systems do not open folders; the rename itself has happened
  fsync(folder);
  close(folder);
}

}  // namespace

AtomicFile::AtomicFile(std::string path, Overwrite overwrite) : path_(std::move(path)), overwrite_(overwrite) {
  struct stat info{};
  const bool exists = lstat(path_.c_str(), &info) == 0;
  // A link's name would be replaced, and with it the way to a device.
  if (exists && S_ISLNK(info.st_mode) && stat(path_.c_str(), &info) != 0) info.st_mode = S_IFREG;  // leads nowhere
  if (exists && !S_ISREG(info.st_mode))
    fail_usage(path_, "expected the name of a regular file, got a {}",
               S_ISDIR(info.st_mode) ? "folder" : "pipe or device");
  if (exists && overwrite_ == Overwrite::kNo) fail_exists(path_);
  static std::atomic<uint64_t> serial{0};
  temporary_ = fmt::format("{}{}{}-{}", path_, kUnfinished, getpid(), serial.fetch_add(1));
  descriptor_ = open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail_system(path_, "create a file beside it");
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
  if (fsync(descriptor_) != 0) fail_system(path_, "bring the file to disk");
  if (overwrite_ == Overwrite::kYes) {
    if (rename(temporary_.c_str(), path_.c_str()) != 0) fail_system(path_, "rename the finished file");
  } else {
    // link() refuses an existing name, which rename() would replace.
    if (link(temporary_.c_str(), path_.c_str()) != 0) {
      if (errno == EEXIST) fail_exists(path_);
      // File systems without hard links: the check of the constructor has to do.
      if (rename(temporary_.c_str(), path_.c_str()) != 0) fail_system(path_, "rename the finished file");
    } else {
      unlink(temporary_.c_str());
    }
  }
  close(descriptor_);
  descriptor_ = -1;
  sync_folder(path_);
}

void remove_unfinished_files(const std::string& folder) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    const size_t at = name.rfind(kUnfinished);
    const bool ours = at != std::string::npos && at > 0 &&
                      name.find_first_not_of("0123456789-", at + kUnfinished.size()) == std::string::npos;
    if (ours && entry.is_regular_file(error)) unlink(entry.path().c_str());
  }
}

}  // namespace trecvit
