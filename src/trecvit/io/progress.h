// Progress of long work, on stderr: a line that is redrawn on a terminal, plain lines elsewhere, or JSON.
#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "trecvit/base/progress_sink.h"
#include "trecvit/base/words.h"

namespace trecvit {

enum class ProgressMode {
  kAuto,   // kLine on a terminal, else kPlain
  kLine,   // one line, redrawn up to ten times a second
  kPlain,  // a line every ten seconds
  kNone,
  kJson,  // one object per line, every second: {"schema":"trecvit.progress/1","what":...,"done":...,"total":...,...}
};
constexpr auto enum_words(ProgressMode) {  // kLine is what kAuto may become
  return make_words<ProgressMode>({{"auto", ProgressMode::kAuto},
                                   {"plain", ProgressMode::kPlain},
                                   {"none", ProgressMode::kNone},
                                   {"json", ProgressMode::kJson}});
}

struct Work {
  std::string what;              // "classify street.mp4"
  std::string unit;              // "frames"
  std::optional<int64_t> total;  // in units; empty if unknown
  int64_t before = 0;            // done by others: included in the count, but not in the rate
};

// "42 s", "3 min 05 s", "2 h 07 min"
std::string readable_seconds(double seconds);

// Numbers shown after the count, such as a loss.
using ProgressValue = std::pair<std::string_view, double>;

// One thread at a time. Shows a first line after the mode's interval, so that short work shows nothing; a redrawn line
// is erased at the end.
class Progress : public ProgressSink {
 public:
  using Clock = std::function<double()>;  // seconds since any origin, never decreasing
  Progress(ProgressMode mode, Work work, std::FILE* out = stderr, Clock clock = {});
  ~Progress() override;
  Progress(Progress&&) noexcept;
  Progress& operator=(Progress&&) = delete;

  void advance(int64_t units = 1) override { advance(units, {}); }
  // The same with numbers to show after the count.
  void advance(int64_t units, std::span<const ProgressValue> values);
  // Erases the line from the screen until the next advance(), so that others can write there.
  void hide() noexcept { erase(); }

 private:
  std::string text(double now, std::span<const ProgressValue> values) const;
  std::string json(double now, std::span<const ProgressValue> values) const;
  void erase() noexcept;

  ProgressMode mode_;
  Work work_;
  std::FILE* out_;
  Clock clock_;
  double start_, shown_;
  int64_t done_ = 0;
  size_t width_ = 0;  // of the line on the screen
};

}  // namespace trecvit
