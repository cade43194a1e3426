#include "trecvit/data/sample_order.h"

#include <fmt/format.h>

#include <numeric>
#include <utility>

#include "trecvit/base/error.h"
#include "trecvit/base/random.h"

namespace trecvit {
namespace {

// The numbers of the random streams are those of the classes, and these. They decide the order of every run.
constexpr int64_t kSamples = -1, kClasses = -2;

std::vector<int64_t> first_numbers(int64_t count) {
  std::vector<int64_t> numbers(static_cast<size_t>(count));
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

void shuffle(std::vector<int64_t>& items, const RandomStream& random) {
  for (size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[random.bits(i) % i]);
}

}  // namespace

SampleOrder::SampleOrder(const ClipDataset& dataset, Order order, uint64_t seed)
    : order_(order), seed_(seed), size_(dataset.size()), views_(dataset.views()) {
  TRECVIT_CHECK(size_ > 0);
  if (order == Order::kShuffled) samples_ = first_numbers(size_);
  if (order != Order::kBalanced) return;
  std::map<int64_t, std::vector<int64_t>> by_class;
  for (int64_t i = 0; i < size_; ++i) by_class[dataset.info(i).label].push_back(i);
  for (auto& [label, members] : by_class) members_.push_back(std::move(members));
  classes_ = first_numbers(static_cast<int64_t>(members_.size()));
  of_class_.resize(members_.size());
}

int64_t SampleOrder::length() const { return order_ == Order::kInTurn ? size_ * views_ : size_; }

const std::vector<int64_t>& SampleOrder::shuffled(Permutation& kept, int64_t stream, int64_t epoch,
                                                  const std::vector<int64_t>& items) {
  if (kept.epoch == epoch) return kept.items;
  kept = {epoch, items};
  shuffle(kept.items, RandomStream(seed_, fmt::format("order/{}/{}", stream, epoch)));
  return kept.items;
}

Choice SampleOrder::at(int64_t position) {
  TRECVIT_CHECK(position >= 0);
  if (order_ == Order::kInTurn) return {position / views_, {seed_, 0, position % views_}};
  if (order_ == Order::kShuffled) {
    const int64_t epoch = position / size_;
    return {shuffled(epoch_, kSamples, epoch, samples_)[static_cast<size_t>(position % size_)], {seed_, epoch, 0}};
  }
  const auto classes = static_cast<int64_t>(members_.size());
  const int64_t round = position / classes;
  const int64_t which = shuffled(round_, kClasses, round, classes_)[static_cast<size_t>(position % classes)];
  const auto count = static_cast<int64_t>(members_[static_cast<size_t>(which)].size());
  const int64_t epoch = round / count;
  const auto& order =
      shuffled(of_class_[static_cast<size_t>(which)], which, epoch, members_[static_cast<size_t>(which)]);
  return {order[static_cast<size_t>(round % count)], {seed_, epoch, 0}};
}

}  // namespace trecvit
