// Writes NumPy archives; declared in npz.h.
#include <zlib.h>

#include <array>
#include <set>

#include "trecvit/base/error.h"
#include "trecvit/io/npz.h"
#include "trecvit/io/zip_directory.h"
#include "trecvit/io/zip_format.h"

namespace trecvit {
namespace {

using namespace zip;

struct Written {
  std::string name;
  uint32_t crc = 0;
  uint64_t compressed = 0, size = 0, offset = 0;
};

}  // namespace

struct NpzWriter::Impl {
  Impl(const std::string& path, Overwrite overwrite, Compression how)
      : file(path, overwrite), method(how == Compression::kStored ? kStored : kDeflated) {}
  ~Impl() {
    if (deflating) deflateEnd(&z);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  // Sizes are always in the zip64 field, as NumPy writes them: they are not known before the content.
  std::string local_header() const {
    std::string out;
    put(out, kLocalMagic);
    put(out, kVersion64);
    put(out, kFlagUtf8);
    put(out, method);
    put(out, uint16_t{0});
    put(out, kDate1980);
    put(out, entry.crc);
    put(out, kIn64);
    put(out, kIn64);
    put(out, static_cast<uint16_t>(entry.name.size()));
    put(out, uint16_t{20});
    out += entry.name;
    put(out, kExtra64);
    put(out, uint16_t{16});
    put(out, entry.size);
    put(out, entry.compressed);
    return out;
  }

  static std::string central_header(const Written& entry, uint16_t method) {
    std::string out;
    put(out, kCentralMagic);
    put(out, static_cast<uint16_t>(3 << 8 | kVersion64));  // made on Unix
    put(out, kVersion64);
    put(out, kFlagUtf8);
    put(out, method);
    put(out, uint16_t{0});
    put(out, kDate1980);
    put(out, entry.crc);
    put(out, kIn64);
    put(out, kIn64);
    put(out, static_cast<uint16_t>(entry.name.size()));
    put(out, uint16_t{28});
    put(out, uint16_t{0});
    put(out, uint16_t{0});
    put(out, uint16_t{0});
    put(out, uint32_t{0644} << 16);
    put(out, kIn64);
    out += entry.name;
    put(out, kExtra64);
    put(out, uint16_t{24});
    put(out, entry.size);
    put(out, entry.compressed);
    put(out, entry.offset);
    return out;
  }

  void write_content(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const auto piece = bytes.first(std::min<size_t>(bytes.size(), size_t{1} << 20));
      entry.crc = static_cast<uint32_t>(
          crc32(entry.crc, reinterpret_cast<const Bytef*>(piece.data()), static_cast<uInt>(piece.size())));
      entry.size += piece.size();
      if (method == kStored) {
        file.write(piece);
        entry.compressed += piece.size();
      } else {
        deflate_piece(piece, Z_NO_FLUSH);
      }
      bytes = bytes.subspan(piece.size());
    }
  }

  void deflate_piece(std::span<const std::byte> piece, int flush) {
    std::array<std::byte, 64 * 1024> out;
    z.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(piece.data()));  // zlib only reads it
    z.avail_in = static_cast<uInt>(piece.size());
    do {
      z.next_out = reinterpret_cast<Bytef*>(out.data());
      z.avail_out = static_cast<uInt>(out.size());
      TRECVIT_CHECK(deflate(&z, flush) != Z_STREAM_ERROR);
      const size_t got = out.size() - z.avail_out;
      file.write(std::span<const std::byte>(out).first(got));
      entry.compressed += got;
    } while (z.avail_out == 0);
  }

  void end_entry() {
    if (!open) return;
    TRECVIT_CHECK(remaining == 0);
    if (deflating) {
      deflate_piece({}, Z_FINISH);
      deflateEnd(&z);
      deflating = false;
    }
    const std::string header = local_header();
    file.write_at(entry.offset, std::as_bytes(std::span(header)));
    entries.push_back(entry);
    open = false;
  }

  AtomicFile file;
  uint16_t method;
  std::vector<Written> entries;
  std::set<std::string> names;
  Written entry;  // the one being written
  bool open = false;
  uint64_t remaining = 0;  // bytes of values still to come
  z_stream z{};
  bool deflating = false;
};

NpzWriter::NpzWriter(const std::string& path, Overwrite overwrite, Compression compression)
    : impl_(std::make_unique<Impl>(path, overwrite, compression)) {}
NpzWriter::~NpzWriter() = default;

void NpzWriter::add(const std::string& name, const TensorView& array) {
  begin(name, array.shape, array.dtype);
  append({static_cast<const std::byte*>(array.data), array.bytes()});
}

void NpzWriter::begin(const std::string& name, const Shape& shape, DType dtype) {
  Impl& w = *impl_;
  w.end_entry();
  if (name.empty() || !is_plain_name(name + ".npy")) {
    fail_input("npz", "expected array names of letters, digits, '_', '-', '.', '/', got '{}'", printable(name));
  }
  TRECVIT_CHECK(w.names.insert(name).second);
  w.entry = Written{name + ".npy", 0, 0, 0, w.file.size()};
  w.open = true;
  w.file.write(w.local_header());  // written again with sizes and CRC at the end
  if (w.method == kDeflated) {
    w.z = z_stream{};
    const int status = deflateInit2(&w.z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
    if (status != Z_OK) fail(ErrorKind::kResource, "zlib", "expected memory to deflate, got none");
    w.deflating = true;
  }
  const std::string header = make_npy_header(shape, dtype);
  w.write_content(std::as_bytes(std::span(header)));
  w.remaining = byte_count(shape, dtype).value();
}

void NpzWriter::append(std::span<const std::byte> bytes) {
  TRECVIT_CHECK(impl_->open && bytes.size() <= impl_->remaining);
  impl_->write_content(bytes);
  impl_->remaining -= bytes.size();
}

void NpzWriter::finish() {
  Impl& w = *impl_;
  w.end_entry();
  const uint64_t offset = w.file.size();
  std::string directory;
  for (const auto& entry : w.entries) directory += Impl::central_header(entry, w.method);
  const uint64_t size = directory.size(), count = w.entries.size();
  // Both end records, so that any number of entries and any size are stored in the same way.
  const uint64_t end64 = offset + size;
  put(directory, kEnd64Magic);
  put(directory, uint64_t{kEnd64Bytes - 12});
  put(directory, static_cast<uint16_t>(3 << 8 | kVersion64));
  put(directory, kVersion64);
  put(directory, uint32_t{0});
  put(directory, uint32_t{0});
  put(directory, count);
  put(directory, count);
  put(directory, size);
  put(directory, offset);
  put(directory, kLocator64Magic);
  put(directory, uint32_t{0});
  put(directory, end64);
  put(directory, uint32_t{1});
  put(directory, kEndMagic);
  put(directory, uint32_t{0});
  put(directory, kCountIn64);
  put(directory, kCountIn64);
  put(directory, kIn64);
  put(directory, kIn64);
  put(directory, uint16_t{0});
  w.file.write(directory);
  w.file.commit();
}

}  // namespace trecvit
