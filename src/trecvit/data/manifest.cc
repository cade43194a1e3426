#include "trecvit/data/manifest.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <utility>

#include "trecvit/base/error.h"
#include "trecvit/base/parse_number.h"
#include "trecvit/base/text.h"
#include "trecvit/data/manifest_json.h"
#include "trecvit/data/manifest_lines.h"
#include "trecvit/data/manifest_table.h"
#include "trecvit/data/manifest_text.h"
#include "trecvit/io/file_kind.h"

namespace trecvit {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMaxListBytes = uint64_t{4} << 30;
constexpr uint64_t kMaxNamesBytes = uint64_t{1} << 20;
constexpr std::string_view kNoLabel = "0";  // the class of all clips in a list without labels

Manifest parse(std::string_view text, const std::string& name, ManifestFormat format, const std::string& root) {
  if (is_json(text)) {
    if (format == ManifestFormat::kAuto) return parse_json_list(text, name);
    fail_input(printable(name), "expected {}, got JSON; format 'auto' reads the known JSON lists",
               format == ManifestFormat::kCsv ? "CSV" : "lines");
  }
  const auto line = LineReader(text, name).next();
  const auto separator = line ? separator_of_header(line->text) : std::nullopt;
  const bool is_table = separator.value_or(' ') != ' ';
  // Words separated by blanks name columns only as "path label", the form that lines have.
  if (format == ManifestFormat::kAuto && separator == ' ' && !is_path_label_header(line->text))
    fail_input(
        fmt::format("{}:{}", printable(name), line->number),
        "expected the header 'path label' for columns separated by blanks, got '{}'; separate them by commas or tabs",
        printable(line->text));
  if (format == ManifestFormat::kCsv) return parse_table(text, name, is_table ? *separator : ',');
  return format == ManifestFormat::kAuto && is_table ? parse_table(text, name, *separator)
                                                     : parse_lines(text, name, root);
}

// Invalid bytes are not replaced, because two labels could then look the same when shown.
void check_labels(const Manifest& manifest) {
  for (const auto& row : manifest.rows) {
    const size_t at = find_invalid_utf8(row.label);
    if (at == std::string::npos) continue;
    fail_input(fmt::format("{}:{}", printable(manifest.name), row.line),
               "expected a label in UTF-8, got byte 0x{:02x} after '{}'; save the list as UTF-8",
               static_cast<unsigned char>(row.label[at]), printable(row.label.substr(0, at)));
  }
}

// Reads class names for numeric labels, as in UCF101's classInd.txt: lines "1 Archery".
void name_classes(Manifest& manifest, const fs::path& names) {
  std::error_code ignored;
  if (!manifest.labelled || !fs::is_regular_file(names, ignored)) return;
  const std::string text = read_text_file(names.string(), kMaxNamesBytes);
  LineReader lines(plain_text(text, names.string()), names.string());
  std::map<int64_t, std::string> known;
  while (const auto line = lines.next()) {
    const auto words = words_of(line->text);
    const auto number = parse_number<int64_t>(words[0]);
    if (words.size() != 2 || !number) return;  // another kind of file with that name
    known.emplace(*number, words[1]);
  }
  const auto is_known = [&known](const ManifestRow& row) {
    const auto number = parse_number<int64_t>(row.label);
    return number && known.contains(*number);
  };
  if (!std::all_of(manifest.rows.begin(), manifest.rows.end(), is_known)) return;
  for (auto& row : manifest.rows) row.label = known.at(*parse_number<int64_t>(row.label));
  manifest.understood += fmt::format("; classes named by {}", printable(names.filename().string()));
}

// In the lists of HMDB51 the numbers are not classes: 1 is for training, 2 for testing, 0 for neither.
void refuse_hmdb_split(const Manifest& manifest, const std::string& path) {
  const auto is_part = [](const ManifestRow& row) { return row.label == "0" || row.label == "1" || row.label == "2"; };
  if (path.find("_test_split") == std::string::npos ||
      !std::all_of(manifest.rows.begin(), manifest.rows.end(), is_part))
    return;
  fail_input(printable(path),
             "expected clips with their classes, got a list of HMDB51, whose numbers are 1 for training, 2 for testing "
             "and 0 for neither; write a table with the header path,label,split");
}

}  // namespace

Manifest parse_manifest(std::string_view text, const std::string& name, ManifestFormat format,
                        const std::string& root) {
  TRECVIT_CHECK(format != ManifestFormat::kFolders);
  Manifest manifest = parse(plain_text(text, name), name, format, root);
  manifest.name = name;
  if (manifest.rows.empty()) fail_input(printable(name), "expected at least one row, got none");
  check_labels(manifest);
  const auto has_label = [](const ManifestRow& row) { return !row.label.empty(); };
  manifest.labelled = std::any_of(manifest.rows.begin(), manifest.rows.end(), has_label);
  if (manifest.labelled) return manifest;
  for (auto& row : manifest.rows) row.label = kNoLabel;
  manifest.understood += manifest.named_by == NamedBy::kPath && manifest.understood.starts_with("list")
                             ? ", without labels"
                             : "; without labels";
  return manifest;
}

Manifest read_manifest(const std::string& path, ManifestFormat format, const std::string& root) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) {
    if (format == ManifestFormat::kAuto || format == ManifestFormat::kFolders) return list_folders(path);
    fail_input(printable(path), "expected a file with a list of clips, got a folder");
  }
  if (format == ManifestFormat::kFolders) fail_input(printable(path), "expected a folder of class folders, got a file");
  const fs::path folder = fs::path(path).parent_path();
  const std::string start = !root.empty() ? root : folder.empty() ? "." : folder.string();
  const std::string text = read_text_file(path, kMaxListBytes);
  Manifest manifest = parse_manifest(text, path, format, start);
  manifest.root = start;
  refuse_hmdb_split(manifest, path);
  find_clips(manifest, start);
  check_paths(manifest, start);
  name_classes(manifest, folder / "classInd.txt");
  return manifest;
}

}  // namespace trecvit
