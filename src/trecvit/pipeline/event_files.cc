#include "trecvit/pipeline/event_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "trecvit/base/text.h"
#include "trecvit/io/csv.h"
#include "trecvit/pipeline/result_json.h"

namespace trecvit {
namespace {

// 01:02:03,456 with the given mark before the milliseconds.
std::string clock_time(double seconds, char mark) {
  const int64_t ms = std::llround(seconds * 1e3);
  return fmt::format("{:02}:{:02}:{:02}{}{:03}", ms / 3'600'000, ms / 60'000 % 60, ms / 1000 % 60, mark, ms % 1000);
}

// 01:02:03:12
std::string timecode(int64_t frame, int fps) {
  const int64_t seconds = frame / fps;
  return fmt::format("{:02}:{:02}:{:02}:{:02}", seconds / 3600 % 24, seconds / 60 % 60, seconds % 60, frame % fps);
}

// A label as the text of a cue: players read < and & as markup.
std::string cue_text(const std::string& label) {
  std::string text;
  for (const char c : terminal_text(label)) {
    if (c == '<') text += "&lt;";
    if (c == '>') text += "&gt;";
    if (c == '&') text += "&amp;";
    if (c != '<' && c != '>' && c != '&') text += c;
  }
  return text;
}

}  // namespace

std::string event_table_header() { return "source,label,start_frame,end_frame,start_s,end_s,peak,mean\n"; }

std::string event_row(const Event& event, const std::string& source, const std::string& label) {
  return fmt::format("{},{},{},{},{},{},{},{}\n", csv_field(source), csv_field(label), event.first_frame,
                     event.last_frame, readable_time(event.start_seconds), readable_time(event.end_seconds),
                     readable(event.peak), readable(event.mean));
}

std::string srt_cue(const Event& event, const std::string& label, int64_t number) {
  return fmt::format("{}\n{} --> {}\n{}\n\n", number, clock_time(event.start_seconds, ','),
                     clock_time(event.end_seconds, ','), terminal_text(label));
}

std::string vtt_cue(const Event& event, const std::string& label) {
  return fmt::format("{} --> {}\n{}\n\n", clock_time(event.start_seconds, '.'), clock_time(event.end_seconds, '.'),
                     cue_text(label));
}

std::string edl_edit(const Event& event, const std::string& source, const std::string& label, int64_t number, int fps,
                     int64_t& record_frames) {
  const int64_t first = event.first_frame, past = event.last_frame + 1;  // editors count frames
  const int64_t record = record_frames;
  record_frames += past - first;
  return fmt::format("{:03}  AX       V     C        {} {} {} {}\n* FROM CLIP NAME: {}\n* COMMENT: {}\n\n",
                     (number - 1) % 999 + 1, timecode(first, fps), timecode(past, fps), timecode(record, fps),
                     timecode(record_frames, fps), terminal_text(source), terminal_text(label));
}

}  // namespace trecvit
