// Files that grow during a run: line logs, records. Written data is never changed, so a kill leaves at most one torn
// piece, at the end, which LineFile and EventFile remove when they open the file again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace trecvit {

// Bytes. One thread at a time, one writer per file.
class AppendFile {
 public:
  // Creates the file if it does not exist. Throws Error(kUsage) if the path is not a regular file (links are not
  // followed), Error(kResource) if it cannot be opened.
  explicit AppendFile(std::string path);
  ~AppendFile();
  AppendFile(AppendFile&& other) noexcept;
  AppendFile& operator=(AppendFile&&) = delete;

  // In one write(2) if the system accepts all bytes at once. If the disk refuses, truncates the file to its previous
  // size and throws Error(kResource).
  void write(std::span<const std::byte> bytes);
  // Syncs to disk. Throws Error(kResource).
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
  // As AppendFile; cuts off anything after the last newline.
  explicit LineFile(const std::string& path);
  // line: without its newline, and with none inside.
  void write(std::string_view line);
  void sync() { file_.sync(); }
  bool empty() const { return file_.size() == 0; }

 private:
  AppendFile file_;
};

// Atomically rewrites the file with the lines for which `keep` returns true; a torn last line is removed too. Returns
// the number of removed lines; if it is 0, or there is no file, nothing is touched. Nobody may have the file open for
// writing. Throws Error(kInput) for a file over 4 GB, Error(kResource).
int64_t keep_lines(const std::string& path, const std::function<bool(std::string_view line)>& keep);

// For keep_lines: the whole number under "step" in a JSON object, or in the first column of a CSV row; nullopt for
// other lines, such as a header.
std::optional<int64_t> step_of_json_line(std::string_view line);
std::optional<int64_t> step_of_csv_line(std::string_view line);

}  // namespace trecvit
