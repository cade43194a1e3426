// What whole files and whole folders on disk are made of: names for what is not finished, renames, syncs.
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

// A sibling of `path` that does not exist yet: `path`.tmp-PROCESS-RANDOM. create: makes the file or folder of that
// name, false with errno otherwise; another name is tried on EEXIST. Returns the name, or an empty one with errno.
std::string create_sibling(const std::string& path, const std::function<bool(const char*)>& create);
// Whether a file name without its folder is one of these, of this version or of one before.
bool is_unfinished(const std::string& name);
// Whether it is of this version, which gives files and folders such names; the versions before did so with files alone.
bool is_unfinished_of_now(const std::string& name);

// Opens a file of ours to write into, made where it is missing, and never anything else that somebody put in its place:
// throws Error(kUsage) for a link, a folder, a pipe or a device, Error(kResource) where it cannot be opened. access:
// O_RDWR or O_WRONLY, with O_APPEND where wanted.
int open_regular(const std::string& path, int access);

// A descriptor, to read and write, of a file without a name in the folder of `path`: it goes away by itself. Throws
// Error(kResource).
int open_nameless(const std::string& path);

// "." for a bare name.
std::string folder_of(const std::string& path);

// The names in a folder, sorted; of a large one `most`. Unlike the iterators of std::filesystem, which end the process
// where memory does, throws std::bad_alloc then; Error(kInput) where the folder cannot be read, Error(kResource) where
// the machine fails to.
std::vector<std::string> list_folder(const std::string& folder, size_t most = SIZE_MAX);

// Renames a file or folder; false where something has the new name already. File systems that cannot do both in one
// step have it checked before. Throws Error(kResource) naming `to`.
bool rename_to_new_name(const std::string& from, const std::string& to);

// Gives an open file or folder the permissions of the one that it replaces and, where the system allows it, owner and
// group. Where the group cannot be kept, nobody may do more than before.
void hand_on_permissions(const struct stat& from, int to);

// Brings the names in a folder to disk. Where the file system cannot or the folder may not be read, there is nothing to
// be done; throws Error(kResource) where the disk refuses.
void sync_folder(const std::string& folder);

}  // namespace trecvit
