// How far a long piece of work is, on stderr: a line that is redrawn on a terminal, plain lines elsewhere, or JSON.
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
  kJson,  // an object a line every second: {"schema":"trecvit.progress/1","what":...,"done":...,"total":...,...}
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
  std::optional<int64_t> total;  // in units; empty when nobody knows
  int64_t before = 0;            // done by others: counted, but not for the rate
};

// "42 s", "3 min 05 s", "2 h 07 min"
std::string readable_seconds(double seconds);

// Numbers shown after the count, such as a loss.
using ProgressValue = std::pair<std::string_view, double>;

// One thread at a time. Shows a first line after the mode's interval, so that short work says nothing; a redrawn line
// is erased at the end.
class Progress : public ProgressSink {
 public:
  using Clock = std::function<double()>;  // seconds since anything, never backwards
  Progress(ProgressMode mode, Work work, std::FILE* out = stderr, Clock clock = {});
  ~Progress() override;
  Progress(Progress&&) noexcept;
  Progress& operator=(Progress&&) = delete;

  void advance(int64_t units = 1) override { advance(units, {}); }
  // The same with numbers to show behind the count.
  void advance(int64_t units, std::span<const ProgressValue> values);
  // Takes the line off the screen until the next advance(), for others to write there.
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
