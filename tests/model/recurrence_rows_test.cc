// Compares the vector code of every instruction set of this machine with the plain loops.
#include "trecvit/model/recurrence_rows.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "support/near.h"
#include "trecvit/base/cpu_features.h"
#include "trecvit/base/random.h"

namespace trecvit::test {
namespace {

using model::RowUpdate;

constexpr double kTolerance = 2e-6;  // relative to the largest element: a few ulp of float32, and of exp and sigmoid

std::vector<const model::RecurrenceRows<float>*> vector_rows() {
  std::vector<const model::RecurrenceRows<float>*> all;
  if (cpu_features().avx2_fma && model::avx2_rows()) all.push_back(model::avx2_rows());
  if (cpu_features().avx512 && model::avx512_rows()) all.push_back(model::avx512_rows());
  return all;
}

class Rows {
 public:
  Rows(int64_t width, uint64_t seed) : width_(width) {
    for (size_t i = 0; i < data_.size(); ++i) {
      const RandomStream random(seed, "row" + std::to_string(i));
      data_[i].resize(static_cast<size_t>(width));
      for (size_t j = 0; j < data_[i].size(); ++j) data_[i][j] = static_cast<float>(2 * random.symmetric(j));
    }
    for (float& decay : data_[3]) decay = -std::abs(decay);
  }

  void forward(const model::RecurrenceRows<float>& rows, RowUpdate update) {
    rows.forward({update, width_, at(0), at(8), at(9), at(1), at(2), at(3), at(4), at(5), at(6), at(7)});
  }
  void backward(const model::RecurrenceRows<float>& rows, RowUpdate update) {
    rows.backward({update, width_, at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(8), at(9), at(10), at(11),
                   at(12), at(13), at(14)});
  }
  void add(const model::RecurrenceRows<float>& rows) {
    const float *a[] = {at(0), at(1), at(2), at(0)}, *b[] = {at(3), at(4), at(5), at(5)};
    float* sums[] = {at(6), at(7), at(8), at(9)};
    rows.weighted_sum(width_, 4, a, b, at(9), at(10));
    rows.weighted_sum(width_, 3, a, b, nullptr, at(11));
    rows.add_products(width_, 4, a, at(12), sums);
    rows.add_products(width_, 1, a, at(12), sums);
    rows.add(width_, at(13), at(14));
  }
  void expect_same(const Rows& want, const std::string& what) const {
    for (size_t i = 0; i < data_.size(); ++i) {
      const Difference d = difference(data_[i], want.data_[i]);
      EXPECT_LE(d.worst, kTolerance * std::max(d.scale, 1.0)) << what << ", array " << i << "[" << d.index << "]";
    }
  }

 private:
  float* at(size_t i) { return data_[i].data(); }
  int64_t width_;
  std::array<std::vector<float>, 15> data_;
};

TEST(RecurrenceRows, EqualThePlainOnes) {
  if (vector_rows().empty()) GTEST_SKIP() << "no vector rows in this build or on this machine";
  for (const auto* rows : vector_rows()) {
    for (const RowUpdate update : {RowUpdate::kFirst, RowUpdate::kSqrt, RowUpdate::kConvex}) {
      for (const int64_t width : {1, 7, 8, 16, 31, 128}) {
        Rows got(width, 3), want(width, 3);
        const std::string what = std::string(rows->name) + ", width " + std::to_string(width);
        got.forward(*rows, update);
        want.forward(model::plain_rows_float(), update);
        got.expect_same(want, what + ", forward");
        got.backward(*rows, update);
        want.backward(model::plain_rows_float(), update);
        got.expect_same(want, what + ", backward");
        got.add(*rows);
        want.add(model::plain_rows_float());
        got.expect_same(want, what + ", sums");
      }
    }
  }
}

// What reaches the gate of a from h is -a / sqrt(z) of the input, or 2000 a where z is smaller than the published rule
// allows: the derivative of the square root at most 1000.
TEST(RecurrenceRows, TheDerivativeOfTheSquareRootIsBounded) {
  std::vector<const model::RecurrenceRows<float>*> all = vector_rows();
  all.push_back(&model::plain_rows_float());
  for (const auto* rows : all) {
    // log a = r * decay: z is far below the bound, exactly 0, and just above it.
    for (const double log_a : {-1e-9, 0.0, -2e-7}) {
      constexpr int64_t kWidth = 9;
      const std::vector<float> r(kWidth, 0.5F), decay(kWidth, static_cast<float>(2 * log_a)), one(kWidth, 1),
          zero(kWidth, 0), half(kWidth, 0.5F);
      std::vector<float> grad_h(kWidth, 1), grad_y(kWidth), grad_conv(kWidth), grad_i(kWidth), grad_r(kWidth),
          grad_decay(kWidth);
      rows->backward({RowUpdate::kSqrt, kWidth, one.data(), half.data(), r.data(), decay.data(), zero.data(),
                      zero.data(), zero.data(), zero.data(), grad_h.data(), grad_y.data(), grad_conv.data(),
                      grad_i.data(), grad_r.data(), grad_decay.data()});
      const double z = -std::expm1(2 * log_a), slope = 0.5 * std::min(1000.0, 0.5 / std::sqrt(z));
      const double want = -2 * std::exp(2 * log_a) * slope;  // d h / d log a, with i c = 0.5
      for (int64_t j = 0; j < kWidth; ++j)
        EXPECT_NEAR(grad_decay[j], want * 0.5, 1e-3 * std::abs(want)) << rows->name << " " << log_a << " " << j;
    }
  }
}

}  // namespace
}  // namespace trecvit::test
