// Random access to untrusted input: a file or a block of memory. Parsers read through this interface and never trust a
// number they read. Files are read, not mapped: truncating a mapped file kills the process with SIGBUS; here it is an
// Error (docs/decisions/0003-read-not-map.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace trecvit {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Size in bytes when the source was opened.
  virtual uint64_t size() const = 0;
  // Fills `out` from `offset`; throws Error(kInput) if any of these bytes is missing, Error(kResource) if the machine
  // fails to read.
  virtual void read(uint64_t offset, std::span<std::byte> out) const = 0;
  // Its name in messages.
  virtual const std::string& name() const = 0;
};

// Throws Error(kInput) if the path cannot be opened or is not a regular file, Error(kResource) if no file can be opened
// at the moment. Thread-safe.
std::unique_ptr<ByteSource> open_file(const std::string& path);
// Borrows the memory. Thread-safe.
std::unique_ptr<ByteSource> open_memory(std::span<const std::byte> bytes, std::string name);

// A whole source as text; throws Error(kInput) if it is larger than max_bytes.
std::string read_text(const ByteSource& source, uint64_t max_bytes);

}  // namespace trecvit
