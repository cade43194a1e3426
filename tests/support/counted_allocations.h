// Counts every heap allocation, from every thread. It replaces the C library's functions, so only one file of a program
// may include it.
#pragma once

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <functional>
#if __has_include(<mm_malloc.h>)
#include <mm_malloc.h>  // declares posix_memalign as each compiler likes it, which must come before its replacement
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__GLIBC__)
#define TRECVIT_COUNTS_ALLOCATIONS 0  // a sanitizer replaces the heap functions itself
#else
#define TRECVIT_COUNTS_ALLOCATIONS 1
#endif

namespace trecvit::test::heap {
inline std::atomic<bool> counting{false};
inline std::atomic<int64_t> allocations{0};

inline void count() {
  if (counting.load(std::memory_order_relaxed)) allocations.fetch_add(1, std::memory_order_relaxed);
}
}  // namespace trecvit::test::heap

#if TRECVIT_COUNTS_ALLOCATIONS
// These replace the C library's functions; operator new calls one of them.
extern "C" {
// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): the names are the C library's
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* memory, size_t size);
void* __libc_memalign(size_t alignment, size_t size);
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)

__attribute__((visibility("default"))) void* malloc(size_t size) noexcept {
  trecvit::test::heap::count();
  return __libc_malloc(size);
}
__attribute__((visibility("default"))) void* calloc(size_t items, size_t size) noexcept {
  trecvit::test::heap::count();
  return __libc_calloc(items, size);
}
__attribute__((visibility("default"))) void* realloc(void* memory, size_t size) noexcept {
  trecvit::test::heap::count();
  return __libc_realloc(memory, size);
}
__attribute__((visibility("default"))) void* aligned_alloc(size_t alignment, size_t size) noexcept {
  trecvit::test::heap::count();
  return __libc_memalign(alignment, size);
}
__attribute__((visibility("default"))) int posix_memalign(void** memory, size_t alignment, size_t size) noexcept {
  trecvit::test::heap::count();
  *memory = __libc_memalign(alignment, size);
  return *memory ? 0 : ENOMEM;
}
__attribute__((visibility("default"))) void* mmap(void* address, size_t size, int protection, int flags, int file,
                                                  off_t offset) noexcept {
  trecvit::test::heap::count();
  // NOLINTNEXTLINE(performance-no-int-to-ptr): that is what the system call gives
  return reinterpret_cast<void*>(syscall(SYS_mmap, address, size, protection, flags, file, offset));
}
}
#endif

namespace trecvit::test {

inline int64_t allocations_of(const std::function<void()>& function) {
  heap::allocations = 0;
  heap::counting = true;
  function();
  heap::counting = false;
  return heap::allocations;
}

}  // namespace trecvit::test
