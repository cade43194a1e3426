#include "capi/failing_memory.h"

#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <new>

namespace trecvit::test {
namespace {

std::atomic<long> left{0};  // until the one that fails; 0: none does
std::atomic<bool> lasts{false}, has_failed{false};
std::atomic<long> live{0};

bool fails() {
  if (left.load(std::memory_order_relaxed) == 0) return false;
  if (has_failed && lasts) return true;
  if (left.fetch_sub(1) != 1) return false;
  has_failed = true;
  if (lasts) left = 1;
  return true;
}

}  // namespace

void fail_allocation(long at, bool lasting) {
  lasts = lasting;
  has_failed = false;
  left = at;
}

bool end_of_failures() {
  left = 0;
  return has_failed;
}

long live_allocations() { return live; }

namespace {

template <class Pointer>
Pointer counted(Pointer memory) {
  if (memory) ++live;
  return memory;
}
void given_back(const void* memory) {
  if (memory) --live;
}

}  // namespace
}  // namespace trecvit::test

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)

namespace {
void* allocated(std::size_t bytes, std::size_t alignment) {
  if (trecvit::test::fails()) return nullptr;
  void* memory = nullptr;
  return posix_memalign(&memory, alignment, bytes) == 0 ? trecvit::test::counted(memory) : nullptr;
}
void release(void* memory) noexcept {
  trecvit::test::given_back(memory);
  std::free(memory);
}
}  // namespace

#else

// glibc's own, under the names that it keeps for this.
extern "C" {
void* __libc_malloc(std::size_t bytes);
void* __libc_calloc(std::size_t count, std::size_t bytes);
void* __libc_realloc(void* memory, std::size_t bytes);
void* __libc_memalign(std::size_t alignment, std::size_t bytes);
void __libc_free(void* memory);

#define EXPORTED __attribute__((visibility("default")))
EXPORTED void* malloc(std::size_t bytes) {
  if (!trecvit::test::fails()) return trecvit::test::counted(__libc_malloc(bytes));
  errno = ENOMEM;
  return nullptr;
}
EXPORTED void* calloc(std::size_t count, std::size_t bytes) {
  if (!trecvit::test::fails()) return trecvit::test::counted(__libc_calloc(count, bytes));
  errno = ENOMEM;
  return nullptr;
}
EXPORTED void* realloc(void* memory, std::size_t bytes) {
  if (!trecvit::test::fails()) {
    void* moved = __libc_realloc(memory, bytes);
    return memory ? moved : trecvit::test::counted(moved);
  }
  errno = ENOMEM;
  return nullptr;
}
EXPORTED int posix_memalign(void** memory, std::size_t alignment, std::size_t bytes) {
  if (trecvit::test::fails()) return ENOMEM;
  *memory = trecvit::test::counted(__libc_memalign(alignment, bytes));
  return *memory ? 0 : ENOMEM;
}
EXPORTED void* aligned_alloc(std::size_t alignment, std::size_t bytes) {
  if (!trecvit::test::fails()) return trecvit::test::counted(__libc_memalign(alignment, bytes));
  errno = ENOMEM;
  return nullptr;
}
EXPORTED void free(void* memory) {
  trecvit::test::given_back(memory);
  __libc_free(memory);
}
EXPORTED void* mmap(void* address, std::size_t bytes, int protection, int flags, int file, off_t offset) {
  if (trecvit::test::fails()) {
    errno = ENOMEM;
    return MAP_FAILED;
  }
  const long result = syscall(SYS_mmap, address, bytes, protection, flags, file, offset);
  if (result == -1) return MAP_FAILED;
  return trecvit::test::counted(reinterpret_cast<void*>(result));
}
EXPORTED int munmap(void* memory, std::size_t bytes) {
  trecvit::test::given_back(memory);
  return static_cast<int>(syscall(SYS_munmap, memory, bytes));
}
}

namespace {
void* allocated(std::size_t bytes, std::size_t alignment) {
  return trecvit::test::fails() ? nullptr : trecvit::test::counted(__libc_memalign(alignment, bytes));
}
void release(void* memory) noexcept { free(memory); }
}  // namespace

#endif

namespace {
constexpr std::size_t kUsual = __STDCPP_DEFAULT_NEW_ALIGNMENT__;
void* required(void* memory) {
  if (!memory) throw std::bad_alloc();
  return memory;
}
}  // namespace

void* operator new(std::size_t bytes) { return required(allocated(bytes, kUsual)); }
void* operator new[](std::size_t bytes) { return required(allocated(bytes, kUsual)); }
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept { return allocated(bytes, kUsual); }
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept { return allocated(bytes, kUsual); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return required(allocated(bytes, static_cast<std::size_t>(alignment)));
}
void* operator new[](std::size_t bytes, std::align_val_t alignment) {
  return required(allocated(bytes, static_cast<std::size_t>(alignment)));
}
void operator delete(void* memory) noexcept { release(memory); }
void operator delete[](void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t) noexcept { release(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { release(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { release(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }
