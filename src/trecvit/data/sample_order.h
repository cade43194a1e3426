// The order of samples: a pure function of seed and position, so that a run can start at any position and does not
// depend on which thread makes the samples.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "trecvit/data/clip_dataset.h"

namespace trecvit {

enum class Order {
  kShuffled,  // every sample once per epoch, in a new order each time
  kBalanced,  // every class once per round, its samples in turn, in a new order each time
  kInTurn,    // for testing: 0, 1, 2, ... with all views of a sample in succession
};

struct Choice {
  int64_t index = 0;  // of the sample
  Draw draw;
};

// Random access, cheapest in ascending order: the permutation of the newest epoch is kept. One thread at a time.
class SampleOrder {
 public:
  SampleOrder(const ClipDataset& dataset, Order order, uint64_t seed);
  // position >= 0; for kInTurn below length().
  Choice at(int64_t position);
  // Number of positions in one pass through the set: its size, times the views for kInTurn.
  int64_t length() const;

 private:
  struct Permutation {
    int64_t epoch = -1;
    std::vector<int64_t> items;
  };
  const std::vector<int64_t>& shuffled(Permutation& kept, int64_t stream, int64_t epoch,
                                       const std::vector<int64_t>& items);

  Order order_;
  uint64_t seed_;
  int64_t size_, views_;
  std::vector<int64_t> samples_, classes_;     // 0, 1, 2, ...
  std::vector<std::vector<int64_t>> members_;  // of the classes that occur
  Permutation epoch_, round_;                  // of samples_, of classes_
  std::vector<Permutation> of_class_;          // of members_
};

}  // namespace trecvit
