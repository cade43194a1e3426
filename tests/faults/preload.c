// A library to preload (LD_PRELOAD) that makes one system call of a program fail, or kills the program at it. Calls
// that change files, and reads if selected, are counted from 1. The environment selects the fault:
//
//   TRECVIT_FAULT_AT=N        the number of the call; without it nothing happens
//   TRECVIT_FAULT_ERROR=EIO   EIO or ENOSPC: the call does nothing and returns this error. KILL: SIGKILL before the call
//   TRECVIT_FAULT_LASTING=1   all later calls fail too (default: only this call)
//   TRECVIT_FAULT_CALLS=a,b   the calls that are counted (default: all but read): write, fsync, rename, link, mkdir,
//                             unlink, open, truncate, read. An open counts if it creates a file. Each name stands
//                             for a family of calls, such as pwrite64 and fdatasync
//   TRECVIT_FAULT_UNDER=PATH  only calls on files under this absolute path (default: all)
//   TRECVIT_FAULT_LOG=FILE    when the fault is reached, a line "N CALL PATH" is appended here. A loop over N ends
//                             when no line is appended
//
// tests/support/faults.h runs a command in this way and describes the loop. The tests of training link this file instead.
// Calls inside libc (stdio) are not intercepted.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#define EXPORTED __attribute__((visibility("default")))
#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static atomic_long counted;
static const char kChanges[] = "write,fsync,rename,link,mkdir,unlink,open,truncate";

// Whether a comma-separated list contains a word.
static int lists(const char* list, const char* word) {
  const size_t length = strlen(word);
  for (const char* at = list; (at = strstr(at, word)); at += length) {
    if ((at == list || at[-1] == ',') && (at[length] == ',' || at[length] == '\0')) return 1;
  }
  return 0;
}

// The absolute path of a name in a folder, or of a descriptor if there is no name. The folder of a name must
// exist.
static void find_path(int folder, const char* name, char* out) {
  char link[64];
  out[0] = '\0';
  if (name && name[0] == '/') {
    snprintf(out, PATH_MAX, "%s", name);
    return;
  }
  if (name && folder == AT_FDCWD) {
    if (!getcwd(out, PATH_MAX)) out[0] = '\0';
  } else {
    snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
    const ssize_t length = readlink(link, out, PATH_MAX - 1);
    out[length < 0 ? 0 : length] = '\0';
  }
  if (!name) return;
  const size_t length = strlen(out);
  snprintf(out + length, PATH_MAX - length, "/%s", name);
}

static void report(long number, const char* call, const char* path) {
  const char* log = getenv("TRECVIT_FAULT_LOG");
  if (!log) return;
  const int file = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (file < 0) return;
  char line[PATH_MAX + 64];
  const int length = snprintf(line, sizeof line, "%ld %s %s\n", number, call, path);
  if (length > 0) syscall(SYS_write, file, line, (size_t)length < sizeof line ? (size_t)length : sizeof line - 1);
  close(file);
}

// Whether this call must fail; sets errno in that case.
static int fault(const char* call, int folder, const char* name) {
  const char *at = getenv("TRECVIT_FAULT_AT"), *calls = getenv("TRECVIT_FAULT_CALLS");
  const char *under = getenv("TRECVIT_FAULT_UNDER"), *error = getenv("TRECVIT_FAULT_ERROR");
  if (!at || !lists(calls ? calls : kChanges, call)) return 0;
  const int before = errno;
  char path[PATH_MAX];
  find_path(folder, name, path);
  errno = before;
  if (under && strncmp(path, under, strlen(under)) != 0) return 0;
  const long number = atomic_fetch_add(&counted, 1) + 1, wanted = atol(at);
  if (number < wanted || (number > wanted && !getenv("TRECVIT_FAULT_LASTING"))) return 0;
  report(number, call, path);
  if (error && strcmp(error, "KILL") == 0) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
  }
  errno = error && strcmp(error, "ENOSPC") == 0 ? ENOSPC : EIO;
  return 1;
}

