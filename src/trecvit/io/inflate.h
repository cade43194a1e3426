// The content of one zip entry, in pieces, in bounded memory.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "trecvit/io/byte_source.h"
#include "trecvit/io/zip_directory.h"

namespace trecvit::zip {

class EntryReader {
 public:
  EntryReader(const ByteSource& source, const Entry& entry);
  ~EntryReader();

  // Fills `out` with the next bytes of the content; throws Error(kInput) if the content is shorter or damaged.
  void read(std::span<std::byte> out);
  // After the declared size was read: verifies that the content ends there, and its CRC.
  void finish();

 private:
  size_t inflate_some(std::span<std::byte> out);
  size_t copy_some(std::span<std::byte> out);
  [[noreturn]] void damaged(const char* what) const;

  struct Stream;
  const ByteSource& source_;
  const Entry& entry_;
  std::string where_;
  std::unique_ptr<Stream> stream_;  // null for stored entries
  uint64_t consumed_ = 0;           // compressed bytes taken
  uint32_t crc_ = 0;
};

}  // namespace trecvit::zip
