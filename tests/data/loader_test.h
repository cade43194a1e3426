// Shared by the tests of the loader.
#pragma once

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "data/fake_dataset.h"
#include "trecvit/data/loader.h"

namespace trecvit::test {

inline constexpr int64_t kWorkers[] = {0, 1, 2, 5};

inline LoaderOptions options_of(Order order, int64_t batch, int64_t workers, BadFiles bad_files = BadFiles::kFail) {
  LoaderOptions options;
  options.order = order;
  options.batch = batch;
  options.workers = workers;
  options.prefetch = 2;
  options.bad_files = bad_files;
  options.bad_limit = 1;
  return options;
}

inline std::vector<Batch> take(Loader& loader, int64_t count) {
  std::vector<Batch> batches;
  for (int64_t i = 0; i < count; ++i) {
    auto batch = loader.next();
    if (!batch) break;
    batches.push_back(*std::move(batch));
  }
  return batches;
}

inline std::vector<Batch> take(const FakeDataset& dataset, const LoaderOptions& options, int64_t count) {
  Loader loader(dataset, options);
  return take(loader, count);
}

inline std::vector<int64_t> indices(const std::vector<Batch>& batches) {
  std::vector<int64_t> out;
  for (const auto& batch : batches) out.insert(out.end(), batch.index.begin(), batch.index.end());
  return out;
}

inline void expect_same(const std::vector<Batch>& a, const std::vector<Batch>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].clips, b[i].clips) << i;
    EXPECT_EQ(a[i].index, b[i].index) << i;
    EXPECT_EQ(a[i].label, b[i].label) << i;
    EXPECT_EQ(a[i].pixels, b[i].pixels) << i;
    EXPECT_EQ(a[i].targets, b[i].targets) << i;
    EXPECT_EQ(a[i].motion, b[i].motion) << i;
  }
}

}  // namespace trecvit::test
