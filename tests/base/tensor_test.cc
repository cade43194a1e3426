#include "trecvit/base/tensor.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "support/errors.h"

namespace trecvit {
namespace {

using test::expect_error;

template <class T>
HostTensor of_type(DType dtype, const std::vector<T>& values) {
  HostTensor tensor({static_cast<int64_t>(values.size())}, dtype);
  TRECVIT_CHECK(tensor.bytes() == values.size() * sizeof(T));
  std::memcpy(tensor.data(), values.data(), tensor.bytes());
  return tensor;
}

TEST(Tensor, BytesOfShapeAndType) {
  EXPECT_EQ(byte_count({2, 3}, DType::kF32), 24u);
  EXPECT_EQ(byte_count({}, DType::kF64), 8u);
  EXPECT_EQ(byte_count({0, 7}, DType::kU8), 0u);
  EXPECT_EQ(byte_count({INT64_MAX}, DType::kU16), SIZE_MAX - 1);
  EXPECT_EQ(byte_count({INT64_MAX}, DType::kF32), std::nullopt);
  EXPECT_EQ(byte_count({-1}, DType::kU8), std::nullopt);
}

TEST(Tensor, StartsAsZeros) {
  const HostTensor tensor({3, 5}, DType::kF32);
  EXPECT_EQ(tensor.count(), 15);
  for (float value : tensor.as<float>()) EXPECT_EQ(value, 0.0f);
}

TEST(Tensor, KeepsValues) {
  const std::vector<int32_t> values{1, -2, 3, 4, 5, 6};
  const auto tensor = HostTensor::from<int32_t>({2, 3}, values);
  EXPECT_EQ(tensor.dtype(), DType::kI32);
  const TensorView view = tensor.view();
  EXPECT_EQ(view.shape, (Shape{2, 3}));
  EXPECT_EQ(view.bytes(), 24u);
  const auto seen = view.as<int32_t>();
  EXPECT_EQ(std::vector<int32_t>(seen.begin(), seen.end()), values);
  EXPECT_THROW((void)view.as<float>(), std::logic_error);
  EXPECT_THROW((void)HostTensor::from<int32_t>({7}, values), std::logic_error);
}

TEST(Tensor, RefusesWhatNoMachineHolds) {
  expect_error(ErrorKind::kResource, {"fits in memory", "9223372036854775807"},
               [] { HostTensor({INT64_MAX, 2}, DType::kF32); });
  expect_error(ErrorKind::kResource, {"memory", "expected"}, [] { HostTensor({int64_t{1} << 60}, DType::kU8); });
}

TEST(Tensor, ToFloat32) {
  const auto doubles = to_float32(of_type<double>(DType::kF64, {1.5, -0.1, 1e-3}), "t");
  EXPECT_EQ(doubles.dtype(), DType::kF32);
  EXPECT_EQ(doubles.as<float>()[0], 1.5f);
  EXPECT_EQ(doubles.as<float>()[1], -0.1f);  // rounded to nearest
  EXPECT_EQ(doubles.as<float>()[2], 1e-3f);
  const auto halves = to_float32(of_type<uint16_t>(DType::kF16, {0x3c00, 0x0001, 0xfc00}), "t");
  EXPECT_EQ(halves.as<float>()[0], 1.0f);
  EXPECT_EQ(halves.as<float>()[1], 0x1p-24f);
  EXPECT_EQ(halves.as<float>()[2], -INFINITY);
  const auto brains = to_float32(of_type<uint16_t>(DType::kBF16, {0x3f80, 0x4000}), "t");
  EXPECT_EQ(brains.as<float>()[1], 2.0f);
}

TEST(Tensor, ToFloat32KeepsFloat32Untouched) {
  HostTensor tensor = of_type<float>(DType::kF32, {1, 2});
  const auto* memory = tensor.data();
  EXPECT_EQ(to_float32(std::move(tensor), "t").data(), memory);
}

TEST(Tensor, ToFloat32RefusesOtherTypes) {
  for (DType dtype : {DType::kU8, DType::kI8, DType::kU16, DType::kI16, DType::kU32, DType::kI32, DType::kU64,
                      DType::kI64, DType::kBool}) {
    expect_error(ErrorKind::kInput, {"[cls_head]", "float32", name_of(dtype).data()},
                 [dtype] { to_float32(HostTensor({2}, dtype), "cls_head"); });
  }
}

}  // namespace
}  // namespace trecvit
