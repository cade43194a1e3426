#include "trecvit/io/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "trecvit/base/error.h"
#include "trecvit/base/url.h"
#include "trecvit/io/json.h"

namespace trecvit {
namespace {

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double interval_of(ProgressMode mode) {
  switch (mode) {
    case ProgressMode::kLine:
      return 0.1;
    case ProgressMode::kJson:
      return 1;
    default:
      return 10;
  }
}

}  // namespace

std::string readable_seconds(double seconds) {
  const auto whole = static_cast<int64_t>(std::clamp(seconds, 0.0, 1e15) + 0.5);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

Progress::Progress(ProgressMode mode, Work work, std::FILE* out, Clock clock)
    : mode_(mode), work_(std::move(work)), out_(out), clock_(clock ? std::move(clock) : Clock(steady_seconds)) {
  if (mode_ == ProgressMode::kAuto) mode_ = isatty(fileno(out_)) ? ProgressMode::kLine : ProgressMode::kPlain;
  done_ = work_.before;
  start_ = shown_ = clock_();
}

Progress::Progress(Progress&& other) noexcept
    : mode_(other.mode_),
      work_(std::move(other.work_)),
      out_(other.out_),
      clock_(std::move(other.clock_)),
      start_(other.start_),
      shown_(other.shown_),
      done_(other.done_),
      width_(std::exchange(other.width_, 0)) {}

Progress::~Progress() { erase(); }

void Progress::advance(int64_t units, std::span<const ProgressValue> values) {
  done_ += units;
  if (mode_ == ProgressMode::kNone) return;
  const double now = clock_();
  if (now - shown_ < interval_of(mode_)) return;
  shown_ = now;
  const std::string line = mode_ == ProgressMode::kJson ? json(now, values) : text(now, values);
  erase();
  // A stderr that cannot be written must not stop the work, so the results of these calls are ignored.
  std::fputs(line.c_str(), out_);
  if (mode_ == ProgressMode::kLine) {
    width_ = line.size();
  } else {
    std::fputc('\n', out_);
  }
  std::fflush(out_);
}

std::string Progress::text(double now, std::span<const ProgressValue> values) const {
  const double rate = static_cast<double>(done_ - work_.before) / std::max(now - start_, 1e-9);
  std::string line = fmt::format("{}: {}", printable(work_.what), done_);
  if (work_.total) line += fmt::format("/{}", *work_.total);
  line += " " + work_.unit;
  if (work_.total && *work_.total > 0)
    line += fmt::format(" ({:.0f} %)", 100.0 * static_cast<double>(done_) / static_cast<double>(*work_.total));
  line += fmt::format(", {:.3g} {}/s", rate, work_.unit);
  for (const auto& [name, value] : values) line += fmt::format(", {} {:.4g}", name, value);
  if (work_.total && rate > 0 && *work_.total >= done_)
    line += fmt::format(", {} left", readable_seconds(static_cast<double>(*work_.total - done_) / rate));
  return line;
}

std::string Progress::json(double now, std::span<const ProgressValue> values) const {
  const double rate = static_cast<double>(done_ - work_.before) / std::max(now - start_, 1e-9);
  Json object{{"schema", "trecvit.progress/1"},
              {"what", without_secrets(work_.what)},
              {"unit", work_.unit},
              {"done", done_},
              {"rate", rate}};
  if (work_.total) {
    object["total"] = *work_.total;
    if (rate > 0) object["left_s"] = static_cast<double>(*work_.total - done_) / rate;
  }
  for (const auto& [name, value] : values) object[std::string(name)] = value;
  return json_line(object);
}

void Progress::erase() noexcept {
  if (width_ == 0) return;
  std::fputs("\r\x1b[K", out_);
  std::fflush(out_);
  width_ = 0;
}

}  // namespace trecvit
