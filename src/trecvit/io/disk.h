// Building blocks of atomic files and folders: names for unfinished ones, renames, syncs.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace trecvit {

// Throws Error(kResource) that says what the system refused, with the reason in errno.
[[noreturn]] void fail_system(const std::string& path, const char* expected);

// Creates a new sibling of `path`, named `path`.tmp-PROCESS-RANDOM. create: makes the file or folder of that name, or
// returns false with errno set; on EEXIST another name is tried. Returns the name, or an empty one with errno set.
std::string create_sibling(const std::string& path, const std::function<bool(const char*)>& create);
// Whether a file name, given without its folder, is such a name, of this version or an earlier one.
bool is_unfinished(const std::string& name);
// Whether it is of this version, which gives such names to files and folders; earlier versions did so for files only.
bool is_unfinished_of_now(const std::string& name);

// Opens one of our own files for writing, created if missing, and never anything else that somebody put in its place:
// throws Error(kUsage) for a link, a folder, a pipe or a device, Error(kResource) if it cannot be opened. access:
// O_RDWR or O_WRONLY, optionally with O_APPEND.
int open_regular(const std::string& path, int access);

// A descriptor, for reading and writing, of an unnamed file in the folder of `path`, which disappears by itself. Throws
// Error(kResource).
int open_nameless(const std::string& path);

// "." for a bare name.
std::string folder_of(const std::string& path);

// The names in a folder, sorted; at most `most` of them. If allocation fails, throws std::bad_alloc, unlike the
// iterators of std::filesystem, which end the process. Throws Error(kInput) if the folder cannot be read,
// Error(kResource) if the machine fails to read it.
std::vector<std::string> list_folder(const std::string& folder, size_t most = SIZE_MAX);

// Renames a file or folder; false if something already has the new name. On file systems that cannot do both in one
// step, this is checked before the rename. Throws Error(kResource) naming `to`.
bool rename_to_new_name(const std::string& from, const std::string& to);

// Gives an open file or folder the permissions of the one that it replaces and, if the system allows it, owner and
// group. If the group cannot be kept, nobody gets more rights than before.
void hand_on_permissions(const struct stat& from, int to);

// Syncs the names in a folder to disk. Does nothing if the file system cannot do this or the folder may not be read;
// throws Error(kResource) if the disk refuses.
void sync_folder(const std::string& folder);

}  // namespace trecvit
