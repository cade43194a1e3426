#include "trecvit/io/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "trecvit/base/error.h"
#include "trecvit/io/disk.h"

namespace trecvit {
namespace {

std::string this_process() {
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  return fmt::format("process {} on {}", getpid(), host.data());
}

// What the holder wrote; it may not have written anything yet.
std::string holder_of(int descriptor) {
  std::array<char, 512> text;
  const ssize_t got = pread(descriptor, text.data(), text.size(), 0);
  std::string_view holder(text.data(), got > 0 ? static_cast<size_t>(got) : 0);
  holder = holder.substr(0, holder.find('\n'));
  return holder.empty() ? "another process" : printable(holder);
}

int take(int descriptor) {
  int result;
  do {
    result = flock(descriptor, LOCK_EX | LOCK_NB);
  } while (result != 0 && errno == EINTR);
  return result;
}

}  // namespace

FolderLock::FolderLock(const std::string& folder) {
  const std::string path = folder + "/lock";
  const int descriptor = open_regular(path, O_RDWR);
  if (take(descriptor) != 0) {
    const int reason = errno;
    const std::string holder = holder_of(descriptor);
    close(descriptor);
    if (reason == EWOULDBLOCK)
      fail_usage(folder,
                 "expected a folder that no other process writes to, got one in use by {}; wait for it, or stop it",
                 holder);
    fail(ErrorKind::kResource, path,
         "expected a file system that supports locks, got: {}; put the folder on another disk", std::strerror(reason));
  }
  descriptor_ = descriptor;
  // The lock works without this text, which only informs people, so a full disk does not matter here. A file with a
  // second name belongs to somebody else and is not written.
  struct stat info{};
  if (fstat(descriptor_, &info) != 0 || info.st_nlink > 1) return;
  const std::string text = this_process() + "\n";
  if (ftruncate(descriptor_, 0) != 0 || pwrite(descriptor_, text.data(), text.size(), 0) < 0) return;
}

FolderLock::~FolderLock() { close(descriptor_); }

}  // namespace trecvit
