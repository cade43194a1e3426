// Events as text: the rows and cues of files that other programs read.
#pragma once

#include <cstdint>
#include <string>

#include "trecvit/pipeline/events.h"

namespace trecvit {

// "source,label,start_frame,end_frame,start_s,end_s,peak,mean"
std::string event_table_header();
std::string event_row(const Event& event, const std::string& source, const std::string& label);

// One cue, with the number `number` from 1: SubRip (.srt) and WebVTT (.vtt), UTF-8. The label is one line.
std::string srt_cue(const Event& event, const std::string& label, int64_t number);
std::string vtt_cue(const Event& event, const std::string& label);

// An edit of an edit decision list (CMX 3600), `number` from 1 to 999; higher numbers repeat. fps: whole frames per
// second, without dropped timecodes. record_frames: where the edit lies on the new tape, on which the edits follow each
// other; the frames of this one are added to it.
std::string edl_edit(const Event& event, const std::string& source, const std::string& label, int64_t number, int fps,
                     int64_t& record_frames);

}  // namespace trecvit
