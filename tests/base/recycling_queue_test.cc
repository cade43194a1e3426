#include "trecvit/base/recycling_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace trecvit {
namespace {

TEST(RecyclingQueue, KeepsTheOrderBetweenThreads) {
  RecyclingQueue<int> queue(3);
  std::thread maker([&queue] {
    for (int i = 0; i < 10'000; ++i) {
      int item = i;
      queue.put(item);
    }
    queue.end();
  });
  int item = -1;
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_TRUE(queue.take(item));
    EXPECT_EQ(item, i);
  }
  EXPECT_FALSE(queue.take(item));
  maker.join();
}

TEST(RecyclingQueue, UsedItemsGoBackToTheMaker) {
  RecyclingQueue<std::string> queue(1);
  std::string made = "first", used = "used before";
  ASSERT_TRUE(queue.put(made));
  ASSERT_TRUE(queue.take(used));
  EXPECT_EQ(used, "first");
  made = "second";
  ASSERT_TRUE(queue.put(made));
  EXPECT_EQ(made, "used before");
}

TEST(RecyclingQueue, WaitsForRoom) {
  RecyclingQueue<int> queue(2);
  std::atomic<int> made = 0;
  std::thread maker([&] {
    for (int i = 0; i < 3; ++i) {
      int item = i;
      queue.put(item);
      ++made;
    }
  });
  while (made < 2) std::this_thread::yield();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_EQ(made, 2);
  int item = -1;
  ASSERT_TRUE(queue.take(item));
  maker.join();
  EXPECT_EQ(made, 3);
}

TEST(RecyclingQueue, PutOverTakesTheOldestOut) {
  struct Item {
    int value = 0, joined = 0;
  };
  const auto join = [](const Item& old, Item& next) { next.joined += old.value + old.joined; };
  for (const size_t room : {size_t{1}, size_t{2}}) {
    RecyclingQueue<Item> queue(room);
    for (int value : {1, 2, 3, 4}) {
      Item item{value, 0};
      EXPECT_TRUE(queue.put_over(item, join));
    }
    queue.end();
    Item item;
    const int first = 5 - static_cast<int>(room);
    ASSERT_TRUE(queue.take(item));
    EXPECT_EQ(item.value, first);
    EXPECT_EQ(item.joined, first * (first - 1) / 2) << "what the items before it add up to";
  }
}

TEST(RecyclingQueue, OldItemsAreDroppedWhileThereIsALaterOne) {
  RecyclingQueue<int> queue(4);
  for (int value : {1, 2, 3}) queue.put(value);
  const auto is_old = [](int item) { return item < 10; };
  const auto join = [](int, int&) {};
  int item = 0;
  ASSERT_TRUE(queue.take(item, is_old, join));
  EXPECT_EQ(item, 3) << "the last one is kept although it is old";
}

TEST(RecyclingQueue, AnErrorComesAfterTheItems) {
  RecyclingQueue<int> queue(2);
  int item = 7;
  queue.put(item);
  queue.end(std::make_exception_ptr(std::runtime_error("broken")));
  ASSERT_TRUE(queue.take(item));
  EXPECT_EQ(item, 7);
  EXPECT_THROW(queue.take(item), std::runtime_error);
}

TEST(RecyclingQueue, AMakerThatWaitsLearnsThatTheUserLeft) {
  RecyclingQueue<int> queue(1);
  std::atomic<bool> taken = true;
  std::thread maker([&] {
    int item = 1;
    queue.put(item);
    taken = queue.put(item);
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(10));
  queue.leave();
  maker.join();
  EXPECT_FALSE(taken);
}

}  // namespace
}  // namespace trecvit
