#include "trecvit/base/tensor.h"

#include <gtest/gtest.h>

#include <cmath>

#include "support/errors.h"

namespace trecvit {
namespace {

TEST(HostTensor, IsZeroFilledAndKnowsItsSize) {
  const HostTensor tensor({3, 5}, DType::kF64);
  EXPECT_EQ(tensor.count(), 15);
  EXPECT_EQ(tensor.bytes(), 120u);
  EXPECT_EQ(tensor.view().bytes(), 120u);
  for (size_t i = 0; i < tensor.bytes(); ++i) EXPECT_EQ(tensor.data()[i], std::byte{0});
}

TEST(HostTensor, HoldsGivenValues) {
  const float values[] = {1, 2, 3, 4};
  const auto tensor = HostTensor::from<float>({2, 2}, values);
  EXPECT_EQ(tensor.as<float>()[3], 4.0f);
  EXPECT_EQ(tensor.view().as<float>()[2], 3.0f);
  EXPECT_EQ(HostTensor::from<float>({0}, {}).count(), 0);
}

TEST(HostTensor, OtherTypesAndCountsAreLogicErrors) {
  const float values[] = {1, 2};
  EXPECT_THROW(HostTensor::from<float>({3}, values), std::logic_error);
  EXPECT_THROW(HostTensor({3}, DType::kF32).as<double>(), std::logic_error);
}

TEST(HostTensor, SizesThatDoNotFitAreErrors) {
  test::expect_error(ErrorKind::kResource, {"fits"}, [] { HostTensor({INT64_MAX, 4}, DType::kF32); });
  test::expect_error(ErrorKind::kResource, {"at most 64 TiB"}, [] { HostTensor({int64_t{1} << 60}, DType::kF32); });
}

TEST(ByteCount, IsAbsentOnOverflow) {
  EXPECT_EQ(byte_count({2, 3}, DType::kF16), 12u);
  EXPECT_EQ(byte_count({INT64_MAX}, DType::kU8), static_cast<size_t>(INT64_MAX));
  EXPECT_EQ(byte_count({int64_t{1} << 61}, DType::kF64), std::nullopt);
  EXPECT_EQ(byte_count({-1}, DType::kU8), std::nullopt);
}

HostTensor from_bits(DType dtype, const std::vector<uint16_t>& bits) {
  HostTensor tensor({static_cast<int64_t>(bits.size())}, dtype);
  std::memcpy(tensor.data(), bits.data(), tensor.bytes());
  return tensor;
}

TEST(ToFloat32, ConvertsEveryFloatingType) {
  const double doubles[] = {1.0 / 3.0, -1e300, 0.1};
  const auto narrowed = to_float32(HostTensor::from<double>({3}, doubles), "w");
  EXPECT_EQ(narrowed.as<float>()[0], static_cast<float>(1.0 / 3.0));
  EXPECT_EQ(narrowed.as<float>()[1], -INFINITY);
  EXPECT_EQ(to_float32(from_bits(DType::kF16, {0x3555, 0xbc00}), "w").as<float>()[0], 0x1.554p-2f);
  EXPECT_EQ(to_float32(from_bits(DType::kBF16, {0x3eab, 0xbf80}), "w").as<float>()[1], -1.0f);
}

TEST(ToFloat32, KeepsFloat32WithoutACopy) {
  HostTensor tensor({4}, DType::kF32);
  const std::byte* before = tensor.data();
  EXPECT_EQ(to_float32(std::move(tensor), "w").data(), before);
}

TEST(ToFloat32, RefusesOtherTypes) {
  for (const DType dtype : {DType::kBool, DType::kI64, DType::kU8}) {
    test::expect_error(ErrorKind::kInput, {"[w]", std::string(word_of(dtype))},
                       [&] { to_float32(HostTensor({1}, dtype), "w"); });
  }
}

}  // namespace
}  // namespace trecvit
