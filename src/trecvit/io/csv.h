// Tables as comma-separated text with a header (RFC 4180), read row by row.
//
// A field in double quotes may contain commas, line feeds and doubled quotes. Lines end with LF or CRLF; blank lines
// and a byte order mark at the start are skipped. Blanks belong to their field, unless the options say otherwise.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trecvit {

struct CsvOptions {
  int64_t max_rows = 50'000'000;
  size_t max_record_bytes = size_t{1} << 20;  // of one row as stored in the file
  size_t max_columns = 4096;
  char separator = ',';
  // For tables written by hand: blanks around fields are not part of them, lines that begin with '#' are remarks, and
  // rows may end in separators that the header does not have, or consist of separators only.
  bool loose = false;
};

struct CsvRow {
  int64_t line = 0;  // its first line, counted from 1
  std::vector<std::string> fields;
};

class CsvReader {
 public:
  // Borrows the text and reads the header. Throws Error(kInput) naming `name`, line and column for a missing header, a
  // name that occurs twice in it, and anything that next() refuses.
  CsvReader(std::string_view text, const std::string& name, const CsvOptions& options = {});

  const std::vector<std::string>& header() const { return header_; }
  // Index of the column; nullopt if the header has no such name.
  std::optional<size_t> column(std::string_view name) const;

  // The next row, with as many fields as the header, or nullopt at the end. Throws Error(kInput) naming line and column
  // for a row of another length, a quote in the wrong place or left open, a zero byte, and a row over the limits.
  std::optional<CsvRow> next();
  int64_t header_line() const { return header_line_; }
  // Number of remarks skipped so far.
  int64_t remarks() const { return remarks_; }

 private:
  std::optional<CsvRow> read_record();
  std::string read_field();
  std::string read_quoted();
  void pass_blank_lines();
  void pass_blanks();
  bool pass_remark();
  void pass_line_end();
  bool at_line_end() const;
  bool is_blank(char c) const;
  [[noreturn]] void fail_here(std::string_view expected, std::string_view got) const;

  std::string_view text_;
  std::string name_;
  CsvOptions options_;
  size_t at_ = 0, record_begin_ = 0, line_begin_ = 0;
  int64_t line_ = 1, header_line_ = 1, rows_ = 0, remarks_ = 0;
  std::vector<std::string> header_;
};

// A field as written in a table with comma separators: quoted if necessary.
std::string csv_field(std::string_view text);

}  // namespace trecvit
