#include "trecvit/io/csv.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "trecvit/base/error.h"

namespace trecvit {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

}  // namespace

CsvReader::CsvReader(std::string_view text, const std::string& name, const CsvOptions& options)
    : text_(text), name_(printable(name)), options_(options) {
  if (text_.starts_with(kByteOrderMark)) text_.remove_prefix(kByteOrderMark.size());
  auto header = read_record();
  if (!header) fail_input(name_, "expected a header with the names of the columns, got an empty file");
  header_ = std::move(header->fields);
  header_line_ = header->line;
  while (options_.loose && header_.size() > 1 && header_.back().empty()) header_.pop_back();
  for (size_t i = 0; i < header_.size(); ++i) {
    if (std::find(header_.begin(), header_.begin() + static_cast<ptrdiff_t>(i), header_[i]) !=
        header_.begin() + static_cast<ptrdiff_t>(i)) {
      fail_input(fmt::format("{}:{}", name_, header->line), "expected each column once in the header, got '{}' twice",
                 printable(header_[i]));
    }
  }
}

std::optional<size_t> CsvReader::column(std::string_view name) const {
  const auto found = std::find(header_.begin(), header_.end(), name);
  return found == header_.end() ? std::nullopt : std::optional(static_cast<size_t>(found - header_.begin()));
}

std::optional<CsvRow> CsvReader::next() {
  const auto is_empty = [](const std::string& field) { return field.empty(); };
  auto row = read_record();
  while (options_.loose && row && std::all_of(row->fields.begin(), row->fields.end(), is_empty)) row = read_record();
  if (!row) return std::nullopt;
  const std::string where = fmt::format("{}:{}", name_, row->line);
  while (options_.loose && row->fields.size() > header_.size() && row->fields.back().empty()) row->fields.pop_back();
  if (row->fields.size() != header_.size()) {
    fail_input(where, "expected {} fields as in the header ({}), got {}", header_.size(),
               printable(fmt::format("{}", fmt::join(header_, std::string(1, options_.separator)))),
               row->fields.size());
  }
  if (++rows_ > options_.max_rows) fail_input(where, "expected at most {} rows, got more", options_.max_rows);
  return row;
}

std::optional<CsvRow> CsvReader::read_record() {
  pass_blank_lines();
  if (at_ == text_.size()) return std::nullopt;
  record_begin_ = at_;
  CsvRow row{line_, {}};
  while (true) {
    row.fields.push_back(read_field());
    if (row.fields.size() > options_.max_columns) {
      fail_here(fmt::format("at most {} columns", options_.max_columns), "more");
    }
    if (at_ == text_.size()) return row;
    if (text_[at_] != options_.separator) break;
    ++at_;
  }
  pass_line_end();
  return row;
}

// Reads up to the separator or the end of the line or text.
std::string CsvReader::read_field() {
  pass_blanks();
  if (at_ < text_.size() && text_[at_] == '"') return read_quoted();
  const size_t begin = at_;
  for (; at_ < text_.size() && text_[at_] != options_.separator && !at_line_end(); ++at_) {
    if (text_[at_] == '"') fail_here("quotes only around whole fields, doubled inside", "one in the middle");
    if (text_[at_] == '\0') fail_here("text", "a zero byte");
    if (text_[at_] == '\r') fail_here("lines that end with a line feed", "a carriage return alone");
    if (at_ - record_begin_ >= options_.max_record_bytes) {
      fail_here(fmt::format("rows of at most {} bytes", options_.max_record_bytes), "a longer one");
    }
  }
  size_t end = at_;
  while (end > begin && is_blank(text_[end - 1])) --end;
  return std::string(text_.substr(begin, end - begin));
}

std::string CsvReader::read_quoted() {
  std::string field;
  for (++at_; at_ < text_.size(); ++at_) {
    if (at_ - record_begin_ >= options_.max_record_bytes) {
      fail_here(fmt::format("rows of at most {} bytes", options_.max_record_bytes),
                "a longer one; is a closing quote missing?");
    }
    const char c = text_[at_];
    if (c == '\0') fail_here("text", "a zero byte");
    if (c == '"') {
      ++at_;
      const bool doubled = at_ < text_.size() && text_[at_] == '"';
      if (!doubled) pass_blanks();
      if (at_ == text_.size() || text_[at_] == options_.separator || at_line_end()) return field;
      if (!doubled) fail_here("a separator or the end of the line after a closing quote", "more text");
    }
    field += c;
    if (c == '\n') {
      ++line_;
      line_begin_ = at_ + 1;
    }
  }
  fail_here("a closing quote", "the end of the file");
}

bool CsvReader::at_line_end() const {
  return text_[at_] == '\n' || (text_[at_] == '\r' && (at_ + 1 == text_.size() || text_[at_ + 1] == '\n'));
}

void CsvReader::pass_line_end() {
  if (text_[at_] == '\r') ++at_;
  if (at_ < text_.size()) ++at_;
  ++line_;
  line_begin_ = at_;
}

// Skips blank lines, and remarks if the options allow them.
void CsvReader::pass_blank_lines() {
  while (at_ < text_.size()) {
    const size_t begin = at_;
    pass_blanks();
    if (at_ < text_.size() && at_line_end()) {
      pass_line_end();
    } else if (!pass_remark()) {
      if (at_ < text_.size()) at_ = begin;
      return;
    }
  }
}

bool CsvReader::pass_remark() {
  if (!options_.loose || at_ == text_.size() || text_[at_] != '#') return false;
  at_ = std::min(text_.find('\n', at_), text_.size());
  if (at_ < text_.size()) pass_line_end();
  ++remarks_;
  return true;
}

void CsvReader::pass_blanks() {
  while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
}

// Whether the character is trimmed from the ends of a field.
bool CsvReader::is_blank(char c) const { return options_.loose && c != options_.separator && (c == ' ' || c == '\t'); }

void CsvReader::fail_here(std::string_view expected, std::string_view got) const {
  fail_input(fmt::format("{}:{}:{}", name_, line_, at_ - line_begin_ + 1), "expected {}, got {}", expected, got);
}

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += c;
    quoted += c;
  }
  return quoted + "\"";
}

}  // namespace trecvit
