// Shared by the tests of the kernels: the kernel tables that this processor can run, and matrices that detect every
// unexpected access.
#pragma once

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "engine/engine_test.h"
#include "trecvit/base/buffer.h"
#include "trecvit/base/random.h"
#include "trecvit/engine/kernels.h"

namespace trecvit::test {

inline std::vector<const Kernels*> kernel_tables() {
  std::vector<const Kernels*> tables;
  for (const auto& provider : fused_providers()) tables.push_back(provider.kernels());
  return tables;
}
inline std::string name_of_table(const Kernels* kernels) {
  for (const auto& provider : fused_providers()) {
    if (provider.kernels() == kernels) return std::string(provider.name);
  }
  return "unknown";
}

class KernelTest : public testing::TestWithParam<const Kernels*> {};

#define TRECVIT_INSTANTIATE_KERNEL_TESTS(suite)                                     \
  INSTANTIATE_TEST_SUITE_P(Tables, suite, testing::ValuesIn(test::kernel_tables()), \
                           [](const auto& table) { return test::name_of_table(table.param); })

inline constexpr int64_t kOddRows[] = {1, 3, 17, 33, 197};
inline constexpr int64_t kOddWidths[] = {1, 5, 16, 24, 33, 64, 100};

// [rows, columns] of random floats in [-scale, scale). The distance between rows is larger than their width, and no row
// is aligned. The gaps between rows are NaN: a NaN spoils every result that it gets into, and intact() tells whether a
// gap was overwritten.
class Matrix {
 public:
  Matrix(int64_t rows, int64_t columns, std::string_view key, double scale = 1)
      : rows_(rows), columns_(columns), values_(static_cast<size_t>(1 + rows * ld()), gap()) {
    const RandomStream stream(7, key);
    for (int64_t i = 0; i < rows * columns; ++i) {
      row(i / columns)[i % columns] = static_cast<float>(scale * stream.symmetric(static_cast<uint64_t>(i)));
    }
  }

  int64_t rows() const { return rows_; }
  int64_t columns() const { return columns_; }
  int64_t ld() const { return columns_ + 3; }
  float* data() { return values_.data() + 1; }
  const float* data() const { return values_.data() + 1; }
  float* row(int64_t i) { return data() + i * ld(); }
  const float* row(int64_t i) const { return data() + i * ld(); }
  double at(int64_t i, int64_t j) const { return row(i)[j]; }
  void fill(float value) {
    for (int64_t i = 0; i < rows_; ++i) std::fill_n(row(i), columns_, value);
  }

  bool intact() const {
    for (int64_t i = -1; i < rows_ * ld(); ++i) {
      const bool inside = i >= 0 && i % ld() < columns_;
      if (!inside && !same_bits(data()[i], gap())) return false;
    }
    return true;
  }
  bool operator==(const Matrix& other) const {
    return std::equal(values_.begin(), values_.end(), other.values_.begin(), other.values_.end(), same_bits);
  }

  static float gap() { return std::bit_cast<float>(0x7fc0beefu); }
  static bool same_bits(float a, float b) { return std::bit_cast<uint32_t>(a) == std::bit_cast<uint32_t>(b); }

 private:
  int64_t rows_, columns_;
  std::vector<float> values_;
};

// A layer with random weights and bias, packed in two parts like layers that share their input.
class DenseLayer {
 public:
  DenseLayer(const Kernels& kernels, int64_t inputs, int64_t outputs, std::string_view key, double scale = 0.5)
      : weights_(inputs, outputs, key, scale), bias_(1, outputs, std::string(key) + ".bias", scale) {
    packed_ = std::make_shared<Buffer>(kernels.packed_bytes(inputs, outputs));
    const int64_t middle = outputs / 2;
    pack(kernels, 0, middle);
    pack(kernels, middle, outputs);
  }

  PackedDense packed() const {
    return {.inputs = weights_.rows(), .outputs = weights_.columns(), .data = packed_->data()};
  }
  // sum_i a[i] w[i, j] + bias[j], and the sum of magnitudes that bounds its rounding error.
  template <class Inputs>
  double product(const Inputs& a, int64_t j, double* magnitude) const {
    double sum = bias_.at(0, j);
    *magnitude = 1 + std::abs(sum);
    for (int64_t i = 0; i < weights_.rows(); ++i) {
      sum += a(i) * weights_.at(i, j);
      *magnitude += std::abs(a(i) * weights_.at(i, j));
    }
    return sum;
  }

 private:
  void pack(const Kernels& kernels, int64_t begin, int64_t end) {
    std::vector<float> part;
    for (int64_t i = 0; i < weights_.rows(); ++i) {
      part.insert(part.end(), weights_.row(i) + begin, weights_.row(i) + end);
    }
    kernels.pack(
        {part.data(), bias_.data() + begin, weights_.rows(), end - begin, weights_.columns(), begin, packed_->data()});
  }

  Matrix weights_, bias_;
  std::shared_ptr<Buffer> packed_;  // shared by all copies
};

// Scratch memory of exactly the requested floats, plus a guard behind them that shows whether they were enough.
class Scratch {
 public:
  explicit Scratch(int64_t floats) : floats_(floats), values_(static_cast<size_t>(floats + kGuard), Matrix::gap()) {}
  float* data() { return values_.data(); }
  bool intact() const {
    return std::all_of(values_.begin() + floats_, values_.end(),
                       [](float v) { return Matrix::same_bits(v, Matrix::gap()); });
  }

 private:
  static constexpr int64_t kGuard = 64;
  int64_t floats_;
  std::vector<float> values_;
};

inline double exact_sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
inline double exact_gelu(double x) { return x * exact_sigmoid(2 * 0.7978845608028654 * (x + 0.044715 * x * x * x)); }

}  // namespace trecvit::test
