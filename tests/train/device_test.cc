#include "trecvit/train/device.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "support/errors.h"

namespace trecvit::test {
namespace {

TEST(Device, IsParsed) {
  EXPECT_EQ(train::open_device("cpu"), at::Device(at::kCPU));
  for (const char* text : {"", "CPU", "gpu", "cuda:", "cuda:x", "cuda:1x", "cuda:-1", "cuda1", "cuda:1000", "mps"})
    expect_error(ErrorKind::kUsage, {"[device] expected cpu, cuda or cuda:N, got '"},
                 [&] { train::open_device(text); });
  expect_error(ErrorKind::kUnavailable, {"a GPU for cuda:999"}, [] { train::open_device("cuda:999"); });
}

TEST(Device, SetsTheThreadsOfTheProcess) {
  const int before = at::get_num_threads();
  train::set_compute_threads(1);
  EXPECT_EQ(at::get_num_threads(), 1);
  train::set_compute_threads(before);
  EXPECT_EQ(at::get_num_threads(), before);
}

}  // namespace
}  // namespace trecvit::test
