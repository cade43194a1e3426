#include "trecvit/io/inflate.h"

#include <zlib.h>

#include <algorithm>
#include <array>

#include "trecvit/base/error.h"
#include "trecvit/io/zip_format.h"

namespace trecvit::zip {
namespace {

constexpr size_t kPiece = 64 * 1024, kSmallPiece = 512;

}  // namespace

struct EntryReader::Stream {
  Stream() {
    // Negative window bits: raw deflate data without zlib's own header, as in zip.
    if (inflateInit2(&z, -MAX_WBITS) != Z_OK)
      fail(ErrorKind::kResource, "zlib", "expected memory to inflate, got none");
  }
  ~Stream() { inflateEnd(&z); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  z_stream z{};
  std::array<std::byte, kPiece> input;
  bool ended = false;
};

EntryReader::EntryReader(const ByteSource& source, const Entry& entry)
    : source_(source), entry_(entry), where_(source.name() + ": " + printable(entry.name)) {
  if (entry.method == kDeflated) stream_ = std::make_unique<Stream>();
}
EntryReader::~EntryReader() = default;

void EntryReader::damaged(const char* what) const {
  fail_input(where_, "expected {} bytes of content, got {}", entry_.size, what);
}

void EntryReader::read(std::span<std::byte> out) {
  while (!out.empty()) {
    // zlib counts in 32 bits; pieces also keep the CRC pass inside the cache.
    const auto piece = out.first(std::min<size_t>(out.size(), size_t{1} << 20));
    const size_t got = stream_ ? inflate_some(piece) : copy_some(piece);
    if (got == 0) damaged("fewer; truncated or damaged");
    crc_ = static_cast<uint32_t>(crc32(crc_, reinterpret_cast<const Bytef*>(out.data()), static_cast<uInt>(got)));
    out = out.subspan(got);
  }
}

size_t EntryReader::copy_some(std::span<std::byte> out) {
  const auto count = static_cast<size_t>(std::min<uint64_t>(out.size(), entry_.compressed - consumed_));
  source_.read(entry_.data_offset + consumed_, out.first(count));
  consumed_ += count;
  return count;
}

size_t EntryReader::inflate_some(std::span<std::byte> out) {
  z_stream& z = stream_->z;
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  while (z.avail_out > 0 && !stream_->ended) {
    if (z.avail_in == 0) {
      // Small reads for small requests: opening an archive looks only at the start of each entry.
      const size_t piece = std::clamp(out.size(), kSmallPiece, kPiece);
      const auto count = static_cast<size_t>(std::min<uint64_t>(piece, entry_.compressed - consumed_));
      source_.read(entry_.data_offset + consumed_, std::span(stream_->input).first(count));
      consumed_ += count;
      z.next_in = reinterpret_cast<Bytef*>(stream_->input.data());
      z.avail_in = static_cast<uInt>(count);
    }
    const int status = inflate(&z, Z_NO_FLUSH);
    if (status == Z_STREAM_END) stream_->ended = true;
    if (status == Z_MEM_ERROR) fail(ErrorKind::kResource, where_, "expected memory to inflate, got none");
    if (status == Z_BUF_ERROR) break;  // no input left, no progress
    if (status != Z_OK && status != Z_STREAM_END) damaged("data that cannot be decompressed");
  }
  return out.size() - z.avail_out;
}

void EntryReader::finish() {
  std::byte extra[1];
  if (stream_ && !stream_->ended && inflate_some(extra) != 0) damaged("more");
  if (stream_ && (!stream_->ended || consumed_ != entry_.compressed || stream_->z.avail_in != 0))
    damaged("a stream of another length");
  if (crc_ != entry_.crc) fail_input(where_, "expected CRC {:08x}, got {:08x}; the file is damaged", entry_.crc, crc_);
}

}  // namespace trecvit::zip
