// The report of a run: one HTML page that needs nothing else, no network and no scripts, readable on phone and desktop,
// in light and dark.
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
  // A clip that was taken for another class.
  struct Mistake {
    std::string name;  // of the file or sample
    std::string truth, predicted;
    double probability = 0;  // of the predicted class
    Picture strip;           // its frames side by side; without a file: not shown
  };

  std::string title, subtitle;
  std::vector<Fact> highlights;  // few, shown large after those of the metrics
  std::vector<Chart> charts;
  ClassificationMetrics metrics;  // of the last evaluation; without samples: nothing is shown of it
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

// Text may be anything, it is escaped. Equal reports give equal bytes. With more than 40 classes, the pairs that are
// most often taken for each other stand for the matrix.
std::string render_report(const Report& report);

}  // namespace trecvit::report
