// The table of a test on stdout.
#pragma once

#include "trecvit/data/metrics.h"

namespace trecvit::cli {

// Metrics of the set, one line per class, and the confusion matrix; of many classes the pairs most often confused
// instead. A value that is not defined, such as the precision of a class that was never predicted, is a dash.
void print_metrics(const ClassificationMetrics& metrics);

}  // namespace trecvit::cli
