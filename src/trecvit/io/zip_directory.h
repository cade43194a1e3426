// Finding the entries of a zip archive: its central directory, checked against the archive's size and local headers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "trecvit/io/byte_source.h"

namespace trecvit::zip {

struct Entry {
  std::string name;
  uint16_t method = 0;  // kStored or kDeflated
  uint32_t crc = 0;
  uint64_t compressed = 0;   // bytes in the archive
  uint64_t size = 0;         // bytes of content
  uint64_t offset = 0;       // of the entry's own header
  uint64_t data_offset = 0;  // of the first compressed byte
};

// Names accepted on reading: anything that stays inside the archive, without control characters and '\\', up to 1024
// bytes.
bool is_readable_name(std::string_view name);
// Names accepted on writing: letters, digits, '_', '-', '.', '/', up to 1024 of them, no ".." and no leading '/'.
bool is_plain_name(std::string_view name);

// All entries in the order of the directory. Refused: more than max_entries, a directory over 64 MB, several disks,
// encryption, other methods, names that are not readable, duplicates, ranges that are outside the file, overlap or
// reach past the directory's beginning, local headers that disagree. Throws Error(kInput).
std::vector<Entry> read_directory(const ByteSource& source, uint64_t max_entries);

}  // namespace trecvit::zip
