#include "trecvit/io/zip_directory.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>

#include "trecvit/base/error.h"
#include "trecvit/io/zip_format.h"

namespace trecvit::zip {
namespace {

using Bytes = std::vector<std::byte>;

constexpr uint64_t kMaxDirectoryBytes = uint64_t{64} << 20;
constexpr size_t kMaxNameBytes = 1024;

Bytes read_bytes(const ByteSource& source, uint64_t offset, uint64_t count) {
  if (offset > source.size() || count > source.size() - offset) {
    fail_input(source.name(), "expected {} bytes at offset {}, got a file of {} bytes; truncated download?", count,
               offset, source.size());
  }
  Bytes bytes(static_cast<size_t>(count));
  source.read(offset, bytes);
  return bytes;
}

struct Directory {
  uint64_t entries, size, offset;
};

void check_one_disk(bool one, const ByteSource& source) {
  if (!one) fail_input(source.name(), "expected an archive on one disk, got several");
}

// The 64-bit form of the end record, if a locator precedes the ordinary one.
bool read_end64(const ByteSource& source, uint64_t end_offset, Directory& out) {
  if (end_offset < kLocator64Bytes) return false;
  const Bytes locator = read_bytes(source, end_offset - kLocator64Bytes, kLocator64Bytes);
  if (number_at<uint32_t>(locator, 0) != kLocator64Magic) return false;
  const Bytes end = read_bytes(source, number_at<uint64_t>(locator, 8), kEnd64Bytes);
  if (number_at<uint32_t>(end, 0) != kEnd64Magic)
    fail_input(source.name(), "expected a zip64 end record, got other bytes");
  check_one_disk(number_at<uint32_t>(end, 16) == 0 && number_at<uint32_t>(end, 20) == 0, source);
  out = {number_at<uint64_t>(end, 32), number_at<uint64_t>(end, 40), number_at<uint64_t>(end, 48)};
  return true;
}

// The end that a directory declares, if it lies before the end of the file; nullopt if there is none in the file's last
// bytes.
std::optional<size_t> early_end(std::span<const std::byte> tail, uint64_t tail_offset) {
  for (size_t back = 1; back <= tail.size() - kEndBytes; ++back) {
    const size_t at = tail.size() - kEndBytes - back, end = at + kEndBytes + number_at<uint16_t>(tail, at + 20);
    if (number_at<uint32_t>(tail, at) != kEndMagic || end >= tail.size()) continue;
    const uint64_t size = number_at<uint32_t>(tail, at + 12), offset = number_at<uint32_t>(tail, at + 16);
    if (offset == kIn64 || offset + size == tail_offset + at) return end;
  }
  return std::nullopt;
}

Directory find_directory(const ByteSource& source) {
  if (source.size() < kEndBytes) {
    fail_input(source.name(), "expected a zip archive, got {} bytes; truncated download?", source.size());
  }
  const uint64_t tail_size = std::min<uint64_t>(source.size(), kEndBytes + kMaxCommentBytes);
  const uint64_t tail_offset = source.size() - tail_size;
  const Bytes tail = read_bytes(source, tail_offset, tail_size);
  for (size_t back = 0; back <= tail.size() - kEndBytes; ++back) {
    const size_t at = tail.size() - kEndBytes - back;
    if (number_at<uint32_t>(tail, at) != kEndMagic) continue;
    if (number_at<uint16_t>(tail, at + 20) != tail.size() - at - kEndBytes) continue;  // magic bytes inside the comment
    check_one_disk(number_at<uint16_t>(tail, at + 4) == 0 && number_at<uint16_t>(tail, at + 6) == 0, source);
    Directory directory{number_at<uint16_t>(tail, at + 10), number_at<uint32_t>(tail, at + 12),
                        number_at<uint32_t>(tail, at + 16)};
    const bool in64 = directory.size == kIn64 || directory.offset == kIn64;
    if (!in64 && directory.entries != kCountIn64) return directory;
    // 65535 can also be the actual number of entries.
    if (!read_end64(source, tail_offset + at, directory) && in64) {
      fail_input(source.name(), "expected a zip64 end record, got none");
    }
    return directory;
  }
  if (const auto end = early_end(tail, tail_offset)) {
    fail_input(source.name(),
               "expected a zip archive with a directory at its end, got {} more bytes after it; "
               "truncate -s {} FILE cuts them off",
               tail.size() - *end, tail_offset + *end);
  }
  fail_input(source.name(),
             "expected a zip archive with a directory at its end, got none in {} bytes; truncated download?",
             source.size());
}

// Replaces numbers that are marked as being in the zip64 extra field, in the order that the format prescribes.
void apply_extra64(std::span<const std::byte> extra, std::span<uint64_t* const> numbers, const std::string& where) {
  const bool wanted = std::any_of(numbers.begin(), numbers.end(), [](const uint64_t* n) { return *n == kIn64; });
  for (size_t at = 0; extra.size() - at >= 4;) {
    const auto id = number_at<uint16_t>(extra, at);
    const size_t length = number_at<uint16_t>(extra, at + 2);
    at += 4;
    if (length > extra.size() - at) break;
    if (id == kExtra64) {
      size_t field = at;
      for (uint64_t* number : numbers) {
        if (*number != kIn64) continue;
        if (at + length - field < 8) fail_input(where, "expected 64-bit sizes in the zip64 field, got too few bytes");
        *number = number_at<uint64_t>(extra, field);
        field += 8;
      }
      return;
    }
    at += length;
  }
  if (wanted) fail_input(where, "expected a zip64 field, got none");
}

// Where the content starts; the local header must agree with the directory, except for values that are in a data
// descriptor.
uint64_t check_local_header(const ByteSource& source, const Entry& entry, uint16_t flags) {
  const std::string where = source.name() + ": " + printable(entry.name);
  const auto check = [&where](bool same) {
    if (!same) fail_input(where, "expected the entry's own header to agree with the directory, got a different one");
  };
  const Bytes local = read_bytes(source, entry.offset, kLocalBytes);
  check(number_at<uint32_t>(local, 0) == kLocalMagic && number_at<uint16_t>(local, 8) == entry.method);
  check(((number_at<uint16_t>(local, 6) ^ flags) & (kFlagEncrypted | kFlagDescriptor)) == 0);
  const uint64_t name_length = number_at<uint16_t>(local, 26), extra_length = number_at<uint16_t>(local, 28);
  const Bytes rest = read_bytes(source, entry.offset + kLocalBytes, name_length + extra_length);
  check(std::string_view(reinterpret_cast<const char*>(rest.data()), name_length) == entry.name);
  if (!(flags & kFlagDescriptor)) {
    uint64_t compressed = number_at<uint32_t>(local, 18), size = number_at<uint32_t>(local, 22);
    uint64_t* const numbers[] = {&size, &compressed};
    apply_extra64(std::span(rest).subspan(name_length), numbers, where);
    check(compressed == entry.compressed && size == entry.size && number_at<uint32_t>(local, 14) == entry.crc);
  }
  return entry.offset + kLocalBytes + name_length + extra_length;
}

// The entry of the directory that `header` begins with; sets its flags.
Entry parse_central_header(std::span<const std::byte> header, const std::string& source_name, uint16_t& flags) {
  const size_t name_length = number_at<uint16_t>(header, 28), extra_length = number_at<uint16_t>(header, 30);
  Entry entry;
  entry.name.assign(reinterpret_cast<const char*>(header.data()) + kCentralBytes, name_length);
  if (!is_readable_name(entry.name)) {
    fail_input(
        source_name,
        "expected entry names inside the archive, without control characters, '..' and '\\', up to {} bytes, got "
        "'{}'",
        kMaxNameBytes, printable(entry.name));
  }
  const std::string where = source_name + ": " + printable(entry.name);
  flags = number_at<uint16_t>(header, 8);
  entry.method = number_at<uint16_t>(header, 10);
  if (flags & kFlagEncrypted) fail_input(where, "expected an entry without encryption, got an encrypted one");
  // All other flags change the meaning of the content: patches, strong encryption, hidden headers.
  constexpr uint16_t kPlainFlags = kFlagDeflateLevel | kFlagDescriptor | kFlagUtf8;
  if (flags & ~kPlainFlags) fail_input(where, "expected an entry with ordinary flags, got {:#06x}", flags);
  if (entry.method != kStored && entry.method != kDeflated) {
    fail_input(where, "expected a stored or deflated entry, got method {}", entry.method);
  }
  entry.crc = number_at<uint32_t>(header, 16);
  entry.compressed = number_at<uint32_t>(header, 20);
  entry.size = number_at<uint32_t>(header, 24);
  entry.offset = number_at<uint32_t>(header, 42);
  uint64_t* const numbers[] = {&entry.size, &entry.compressed, &entry.offset};
  apply_extra64(header.subspan(kCentralBytes + name_length, extra_length), numbers, where);
  if (entry.method == kStored && entry.compressed != entry.size) {
    fail_input(where, "expected a stored entry of one size, got {} and {} bytes", entry.compressed, entry.size);
  }
  return entry;
}

// One entry of the directory at `at`, which advances to the next.
Entry read_entry(const ByteSource& source, std::span<const std::byte> directory, size_t& at) {
  if (directory.size() - at < kCentralBytes || number_at<uint32_t>(directory, at) != kCentralMagic) {
    fail_input(source.name(), "expected a directory entry at byte {} of the directory, got other or too few bytes", at);
  }
  const auto header = directory.subspan(at);
  const size_t total = kCentralBytes + number_at<uint16_t>(header, 28) + number_at<uint16_t>(header, 30) +
                       number_at<uint16_t>(header, 32);
  if (total > header.size())
    fail_input(source.name(), "expected {} bytes for a directory entry, got {}", total, header.size());
  uint16_t flags = 0;
  Entry entry = parse_central_header(header, source.name(), flags);
  entry.data_offset = check_local_header(source, entry, flags);
  if (entry.compressed > source.size() - entry.data_offset) {
    fail_input(source.name() + ": " + printable(entry.name),
               "expected {} bytes at offset {}, got a file of {} bytes; truncated download?", entry.compressed,
               entry.data_offset, source.size());
  }
  at += total;
  return entry;
}

void check_distinct(const std::vector<Entry>& entries, uint64_t directory_offset, const std::string& where) {
  std::vector<const Entry*> sorted;
  std::set<std::string_view> names;
  for (const auto& entry : entries) {
    sorted.push_back(&entry);
    if (!names.insert(entry.name).second)
      fail_input(where, "expected each entry once, got {} twice", printable(entry.name));
  }
  std::sort(sorted.begin(), sorted.end(), [](auto* a, auto* b) { return a->offset < b->offset; });
  for (size_t i = 0; i < sorted.size(); ++i) {
    const uint64_t end = sorted[i]->data_offset + sorted[i]->compressed;
    const bool last = i + 1 == sorted.size();
    if (end > (last ? directory_offset : sorted[i + 1]->offset)) {
      fail_input(where, "expected entries that do not overlap, got {} and {}", printable(sorted[i]->name),
                 last ? "the directory" : printable(sorted[i + 1]->name));
    }
  }
}

}  // namespace

bool is_plain_name(std::string_view name) {
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_./-").find(c) != std::string_view::npos;
  });
  return plain && !name.empty() && name.size() <= kMaxNameBytes && name.front() != '/' &&
         name.find("..") == std::string_view::npos;
}

bool is_readable_name(std::string_view name) {
  const bool fine = std::all_of(name.begin(), name.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte != 0x7f && byte != '\\';
  });
  return fine && !name.empty() && name.size() <= kMaxNameBytes && name.front() != '/' &&
         name.find("..") == std::string_view::npos;
}

std::vector<Entry> read_directory(const ByteSource& source, uint64_t max_entries) {
  const Directory directory = find_directory(source);
  if (directory.entries > max_entries) {
    fail_input(source.name(), "expected at most {} entries, got {}", max_entries, directory.entries);
  }
  if (directory.size > kMaxDirectoryBytes) {
    fail_input(source.name(), "expected a directory up to {} bytes, got {}", kMaxDirectoryBytes, directory.size);
  }
  const Bytes bytes = read_bytes(source, directory.offset, directory.size);
  std::vector<Entry> entries;
  size_t at = 0;
  for (uint64_t i = 0; i < directory.entries; ++i) entries.push_back(read_entry(source, bytes, at));
  if (at != bytes.size()) {
    fail_input(source.name(), "expected {} directory entries in {} bytes, got {} bytes", directory.entries, at,
               bytes.size());
  }
  check_distinct(entries, directory.offset, source.name());
  return entries;
}

}  // namespace trecvit::zip