EXPORTED ssize_t read(int file, void* bytes, size_t count) {
  return fault("read", file, NULL) ? -1 : NEXT(read)(file, bytes, count);
}
EXPORTED ssize_t pread(int file, void* bytes, size_t count, off_t offset) {
  return fault("read", file, NULL) ? -1 : NEXT(pread)(file, bytes, count, offset);
}
EXPORTED ssize_t pread64(int file, void* bytes, size_t count, off64_t offset) {
  return fault("read", file, NULL) ? -1 : NEXT(pread64)(file, bytes, count, offset);
}
EXPORTED ssize_t write(int file, const void* bytes, size_t count) {
  return fault("write", file, NULL) ? -1 : NEXT(write)(file, bytes, count);
}
EXPORTED ssize_t pwrite(int file, const void* bytes, size_t count, off_t offset) {
  return fault("write", file, NULL) ? -1 : NEXT(pwrite)(file, bytes, count, offset);
}
EXPORTED ssize_t pwrite64(int file, const void* bytes, size_t count, off64_t offset) {
  return fault("write", file, NULL) ? -1 : NEXT(pwrite64)(file, bytes, count, offset);
}
EXPORTED int fsync(int file) { return fault("fsync", file, NULL) ? -1 : NEXT(fsync)(file); }
EXPORTED int fdatasync(int file) { return fault("fsync", file, NULL) ? -1 : NEXT(fdatasync)(file); }
EXPORTED int rename(const char* from, const char* to) {
  return fault("rename", AT_FDCWD, to) ? -1 : NEXT(rename)(from, to);
}
EXPORTED int renameat(int from_folder, const char* from, int to_folder, const char* to) {
  return fault("rename", to_folder, to) ? -1 : NEXT(renameat)(from_folder, from, to_folder, to);
}
EXPORTED int renameat2(int from_folder, const char* from, int to_folder, const char* to, unsigned flags) {
  return fault("rename", to_folder, to) ? -1 : NEXT(renameat2)(from_folder, from, to_folder, to, flags);
}
EXPORTED int link(const char* from, const char* to) { return fault("link", AT_FDCWD, to) ? -1 : NEXT(link)(from, to); }
EXPORTED int linkat(int from_folder, const char* from, int to_folder, const char* to, int flags) {
  return fault("link", to_folder, to) ? -1 : NEXT(linkat)(from_folder, from, to_folder, to, flags);
}
EXPORTED int symlink(const char* to, const char* name) {
  return fault("link", AT_FDCWD, name) ? -1 : NEXT(symlink)(to, name);
}
EXPORTED int mkdir(const char* name, mode_t mode) {
  return fault("mkdir", AT_FDCWD, name) ? -1 : NEXT(mkdir)(name, mode);
}
EXPORTED int mkdirat(int folder, const char* name, mode_t mode) {
  return fault("mkdir", folder, name) ? -1 : NEXT(mkdirat)(folder, name, mode);
}
EXPORTED int unlink(const char* name) { return fault("unlink", AT_FDCWD, name) ? -1 : NEXT(unlink)(name); }
EXPORTED int unlinkat(int folder, const char* name, int flags) {
  return fault("unlink", folder, name) ? -1 : NEXT(unlinkat)(folder, name, flags);
}
EXPORTED int rmdir(const char* name) { return fault("unlink", AT_FDCWD, name) ? -1 : NEXT(rmdir)(name); }
EXPORTED int remove(const char* name) { return fault("unlink", AT_FDCWD, name) ? -1 : NEXT(remove)(name); }
EXPORTED int ftruncate(int file, off_t length) {
  return fault("truncate", file, NULL) ? -1 : NEXT(ftruncate)(file, length);
}
EXPORTED int ftruncate64(int file, off64_t length) {
  return fault("truncate", file, NULL) ? -1 : NEXT(ftruncate64)(file, length);
}
EXPORTED int truncate(const char* name, off_t length) {
  return fault("truncate", AT_FDCWD, name) ? -1 : NEXT(truncate)(name, length);
}
EXPORTED int truncate64(const char* name, off64_t length) {
  return fault("truncate", AT_FDCWD, name) ? -1 : NEXT(truncate64)(name, length);
}

static int creates(int flags) { return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE; }

static mode_t mode_behind(int flags, va_list arguments) { return creates(flags) ? va_arg(arguments, mode_t) : 0; }

#define OPEN_FUNCTION(function)                                     \
  EXPORTED int function(const char* name, int flags, ...) {         \
    va_list arguments;                                              \
    va_start(arguments, flags);                                     \
    const mode_t mode = mode_behind(flags, arguments);              \
    va_end(arguments);                                              \
    if (creates(flags) && fault("open", AT_FDCWD, name)) return -1; \
    return NEXT(function)(name, flags, mode);                       \
  }
#define OPENAT_FUNCTION(function)                                       \
  EXPORTED int function(int folder, const char* name, int flags, ...) { \
    va_list arguments;                                                  \
    va_start(arguments, flags);                                         \
    const mode_t mode = mode_behind(flags, arguments);                  \
    va_end(arguments);                                                  \
    if (creates(flags) && fault("open", folder, name)) return -1;       \
    return NEXT(function)(folder, name, flags, mode);                   \
  }
OPEN_FUNCTION(open)
OPEN_FUNCTION(open64)
OPENAT_FUNCTION(openat)
OPENAT_FUNCTION(openat64)
