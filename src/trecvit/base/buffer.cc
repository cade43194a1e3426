#include "trecvit/base/buffer.h"

#include <sys/mman.h>

#include "trecvit/base/error.h"

namespace trecvit {
namespace {

constexpr size_t kPage = 4096;
constexpr size_t kHugePage = size_t{2} << 20;
constexpr size_t kHugeFrom = 2 * kHugePage;

size_t mapped_size(size_t size_bytes) { return (size_bytes + kPage - 1) / kPage * kPage; }

}  // namespace

// Anonymous mappings are zero-filled and return to the system when freed, so a loader's scratch memory never stays in
// the resident size. Small buffers take a page each; the project has few of them.
Buffer::Buffer(size_t size_bytes) : size_(size_bytes) {
  if (size_bytes == 0) return;
  if (size_bytes > (size_t{1} << 46))
    fail(ErrorKind::kResource, "memory", "expected at most 64 TiB at once, got a request for {} bytes", size_bytes);
  void* memory = mmap(nullptr, mapped_size(size_bytes), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) fail(ErrorKind::kResource, "memory", "expected {} bytes of memory, got none", size_bytes);
  if (size_bytes >= kHugeFrom) madvise(memory, mapped_size(size_bytes), MADV_HUGEPAGE);
  data_ = static_cast<std::byte*>(memory);
}

Buffer::~Buffer() {
  if (data_) munmap(data_, mapped_size(size_));
}

}  // namespace trecvit
