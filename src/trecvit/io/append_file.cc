#include "trecvit/io/append_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "trecvit/base/error.h"
#include "trecvit/base/parse_number.h"
#include "trecvit/io/atomic_file.h"
#include "trecvit/io/byte_source.h"
#include "trecvit/io/disk.h"
#include "trecvit/io/json.h"

namespace trecvit {
namespace {

constexpr uint64_t kMaxLogBytes = uint64_t{4} << 30;

// Where the last whole line ends.
uint64_t end_of_lines(const ByteSource& file) {
  std::array<std::byte, 64 * 1024> piece;
  for (uint64_t end = file.size(); end > 0;) {
    const uint64_t begin = end - std::min<uint64_t>(end, piece.size());
    const auto bytes = std::span(piece).first(end - begin);
    file.read(begin, bytes);
    const auto newline = std::find(bytes.rbegin(), bytes.rend(), std::byte{'\n'});
    if (newline != bytes.rend()) return begin + static_cast<uint64_t>(bytes.rend() - newline);
    end = begin;
  }
  return 0;
}

std::string without_torn_line(const std::string& path) {
  struct stat info{};
  if (lstat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode) || info.st_size == 0) return path;
  const auto file = open_file(path);
  const uint64_t end = end_of_lines(*file);
  if (end < file->size() && truncate(path.c_str(), static_cast<off_t>(end)) != 0) fail_system(path, "cut a torn line");
  return path;
}

}  // namespace

AppendFile::AppendFile(std::string path) : path_(std::move(path)) {
  descriptor_ = open_regular(path_, O_WRONLY | O_APPEND);
  struct stat info{};
  if (fstat(descriptor_, &info) == 0) size_ = static_cast<uint64_t>(info.st_size);
}

AppendFile::~AppendFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

AppendFile::AppendFile(AppendFile&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)), size_(other.size_) {}

void AppendFile::write(std::span<const std::byte> bytes) {
  const uint64_t before = size_;
  while (!bytes.empty()) {
    const ssize_t put = ::write(descriptor_, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) {
      const int reason = errno;
      // If this fails too, the torn piece is found when the file is opened again.
      if (ftruncate(descriptor_, static_cast<off_t>(before)) == 0) size_ = before;
      errno = reason;
      fail_system(path_, "append");
    }
    bytes = bytes.subspan(static_cast<size_t>(put));
    size_ += static_cast<uint64_t>(put);
  }
}

void AppendFile::sync() {
  if (fdatasync(descriptor_) != 0) fail_system(path_, "flush the file to disk");
}

LineFile::LineFile(const std::string& path) : file_(without_torn_line(path)) {}

void LineFile::write(std::string_view line) {
  TRECVIT_CHECK(line.find('\n') == std::string_view::npos);
  const std::string whole = std::string(line) + '\n';
  file_.write(std::as_bytes(std::span(whole)));
}

int64_t keep_lines(const std::string& path, const std::function<bool(std::string_view line)>& keep) {
  if (!std::filesystem::exists(path)) return 0;
  const std::string text = read_text(*open_file(path), kMaxLogBytes);
  std::string kept;
  int64_t gone = 0;
  for (std::string_view rest = text; !rest.empty();) {
    const size_t newline = rest.find('\n');
    const bool whole = newline != std::string_view::npos;
    if (whole && keep(rest.substr(0, newline))) {
      kept += rest.substr(0, newline + 1);
    } else {
      ++gone;
    }
    rest = whole ? rest.substr(newline + 1) : std::string_view();
  }
  if (gone == 0) return 0;
  AtomicFile file(path, Overwrite::kYes);
  file.write(kept);
  file.commit();
  return gone;
}

std::optional<int64_t> step_of_json_line(std::string_view line) {
  try {
    const Json value = parse_json(line, "log");
    if (!value.is_object() || !value.contains("step") || !value["step"].is_number_integer()) return std::nullopt;
    return value["step"].get<int64_t>();
  } catch (const Error&) {
    return std::nullopt;  // not one of our lines: it stays
  }
}

std::optional<int64_t> step_of_csv_line(std::string_view line) {
  return parse_number<int64_t>(line.substr(0, line.find(',')));
}

}  // namespace trecvit
