// What a model saw in a video, over time: probabilities as curves, events as bars, small pictures of the frames.
// Written as an HTML page or as an SVG picture, each one file that loads nothing from a network. A click on the page
// jumps to that time in the video, if the video file is where the page expects it.
#pragma once

#include <string>
#include <vector>

#include "trecvit/report/report.h"

namespace trecvit::report {

struct Timeline {
  // The probability of a class at the times of Timeline::seconds.
  struct Curve {
    std::string label;
    std::vector<double> probs;
  };
  struct Span {
    std::string label;
    double start = 0, end = 0, peak = 0, mean = 0;  // seconds, probabilities
  };
  struct Thumbnail {
    double seconds = 0;
    Picture picture;
  };

  std::string title, subtitle;
  std::string video;  // its address relative to the page, as in a URL; empty: there is none
  double length = 0;  // seconds
  std::vector<double> seconds;
  std::vector<Curve> curves;  // the first ones have colours of their own; after six, colours repeat
  std::vector<Span> events;   // in the order of their starts
  std::vector<Thumbnail> thumbnails;
  std::vector<std::string> notes;
};

// Text may be anything; it is escaped.
std::string render_timeline_page(const Timeline& timeline);
// Curves and events with a legend, for documents; colours on a white ground.
std::string render_timeline_svg(const Timeline& timeline);

// "1:02.3", or "1:02:03.4" from an hour on.
std::string clock_time(double seconds);
// A relative path as a URL: what is not a letter, a digit or one of -._~/ is written as %XX.
std::string url_of_path(const std::string& path);

}  // namespace trecvit::report
