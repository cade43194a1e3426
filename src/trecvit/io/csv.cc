#include "trecvit/io/csv.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "trecvit/base/error.h"

namespace trecvit {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

}  // namespace

CsvReader::CsvReader(std::string_view text, const std::string& name, const CsvLimits& limits)
    : text_(text), name_(printable(name)), limits_(limits) {
  if (text_.starts_with(kByteOrderMark)) text_.remove_prefix(kByteOrderMark.size());
  auto header = read_record();
  if (!header) fail_input(name_, "expected a header with the names of the columns, got an empty file");
  header_ = std::move(header->fields);
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
  auto row = read_record();
  if (!row) return std::nullopt;
  const std::string where = fmt::format("{}:{}", name_, row->line);
  if (row->fields.size() != header_.size()) {
    fail_input(where, "expected {} fields as in the header ({}), got {}", header_.size(),
               printable(fmt::format("{}", fmt::join(header_, ","))), row->fields.size());
  }
  if (++rows_ > limits_.max_rows) fail_input(where, "expected at most {} rows, got more", limits_.max_rows);
  return row;
}

std::optional<CsvRow> CsvReader::read_record() {
  pass_blank_lines();
  if (at_ == text_.size()) return std::nullopt;
  record_begin_ = at_;
  CsvRow row{line_, {}};
  while (true) {
    row.fields.push_back(read_field());
    if (row.fields.size() > limits_.max_columns) {
      fail_here(fmt::format("at most {} columns", limits_.max_columns), "more");
    }
    if (at_ == text_.size()) return row;
    if (text_[at_] != ',') break;
    ++at_;
  }
  pass_line_end();
  return row;
}

// Up to the comma, the end of the line or of the text.
std::string CsvReader::read_field() {
  if (at_ < text_.size() && text_[at_] == '"') return read_quoted();
  const size_t begin = at_;
  for (; at_ < text_.size() && text_[at_] != ',' && !at_line_end(); ++at_) {
    if (text_[at_] == '"') fail_here("quotes around a whole field, doubled inside", "one in the middle");
    if (text_[at_] == '\0') fail_here("text", "a zero byte");
    if (at_ - record_begin_ >= limits_.max_record_bytes) {
      fail_here(fmt::format("rows of at most {} bytes", limits_.max_record_bytes), "a longer one");
    }
  }
  return std::string(text_.substr(begin, at_ - begin));
}

std::string CsvReader::read_quoted() {
  std::string field;
  for (++at_; at_ < text_.size(); ++at_) {
    if (at_ - record_begin_ >= limits_.max_record_bytes) {
      fail_here(fmt::format("rows of at most {} bytes", limits_.max_record_bytes), "a longer one; a quote left open?");
    }
    const char c = text_[at_];
    if (c == '\0') fail_here("text", "a zero byte");
    if (c == '"') {
      ++at_;
      if (at_ == text_.size() || text_[at_] == ',' || at_line_end()) return field;
      if (text_[at_] != '"') fail_here("a comma or the end of the line after a closing quote", "more text");
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

void CsvReader::pass_blank_lines() {
  while (at_ < text_.size() && at_line_end()) pass_line_end();
}

void CsvReader::fail_here(std::string_view expected, std::string_view got) const {
  fail_input(fmt::format("{}:{}:{}", name_, line_, at_ - line_begin_ + 1), "expected {}, got {}", expected, got);
}

}  // namespace trecvit
