#include "trecvit/data/manifest_text.h"

#include <algorithm>

#include "trecvit/base/error.h"
#include "trecvit/io/csv.h"

namespace trecvit {
namespace {

bool is_blank(char c) { return kBlanks.find(c) != std::string_view::npos; }

}  // namespace

std::string_view plain_text(std::string_view text, const std::string& name) {
  if (const auto encoding = wide_encoding(text); !encoding.empty())
    fail_input(printable(name), "expected a list in UTF-8, got {0}; iconv -f {0} -t UTF-8 converts it", encoding);
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  return text;
}

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (line = trimmed(line); !line.empty(); line = trimmed(line)) {
    const size_t closing = line.front() == '"' ? line.find('"', 1) : std::string_view::npos;
    if (closing != std::string_view::npos && (closing + 1 == line.size() || is_blank(line[closing + 1]))) {
      words.push_back(line.substr(1, closing - 1));
      line.remove_prefix(closing + 1);
      continue;
    }
    words.push_back(line.substr(0, line.find_first_of(kBlanks)));
    line.remove_prefix(words.back().size());
  }
  return words;
}

LineReader::LineReader(std::string_view text, const std::string& name) : text_(text), name_(printable(name)) {}

std::optional<TextLine> LineReader::next() {
  constexpr CsvOptions kLimits;
  while (at_ < text_.size()) {
    const size_t end = std::min(text_.find('\n', at_), text_.size());
    std::string_view line = text_.substr(at_, end - at_);
    at_ = end + 1;
    ++number_;
    if (line.ends_with('\r')) line.remove_suffix(1);
    const auto where = [this] { return fmt::format("{}:{}", name_, number_); };
    if (line.size() > kLimits.max_record_bytes)
      fail_input(where(), "expected lines of at most {} bytes, got {}", kLimits.max_record_bytes, line.size());
    if (line.find('\0') != std::string_view::npos) fail_input(where(), "expected text, got a zero byte");
    // Several carriage returns in one line, or one in a file of one line, are line endings; a single one within a line
    // is left over from an ending.
    if (const auto returns = std::count(line.begin(), line.end(), '\r'); returns > 0)
      fail_input(where(), "expected lines that end with a line feed, got a carriage return {}",
                 returns > 1 || line.size() + 1 >= text_.size() ? "alone; tr '\\r' '\\n' converts it"
                                                                : "within the line; tr -d '\\r' removes it");
    line = trimmed(line);
    if (line.starts_with('#')) ++remarks_;
    if (!line.empty() && !line.starts_with('#')) return TextLine{line, number_};
  }
  return std::nullopt;
}

std::string describe_remarks(int64_t remarks) {
  if (remarks == 0) return {};
  return fmt::format("; {} {} with # skipped", remarks, remarks == 1 ? "line" : "lines");
}

}  // namespace trecvit
