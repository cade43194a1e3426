// Reads NumPy archives; declared in npz.h.
#include <algorithm>
#include <optional>

#include "trecvit/base/error.h"
#include "trecvit/base/list_some.h"
#include "trecvit/io/file_kind.h"
#include "trecvit/io/inflate.h"
#include "trecvit/io/npz.h"
#include "trecvit/io/zip_directory.h"

namespace trecvit {
namespace {

constexpr std::string_view kSuffix = ".npy";
constexpr size_t kUsualHeader = 256;         // holds the header of nearly every array
constexpr uint64_t kMaxDeflateRatio = 1100;  // deflate cannot do better than 1032 : 1

// The start of an entry, long enough to hold its array header.
NpyHeader read_npy_header(const ByteSource& source, const zip::Entry& entry) {
  const std::string where = source.name() + ": " + printable(entry.name);
  for (uint64_t look = kUsualHeader;; look = kMaxNpyHeaderBytes) {
    std::vector<std::byte> start(static_cast<size_t>(std::min(look, entry.size)));
    zip::EntryReader(source, entry).read(start);
    // A header says its own length in bytes 8 and 9 (version 1) or 8 to 11.
    const bool whole = start.size() == entry.size || look == kMaxNpyHeaderBytes;
    const size_t length =
        start.size() < 12 ? 0 : std::to_integer<size_t>(start[8]) | std::to_integer<size_t>(start[9]) << 8;
    if (whole || (length + 12 <= start.size() && start[6] == std::byte{1})) return parse_npy_header(start, where);
  }
}

// The header, after a check that the values fill the rest of the entry.
NpyHeader checked_header(const ByteSource& source, const zip::Entry& entry) {
  const NpyHeader header = read_npy_header(source, entry);
  const uint64_t bytes = byte_count(header.shape, header.dtype).value();
  if (header.data_offset > entry.size || entry.size - header.data_offset != bytes) {
    fail_input(source.name() + ": " + printable(entry.name), "expected {} bytes of values for {} {}, got {}", bytes,
               word_of(header.dtype), to_string(header.shape), entry.size - std::min(entry.size, header.data_offset));
  }
  return header;
}

// What packing programs add: folders, and notes of file managers.
bool holds_no_array(const zip::Entry& entry) {
  const std::string_view name = entry.name;
  const size_t slash = name.rfind('/');
  const std::string_view file = slash == std::string_view::npos ? name : name.substr(slash + 1);
  if (file.empty()) return entry.size == 0;
  return name.starts_with("__MACOSX/") || name.find("/__MACOSX/") != std::string_view::npos || file.starts_with("._") ||
         file == ".DS_Store" || file == "Thumbs.db" || file == "desktop.ini";
}

}  // namespace

// An array that cannot be read, such as one of text, is reported only when it is requested, so that the other arrays
// can be read.
struct NpzReader::Entry {
  zip::Entry zip;
  NpyHeader header;
  std::optional<Error> error;
};

NpzReader::NpzReader(std::unique_ptr<ByteSource> source, Limits limits) : source_(std::move(source)), limits_(limits) {
  refuse_other_kinds(*source_, Wanted::kNpz);
  for (auto& zip : zip::read_directory(*source_, limits_.max_entries)) {
    if (holds_no_array(zip)) continue;
    const std::string where = source_->name() + ": " + printable(zip.name);
    if (!zip.name.ends_with(kSuffix) || zip.name.size() == kSuffix.size()) {
      fail_input(where, "expected arrays named *.npy, got another file in the archive; remove it: zip -d FILE NAME");
    }
    if (zip.size / kMaxDeflateRatio > zip.compressed) {
      fail_input(where, "expected content up to {} times its compressed size, got {} bytes from {}", kMaxDeflateRatio,
                 zip.size, zip.compressed);
    }
    std::string name = zip.name.substr(0, zip.name.size() - kSuffix.size());
    names_.push_back(name);
    Entry entry;
    try {
      entry.header = checked_header(*source_, zip);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kInput) throw;
      entry.error = error;
    }
    entry.zip = std::move(zip);
    entries_.emplace(std::move(name), std::move(entry));
  }
  std::sort(names_.begin(), names_.end());
}
NpzReader::~NpzReader() = default;

const std::vector<std::string>& NpzReader::names() const { return names_; }
bool NpzReader::contains(const std::string& name) const { return entries_.contains(name); }
const NpyHeader& NpzReader::header(const std::string& name) const { return find(name).header; }
const std::string& NpzReader::source_name() const { return source_->name(); }

const NpzReader::Entry& NpzReader::find(const std::string& name) const {
  const auto found = entries_.find(name);
  if (found == entries_.end()) {
    fail_input(source_->name(), "expected an array {}, got {}", printable(name), list_some(names_));
  }
  if (found->second.error) throw Error(*found->second.error);
  return found->second;
}

HostTensor NpzReader::read(const std::string& name) const {
  const Entry& entry = find(name);
  const NpyHeader& header = entry.header;
  const uint64_t bytes = byte_count(header.shape, header.dtype).value();
  if (bytes > limits_.max_array_bytes) {
    fail(ErrorKind::kResource, source_->name() + ": " + printable(name), "expected at most {} bytes of values, got {}",
         limits_.max_array_bytes, bytes);
  }
  zip::EntryReader reader(*source_, entry.zip);
  std::vector<std::byte> skipped(static_cast<size_t>(header.data_offset));
  reader.read(skipped);
  HostTensor tensor(header.shape, header.dtype);
  reader.read({tensor.data(), tensor.bytes()});
  reader.finish();
  return arranged(std::move(tensor), header);
}

}  // namespace trecvit
