#include "trecvit/io/disk.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

#include "trecvit/base/error.h"
#include "trecvit/base/hash.h"

namespace trecvit {
namespace {

constexpr std::string_view kUnfinished = ".tmp-", kDecimal = "0123456789", kHexadecimal = "0123456789abcdef";
constexpr size_t kDigits = 16;  // of the random number
constexpr int kMostTries = 100;
constexpr size_t kMostOfName = 200;  // bytes; file systems accept names of 255

uint64_t random_number() {
  uint64_t number = 0;
  if (getrandom(&number, sizeof number, GRND_NONBLOCK) == sizeof number) return number;
  // On a machine that has just booted: the time and a counter are good enough for a name.
  static std::atomic<uint64_t> serial{0};
  const auto now = static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
  return hash_bytes(std::as_bytes(std::span(&now, 1)), serial.fetch_add(1));
}

bool all_of(std::string_view text, std::string_view characters) {
  return !text.empty() && text.find_first_not_of(characters) == std::string_view::npos;
}

bool does_not_exist(const std::string& path) {
  struct stat info{};
  return lstat(path.c_str(), &info) != 0 && errno == ENOENT;
}

// Whether the file system lacks the feature, as opposed to having an error.
bool is_unknown(int reason) {
  return reason == EINVAL || reason == ENOSYS || reason == EOPNOTSUPP || reason == EPERM || reason == EMLINK;
}

}  // namespace

void fail_system(const std::string& path, const char* expected) {
  fail(ErrorKind::kResource, path, "expected to {}, got: {}", expected, std::strerror(errno));
}

std::string create_sibling(const std::string& path, const std::function<bool(const char*)>& create) {
  // A long name is cut to leave room for the suffix.
  const size_t length = std::filesystem::path(path).filename().native().size();
  const std::string_view begin =
      std::string_view(path).substr(0, path.size() - (length - std::min(length, kMostOfName)));
  for (int i = 0; i < kMostTries; ++i) {
    std::string name = fmt::format("{}{}{}-{:016x}", begin, kUnfinished, getpid(), random_number());
    if (create(name.c_str())) return name;
    if (errno != EEXIST) break;
  }
  return {};
}

bool is_unfinished(const std::string& name) {
  const size_t at = name.rfind(kUnfinished);
  if (at == std::string::npos || at == 0) return false;
  const std::string_view tail = std::string_view(name).substr(at + kUnfinished.size());
  const size_t dash = tail.find('-');
  if (dash == std::string_view::npos || !all_of(tail.substr(0, dash), kDecimal)) return false;
  const std::string_view number = tail.substr(dash + 1);
  return all_of(number, number.size() == kDigits ? kHexadecimal : kDecimal);
}

bool is_unfinished_of_now(const std::string& name) {
  return is_unfinished(name) && name.size() - name.rfind('-') - 1 == kDigits;
}

int open_regular(const std::string& path, int access) {
  // Opening a pipe must not block; with O_NONBLOCK, a pipe without a reader gives ENXIO.
  const int descriptor = open(path.c_str(), access | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666);
  const int reason = errno;
  struct stat info{};
  const bool known = descriptor >= 0 ? fstat(descriptor, &info) == 0 : lstat(path.c_str(), &info) == 0;
  if (descriptor >= 0 && known && S_ISREG(info.st_mode)) return descriptor;
  if (descriptor >= 0) close(descriptor);
  if (known && !S_ISREG(info.st_mode))
    fail_usage(path, "expected the name of a regular file, got a {}; remove it",
               S_ISLNK(info.st_mode)   ? "link, which is not followed"
               : S_ISDIR(info.st_mode) ? "folder"
                                       : "pipe or device");
  errno = reason;
  fail_system(path, "open the file to write");
}

int open_nameless(const std::string& path) {
  int descriptor = open(folder_of(path).c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (descriptor >= 0) return descriptor;
  // Not every file system supports unnamed files.
  const std::string name = create_sibling(path, [&](const char* sibling) {
    descriptor = open(sibling, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    return descriptor >= 0;
  });
  if (descriptor < 0) fail_system(path, "create a temporary file next to it");
  if (unlink(name.c_str()) != 0 && unlink(name.c_str()) != 0) {
    close(descriptor);
    fail_system(name, "remove the name of a temporary file");
  }
  return descriptor;
}

std::string folder_of(const std::string& path) {
  const auto folder = std::filesystem::path(path).parent_path();
  return folder.empty() ? "." : folder.string();
}

std::vector<std::string> list_folder(const std::string& folder, size_t most) {
  const auto refuse = [&folder](int reason) {
    const bool machine = reason == EIO || reason == EMFILE || reason == ENFILE || reason == ENOMEM || reason == ESTALE;
    fail(machine ? ErrorKind::kResource : ErrorKind::kInput, folder, "expected a folder that can be read, got: {}",
         std::strerror(reason));
  };
  const auto close_stream = [](DIR* stream) { closedir(stream); };
  const std::unique_ptr<DIR, decltype(close_stream)> stream(opendir(folder.c_str()), close_stream);
  if (!stream) refuse(errno);
  std::vector<std::string> names;
  while (names.size() < most) {
    errno = 0;
    const dirent* entry = readdir(stream.get());
    if (!entry && errno != 0) refuse(errno);
    if (!entry) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

bool rename_to_new_name(const std::string& from, const std::string& to) {
  if (renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return true;
  if (errno == EEXIST) return false;
  if (!is_unknown(errno)) fail_system(to, "give the finished file its name");
  if (link(from.c_str(), to.c_str()) == 0) {  // refuses an existing name too
    unlink(from.c_str());
    return true;
  }
  if (errno == EEXIST) return false;
  if (!is_unknown(errno)) fail_system(to, "give the finished file its name");
  if (!does_not_exist(to)) return false;
  if (rename(from.c_str(), to.c_str()) != 0) fail_system(to, "give the finished file its name");
  return true;
}

void hand_on_permissions(const struct stat& from, int to) {
  mode_t mode = from.st_mode & (S_ISDIR(from.st_mode) ? 07777 : 0777);
  if (fchown(to, from.st_uid, from.st_gid) != 0 && fchown(to, static_cast<uid_t>(-1), from.st_gid) != 0) {
    // The group differs now, so members of the old group count as others.
    mode &= 01700 | (mode >> 3 & 07);
  }
  // A file system without permissions may refuse this; then there are none to keep.
  if (fchmod(to, mode) != 0) return;
}

void sync_folder(const std::string& folder) {
  const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) {
    if (errno == EACCES || is_unknown(errno)) return;
    fail_system(folder, "open the folder to flush it to disk");
  }
  const bool synced = fsync(descriptor) == 0 || is_unknown(errno);
  const int reason = errno;
  close(descriptor);
  errno = reason;
  if (!synced) fail_system(folder, "flush the folder to disk");
}

}  // namespace trecvit
