// Files that grow while a run goes: logs of lines, records. What is written stays as it is, so a kill leaves at most
// one piece torn, at the end, which opening again takes out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace trecvit {

// Bytes. One thread at a time, one writer a file.
class AppendFile {
 public:
  // Creates the file where there is none. Throws Error(kUsage) where the path is no regular file (a link is not
  // followed), Error(kResource) where it cannot be opened.
  explicit AppendFile(std::string path);
  ~AppendFile();
  AppendFile(AppendFile&& other) noexcept;
  AppendFile& operator=(AppendFile&&) = delete;

  // In one write(2) where the system takes it whole. Where the disk refuses, the file is cut back to what it was and
  // Error(kResource) thrown.
  void write(std::span<const std::byte> bytes);
  // To the disk. Throws Error(kResource).
  void sync();
  uint64_t size() const { return size_; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  int descriptor_ = -1;
  uint64_t size_ = 0;
};

// Lines of text.
class LineFile {
 public:
  // As AppendFile; cuts off what follows the last newline.
  explicit LineFile(const std::string& path);
  // line: without its newline, and without any inside.
  void write(std::string_view line);
  void sync() { file_.sync(); }
  bool empty() const { return file_.size() == 0; }

 private:
  AppendFile file_;
};

// Rewrites the file with the lines that `keep` wants, whole or not at all; a torn last line goes too. Returns how many
// lines went; where there are none, or no file, nothing is touched. Nobody may have the file open to write. Throws
// Error(kInput) for a file over 4 GB, Error(kResource).
int64_t keep_lines(const std::string& path, const std::function<bool(std::string_view line)>& keep);

// For keep_lines: the whole number under "step" of a JSON object, or in the first column of a CSV; nothing in other
// lines, such as a header.
std::optional<int64_t> step_of_json_line(std::string_view line);
std::optional<int64_t> step_of_csv_line(std::string_view line);

}  // namespace trecvit
