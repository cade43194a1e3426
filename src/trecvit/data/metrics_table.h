// The metrics of a test as a table for people.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "trecvit/data/metrics.h"

namespace trecvit {

// Metrics of the set, one line per class, and the confusion matrix, or, if there are many classes, the pairs most often
// confused. An undefined value, such as the precision of a class that was never predicted, is a dash. Names are safe
// for a terminal.
std::string metrics_table(const ClassificationMetrics& metrics);

// Places of the confusion matrix off its diagonal with a count: the largest count first, equal counts in the order of
// the matrix.
std::vector<size_t> confused_pairs(const ClassificationMetrics& metrics);

}  // namespace trecvit
