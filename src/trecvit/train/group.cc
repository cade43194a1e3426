#include "trecvit/train/group.h"

#include <vector>

#include "trecvit/base/error.h"

namespace trecvit::train {

double Group::count_failures(bool mine) const {
  double failures = mine ? 1 : 0;
  sum_values({&failures, 1});
  return failures;
}

void Group::meet() const {
  if (size() == 1) return;
  over_ = over_ || count_failures(false) > 0;
  if (over_)
    fail(ErrorKind::kResource, "group",
         "expected all {} processes of the run to do their part, got a failure in another one, whose message says why",
         size());
}

void Group::leave() const noexcept {
  if (size() == 1 || over_) return;
  try {
    count_failures(true);
    over_ = true;
  } catch (...) {
    over_ = true;  // the others are out of reach and notice by themselves; the error of this process must not be lost
  }
}

void Group::sum(std::span<at::Tensor> tensors) const {
  meet();
  sum_tensors(tensors);
}

void Group::sum(std::span<double> values) const {
  meet();
  sum_values(values);
}

bool Group::any(bool mine) const {
  double votes = mine ? 1 : 0;
  sum({&votes, 1});
  return votes > 0;
}

std::string Group::from_leader(const std::string& text) const {
  double length = leads() ? static_cast<double>(text.size()) : 0;
  sum({&length, 1});
  std::vector<double> codes(static_cast<size_t>(length), 0);
  if (leads()) codes.assign(text.begin(), text.end());
  sum(codes);
  std::string out;
  for (const double code : codes) out += static_cast<char>(code);
  return out;
}

}  // namespace trecvit::train
