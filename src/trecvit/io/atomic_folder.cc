#include "trecvit/io/atomic_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <ranges>
#include <utility>

#include "trecvit/base/error.h"
#include "trecvit/io/disk.h"

namespace trecvit {
namespace {

namespace fs = std::filesystem;

constexpr int kMostCarried = 1000;

[[noreturn]] void fail_exists(const fs::path& folder, const std::string& name) {
  fail_usage(folder.string(), "expected no {} in this folder, got one; --force replaces it", name);
}

// The folder itself, without links and without a trailing '/'.
fs::path target_of(const std::string& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) {
    const fs::path real = fs::canonical(path, error);
    if (error) fail(ErrorKind::kResource, path, "expected to find the folder, got: {}", error.message());
    return real;
  }
  if (fs::symlink_status(path, error).type() != fs::file_type::not_found)
    fail_usage(path, "expected a folder or an unused name, got a file");
  fs::path normal = fs::path(path).lexically_normal();
  return normal.has_filename() ? normal : normal.parent_path();
}

// A process whose current folder it is, such as the shell, would be left in the old one.
bool holds_current_folder(const fs::path& folder) {
  std::error_code error;
  const fs::path current = fs::current_path(error);
  return !error && std::mismatch(folder.begin(), folder.end(), current.begin(), current.end()).first == folder.end();
}

bool is_mount_point(const fs::path& folder) {
  struct stat own{}, parent{};
  return stat(folder.c_str(), &own) == 0 && stat((folder / "..").c_str(), &parent) == 0 && own.st_dev != parent.st_dev;
}

bool is_there(const fs::path& path) {
  std::error_code error;
  return fs::exists(fs::symlink_status(path, error));
}

bool is_folder(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(fs::symlink_status(path, error));
}

bool is_among(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool same_file(const fs::path& a, const fs::path& b) {
  struct stat first{}, second{};
  return lstat(a.c_str(), &first) == 0 && lstat(b.c_str(), &second) == 0 && first.st_ino == second.st_ino &&
         first.st_dev == second.st_dev;
}

// From a file or folder to a new one of the same kind; a link has no permissions to pass on.
void hand_on_permissions(const fs::path& from, const fs::path& to) {
  struct stat info{};
  if (lstat(from.c_str(), &info) != 0 || (!S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode))) return;
  const int descriptor = open(to.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (descriptor < 0) fail_system(to.string(), "open it to set its permissions");
  trecvit::hand_on_permissions(info, descriptor);
  close(descriptor);
}

// Whatever the umask, the owner must be able to fill the folder, and to remove it after an error.
bool make_folder(const char* path, mode_t mode) {
  struct stat info{};
  if (mkdir(path, mode) != 0) return false;
  return stat(path, &info) != 0 || (info.st_mode & 0700) == 0700 || chmod(path, (info.st_mode & 07777) | 0700) == 0;
}

// Hard-links everything that `to` lacks into it, except files with a name in `without`; false if that is not possible.
bool carry_over(const fs::path& from, const fs::path& to, const std::vector<std::string>& without, int& left) {
  std::error_code error;
  for (auto entry = fs::directory_iterator(from, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    const fs::path target = to / entry->path().filename();
    const bool folder = is_folder(entry->path());
    if (is_there(target) || (!folder && is_among(without, target.filename().string()))) continue;
    if (--left < 0) return false;
    if (!folder) {
      if (link(entry->path().c_str(), target.c_str()) != 0) return false;
    } else {
      if (!make_folder(target.c_str(), 0700) || !carry_over(entry->path(), target, {}, left)) return false;
      hand_on_permissions(entry->path(), target);
    }
  }
  return !error;
}

std::vector<std::string> names_of_what_can_be_read(const fs::path& folder) {
  try {
    return list_folder(folder.string());
  } catch (const Error&) {
    return {};
  }
}

// Removes the old folder. Files that were added or replaced in it after carry_over() are moved to the new folder.
// replaced: names of files that the new folder replaces. Throws nothing but std::bad_alloc.
void dissolve(const fs::path& old, const fs::path& now, const std::vector<std::string>& replaced) {
  std::error_code error;
  for (const std::string& name : names_of_what_can_be_read(old)) {
    const fs::path entry = old / name, target = now / name;
    if (is_folder(entry) && is_there(target)) {
      dissolve(entry, target, {});
    } else if (same_file(entry, target) || (!is_folder(entry) && is_among(replaced, name))) {
      fs::remove_all(entry, error);
    } else {
      fs::rename(entry, target, error);
    }
  }
  fs::remove(old, error);
}

}  // namespace

AtomicFolder::AtomicFolder(const std::string& path, Overwrite overwrite, std::vector<std::string> outdated)
    : overwrite_(overwrite) {
  if (overwrite_ == Overwrite::kYes) outdated_ = std::move(outdated);
  const fs::path target = target_of(path);
  path_ = target.string();
  std::error_code error;
  const bool there = fs::is_directory(target, error);
  if (!there) fs::create_directories(folder_of(path_), error);
  if (error) fail(ErrorKind::kResource, path, "expected to create the folder, got: {}", error.message());
  // Users who may not look into the old folder may not look into the new one either while it is written.
  const auto create = [there](const char* name) { return make_folder(name, there ? 0700 : 0777); };
  inside_ = there && (holds_current_folder(target) || is_mount_point(target));
  if (!inside_) temporary_ = create_sibling(path_, create);
  const bool closed = temporary_.empty() && (errno == EACCES || errno == EPERM || errno == EROFS);
  inside_ = inside_ || (there && closed);
  if (inside_) temporary_ = create_sibling((target / target.filename()).string(), create);
  if (temporary_.empty()) fail_system(path_, "create the folder");
}

AtomicFolder::~AtomicFolder() {
  if (temporary_.empty()) return;
  try {
    std::error_code error;
    fs::remove_all(temporary_, error);
  } catch (const std::exception&) {
    return;  // no memory to walk through it: it stays, and does no harm
  }
}

void AtomicFolder::commit() {
  sync_folder(temporary_);
  const std::vector<std::string> own = list_folder(temporary_);
  if (!is_there(path_) && rename_to_new_name(temporary_, path_)) {
    temporary_.clear();
    return sync_folder(folder_of(path_));
  }
  for (const auto& name : own) {
    if (overwrite_ == Overwrite::kNo && is_there(fs::path(path_) / name)) fail_exists(path_, name);
  }
  hand_on_permissions_of_files(own);
  if (!inside_ && exchange(own)) return;
  move_in(own);
}

void AtomicFolder::hand_on_permissions_of_files(const std::vector<std::string>& own) const {
  for (const auto& name : own) {
    const fs::path from = fs::path(path_) / name, to = fs::path(temporary_) / name;
    if (is_folder(from) == is_folder(to)) hand_on_permissions(from, to);
  }
}

bool AtomicFolder::exchange(const std::vector<std::string>& own) {
  int left = kMostCarried;
  if (!carry_over(path_, temporary_, outdated_, left)) return false;
  hand_on_permissions(path_, temporary_);
  sync_folder(temporary_);
  if (renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, path_.c_str(), RENAME_EXCHANGE) != 0) {
    if (errno == EIO || errno == ENOSPC || errno == EDQUOT) fail_system(path_, "replace the folder");
    return false;
  }
  const std::string old = std::exchange(temporary_, {});
  try {
    sync_folder(folder_of(path_));
  } catch (const Error&) {
    remove_old(old, own);
    throw;
  }
  remove_old(old, own);
  return true;
}

// Whatever cannot be removed stays, and does no harm.
void AtomicFolder::remove_old(const std::string& old, const std::vector<std::string>& own) const noexcept {
  try {
    std::vector<std::string> replaced = own;
    replaced.insert(replaced.end(), outdated_.begin(), outdated_.end());
    for (int tries = 0; tries < 2 && is_there(old); ++tries) dissolve(old, path_, replaced);
  } catch (const std::exception&) {
    return;  // no memory to walk through it
  }
}

// In reverse order of names, so that weights come before config.json: without config.json a folder still loads as far
// as shapes allow.
void AtomicFolder::move_in(const std::vector<std::string>& own) {
  const fs::path target = path_, from = temporary_;
  for (const auto& name : std::views::reverse(own)) {
    if (rename((from / name).c_str(), (target / name).c_str()) != 0) fail_system(path_, "replace its files");
  }
  std::error_code error;
  fs::remove_all(std::exchange(temporary_, {}), error);
  for (const auto& name : outdated_) {
    if (!is_among(own, name) && !is_folder(target / name)) fs::remove(target / name, error);
  }
  sync_folder(path_);
}

}  // namespace trecvit
