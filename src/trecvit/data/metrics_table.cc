#include "trecvit/data/metrics_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string>
#include <utility>

#include "trecvit/base/text.h"

namespace trecvit {
namespace {

constexpr size_t kMostMatrix = 12;  // classes
constexpr size_t kMostPairs = 10;

template <class... Args>
void put(std::string& out, fmt::format_string<Args...> format, Args&&... args) {
  fmt::format_to(std::back_inserter(out), format, std::forward<Args>(args)...);
}

void put_row(std::string& out, const std::string& name, const std::string& value) {
  put(out, "{:<22} {}\n", name, value);
}

std::string number(double value, int digits) {
  return std::isfinite(value) ? fmt::format("{:.{}f}", value, digits) : "\xE2\x80\x93";
}

void put_classes(std::string& out, const ClassificationMetrics& m) {
  if (m.mean_average_precision) {
    put(out, "\n{:<24} {:>7} {:>18}\n", "class", "count", "average precision");
  } else {
    put(out, "\n{:<24} {:>7} {:>10} {:>8} {:>8}\n", "class", "count", "precision", "recall", "F1");
  }
  for (const auto& c : m.classes) {
    if (c.count == 0) continue;
    put(out, "{:<24} {:>7} ", terminal_text(c.name), c.count);
    if (c.average_precision) {
      put(out, "{:>18}\n", number(*c.average_precision, 3));
    } else {
      put(out, "{:>10} {:>8} {:>8}\n", number(c.precision, 3), number(c.recall, 3), number(c.f1, 3));
    }
  }
}

void put_matrix(std::string& out, const ClassificationMetrics& m) {
  const size_t classes = m.classes.size();
  int64_t most = 0;
  for (const int64_t count : m.confusion) most = std::max(most, count);
  const size_t wide = std::max(fmt::format("{}", most).size(), fmt::format("({})", classes).size()) + 1;
  put(out, "\n{:<24} ", "true, predicted as");
  for (size_t c = 0; c < classes; ++c) put(out, "{:>{}}", fmt::format("({})", c + 1), wide);
  put(out, "\n");
  for (size_t truth = 0; truth < classes; ++truth) {
    put(out, "{:<24} ", fmt::format("({}) {}", truth + 1, terminal_text(m.classes[truth].name)));
    for (size_t c = 0; c < classes; ++c) put(out, "{:>{}}", m.confusion[truth * classes + c], wide);
    put(out, "\n");
  }
}

void put_pairs(std::string& out, const ClassificationMetrics& m) {
  const size_t classes = m.classes.size();
  const std::vector<size_t> pairs = confused_pairs(m);
  if (pairs.empty()) return;
  put(out, "\n{:<24} {:<24} {:>7}\n", "true", "predicted", "count");
  for (size_t i = 0; i < std::min(pairs.size(), kMostPairs); ++i) {
    const size_t truth = pairs[i] / classes;
    put(out, "{:<24} {:<24} {:>7} of {}\n", terminal_text(m.classes[truth].name),
        terminal_text(m.classes[pairs[i] % classes].name), m.confusion[pairs[i]], m.classes[truth].count);
  }
}

}  // namespace

std::vector<size_t> confused_pairs(const ClassificationMetrics& m) {
  const size_t classes = m.classes.size();
  std::vector<size_t> pairs;
  for (size_t i = 0; i < m.confusion.size(); ++i) {
    if (i / classes != i % classes && m.confusion[i] > 0) pairs.push_back(i);
  }
  std::sort(pairs.begin(), pairs.end(), [&](size_t a, size_t b) {
    return m.confusion[a] != m.confusion[b] ? m.confusion[a] > m.confusion[b] : a < b;
  });
  return pairs;
}

std::string metrics_table(const ClassificationMetrics& m) {
  std::string out;
  put_row(out, m.accuracy_by_frame.empty() ? "clips" : "frames", std::to_string(m.count));
  if (m.mean_average_precision) {
    put_row(out, "mAP", number(*m.mean_average_precision, 4));
  } else {
    put_row(out, "accuracy", number(m.accuracy, 4));
    put_row(out, "top-5", number(m.top5_accuracy, 4));
    put_row(out, "balanced accuracy", number(m.balanced_accuracy, 4));
  }
  // Frames 1, 2, 4, 8, ... and the last.
  const int64_t frames = std::ssize(m.accuracy_by_frame);
  for (int64_t t = 1; t < 2 * frames; t *= 2) {
    const int64_t frame = std::min(t, frames);
    put_row(out, fmt::format("  at frame {}", frame), number(m.accuracy_by_frame[static_cast<size_t>(frame - 1)], 4));
  }
  put_classes(out, m);
  if (m.confusion.size() != m.classes.size() * m.classes.size()) return out;
  if (m.classes.size() <= kMostMatrix) {
    put_matrix(out, m);
  } else {
    put_pairs(out, m);
  }
  return out;
}

}  // namespace trecvit
