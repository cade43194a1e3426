#include "trecvit/io/byte_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "trecvit/base/error.h"

namespace trecvit {
namespace {

// Errors of the machine, which may affect any file at the moment, say nothing about this file.
[[noreturn]] void fail_reading(const std::string& name, const std::string& expected, int reason) {
  const bool machine = reason == EIO || reason == EMFILE || reason == ENFILE || reason == ENOMEM || reason == ESTALE;
  fail(machine ? ErrorKind::kResource : ErrorKind::kInput, name, "expected {}, got: {}", expected,
       std::strerror(reason));
}

[[noreturn]] void fail_range(const std::string& name, uint64_t size, uint64_t offset, uint64_t wanted) {
  fail_input(name, "expected {} bytes at offset {}, got a file of {} bytes; truncated download?", wanted, offset, size);
}

class FileSource : public ByteSource {
 public:
  explicit FileSource(const std::string& path) : name_(path) {
    descriptor_ = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);  // opening a pipe must not block
    if (descriptor_ < 0) fail_reading(path, "a readable file", errno);
    struct stat info{};
    if (fstat(descriptor_, &info) != 0 || !S_ISREG(info.st_mode)) {
      close(descriptor_);
      fail_input(path, "expected a regular file, got something else");
    }
    size_ = static_cast<uint64_t>(info.st_size);
  }
  ~FileSource() override { close(descriptor_); }
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;

  uint64_t size() const override { return size_; }
  const std::string& name() const override { return name_; }
  void read(uint64_t offset, std::span<std::byte> out) const override {
    if (offset > size_ || out.size() > size_ - offset) fail_range(name_, size_, offset, out.size());
    while (!out.empty()) {
      const ssize_t got = pread(descriptor_, out.data(), out.size(), static_cast<off_t>(offset));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) fail_reading(name_, fmt::format("{} bytes at offset {}", out.size(), offset), errno);
      if (got == 0)
        fail_input(name_, "expected {} bytes at offset {}, got the end of the file; it has shrunk", out.size(), offset);
      out = out.subspan(static_cast<size_t>(got));
      offset += static_cast<uint64_t>(got);
    }
  }

 private:
  std::string name_;
  int descriptor_;
  uint64_t size_ = 0;
};

class MemorySource : public ByteSource {
 public:
  MemorySource(std::span<const std::byte> bytes, std::string name) : bytes_(bytes), name_(std::move(name)) {}
  uint64_t size() const override { return bytes_.size(); }
  const std::string& name() const override { return name_; }
  void read(uint64_t offset, std::span<std::byte> out) const override {
    if (offset > bytes_.size() || out.size() > bytes_.size() - offset)
      fail_range(name_, bytes_.size(), offset, out.size());
    if (!out.empty()) std::memcpy(out.data(), bytes_.data() + offset, out.size());
  }

 private:
  std::span<const std::byte> bytes_;
  std::string name_;
};

}  // namespace

std::unique_ptr<ByteSource> open_file(const std::string& path) { return std::make_unique<FileSource>(path); }

std::unique_ptr<ByteSource> open_memory(std::span<const std::byte> bytes, std::string name) {
  return std::make_unique<MemorySource>(bytes, std::move(name));
}

std::string read_text(const ByteSource& source, uint64_t max_bytes) {
  if (source.size() > max_bytes) {
    fail_input(source.name(), "expected at most {} bytes of text, got {}", max_bytes, source.size());
  }
  std::string text(static_cast<size_t>(source.size()), '\0');
  source.read(0, std::as_writable_bytes(std::span(text)));
  return text;
}

}  // namespace trecvit
