// Items that one thread makes and another uses, in order. Each call swaps an item in, so that the memory of used ones
// goes back to the maker.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <mutex>
#include <utility>
#include <vector>

#include "trecvit/base/error.h"

namespace trecvit {

// One maker and one user, each on any thread.
template <class Item>
class RecyclingQueue {
 public:
  explicit RecyclingQueue(size_t room) : items_(room) { TRECVIT_CHECK(room > 0); }

  // The maker: waits for room and puts the item in; `item` is then a used one. False, without waiting, once the user
  // has left.
  bool put(Item& item) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return count_ < items_.size() || left_; });
    return put_locked(item);
  }

  // The same without waiting: takes the oldest item out if there is no room. join(old, next) is called for it, with the
  // item that is then the oldest.
  template <class Join>
  bool put_over(Item& item, const Join& join) {
    const std::lock_guard lock(mutex_);
    if (count_ == items_.size()) {
      join(at(0), count_ > 1 ? at(1) : item);
      drop_first();
    }
    return put_locked(item);
  }

  // No more items; the user gets the error after the last one.
  void end(std::exception_ptr error = nullptr) {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    error_ = std::move(error);
    changed_.notify_all();
  }

  // The user: waits for an item and takes it; false at the end, or throws what the maker ended with. First drops items
  // for which is_old(item) holds as long as there is a later one, with join(old, next) as above.
  template <class IsOld, class Join>
  bool take(Item& item, const IsOld& is_old, const Join& join) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return count_ > 0 || ended_; });
    if (count_ == 0 && error_) std::rethrow_exception(error_);
    if (count_ == 0) return false;
    while (count_ > 1 && is_old(at(0))) {
      join(at(0), at(1));
      drop_first();
    }
    std::swap(item, at(0));
    drop_first();
    changed_.notify_all();
    return true;
  }
  bool take(Item& item) {
    return take(item, [](const Item&) { return false; }, [](const Item&, Item&) {});
  }

  // The user takes no more.
  void leave() {
    const std::lock_guard lock(mutex_);
    left_ = true;
    changed_.notify_all();
  }

 private:
  Item& at(size_t i) { return items_[(first_ + i) % items_.size()]; }
  void drop_first() {
    first_ = (first_ + 1) % items_.size();
    --count_;
  }
  bool put_locked(Item& item) {
    if (left_) return false;
    std::swap(item, at(count_++));
    changed_.notify_all();
    return true;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Item> items_;  // a ring
  size_t first_ = 0, count_ = 0;
  bool ended_ = false, left_ = false;
  std::exception_ptr error_;
};

}  // namespace trecvit
