// The report of a run: one self-contained HTML page, without network access or scripts, readable on phone and desktop,
// in light and dark mode.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "trecvit/data/metrics.h"
#include "trecvit/report/chart.h"

namespace trecvit::report {

// A PNG file and its size.
struct Picture {
  std::vector<std::byte> png;
  int height = 0, width = 0;
};

struct Report {
  struct Fact {
    std::string name, value;
  };
  // A misclassified clip.
  struct Mistake {
    std::string name;  // of the file or sample
    std::string truth, predicted;
    double probability = 0;  // of the predicted class
    Picture strip;           // its frames side by side; not shown if the PNG is empty
  };

  std::string title, subtitle;
  std::vector<Fact> highlights;  // few; shown large, after the metrics' own highlights
  std::vector<Chart> charts;
  ClassificationMetrics metrics;  // of the last evaluation; not shown if it has no samples
  std::vector<Mistake> mistakes;  // the worst first
  struct Named {
    std::string name;
    Picture picture;
  };
  std::vector<Named> pictures;
  std::vector<Fact> facts;  // of the run: best model, date, duration, versions
  std::vector<Fact> settings;
  std::vector<std::string> notes;
};

// Text may be anything; it is escaped. Equal reports give equal bytes. With more than 40 classes, the most often
// confused pairs replace the matrix.
std::string render_report(const Report& report);

}  // namespace trecvit::report
