#include "trecvit/engine/kernels.h"

#include <limits>

#include "engine/kernel_fixture.h"

namespace trecvit {
namespace {

using test::Matrix;

class KernelsTest : public test::KernelTest {
 protected:
  using enum VectorFunction;

  float apply(VectorFunction kind, float x) const {
    float out = 0;
    GetParam()->apply(kind, &x, 1, &out);
    return out;
  }
  // Largest |f(x) - exact(x)| / unit(exact(x)) over [from, to].
  template <class Exact, class Unit>
  double worst(VectorFunction kind, double from, double to, const Exact& exact, const Unit& unit) const {
    constexpr int kCount = 400'003;
    std::vector<float> x(kCount), y(kCount);
    for (int i = 0; i < kCount; ++i) x[i] = static_cast<float>(from + (to - from) * i / (kCount - 1));
    GetParam()->apply(kind, x.data(), kCount, y.data());
    double worst = 0;
    for (int i = 0; i < kCount; ++i) {
      const double expected = exact(static_cast<double>(x[i]));
      worst = std::max(worst, std::abs(y[i] - expected) / unit(expected));
    }
    return worst;
  }
};

TEST_P(KernelsTest, VectorFunctionsMatchTheMathLibrary) {
  const auto relative = [](double v) { return std::abs(v) + 1e-37; };
  const auto exact_exp = [](double x) { return std::exp(x); };
  const auto exact_tanh = [](double x) { return std::tanh(x); };
  EXPECT_LT(worst(kExp, -87.3, 88.3, exact_exp, relative), 1.2e-7);
  EXPECT_LT(worst(kExp, -1e-3, 1e-3, exact_exp, relative), 1.2e-7);
  EXPECT_LT(worst(kSigmoid, -80, 80, test::exact_sigmoid, relative), 2e-7);
  EXPECT_LT(worst(kTanh, -20, 20, exact_tanh, relative), 3e-7);
  EXPECT_LT(worst(kTanh, -1e-3, 1e-3, exact_tanh, relative), 3e-7);
  const auto absolute = [](double v) { return std::max(1.0, std::abs(v)); };
  EXPECT_LT(worst(kGelu, -30, 30, test::exact_gelu, absolute), 2e-7);
  EXPECT_LT(worst(kGelu, -1e-3, 1e-3, test::exact_gelu, relative), 3e-7);
}

TEST_P(KernelsTest, VectorFunctionsSaturate) {
  const float infinity = std::numeric_limits<float>::infinity();
  for (float x : {200.0f, 1e30f, infinity}) {
    EXPECT_GT(apply(kExp, x), 2e38f);
    EXPECT_LT(apply(kExp, -x), 1.3e-38f);
    EXPECT_GE(apply(kExp, -x), 0.0f);
    EXPECT_EQ(apply(kSigmoid, x), 1.0f);
    EXPECT_LT(apply(kSigmoid, -x), 1e-37f);
    EXPECT_EQ(apply(kTanh, x), 1.0f);
    EXPECT_EQ(apply(kTanh, -x), -1.0f);
  }
  for (float x : {1e13f, 1e19f, 1e37f, 3e38f}) {  // activation_bound.h relies on it
    EXPECT_EQ(apply(kGelu, x), x);
    EXPECT_NEAR(apply(kGelu, -x), 0.0f, 2.0f);
  }
  EXPECT_EQ(apply(kExp, 0), 1.0f);
  EXPECT_EQ(apply(kTanh, 0), 0.0f);
  EXPECT_EQ(apply(kGelu, 50), 50.0f);
  EXPECT_NEAR(apply(kGelu, -50), 0.0f, 1e-30f);
}

TEST_P(KernelsTest, VectorFunctionsPropagateNaN) {
  for (const VectorFunction kind : {kExp, kSigmoid, kGelu, kTanh}) {
    EXPECT_TRUE(std::isnan(apply(kind, std::numeric_limits<float>::quiet_NaN()))) << static_cast<int>(kind);
  }
}

TEST_P(KernelsTest, VectorFunctionsGiveTheSameForOneAndMany) {
  for (int64_t count = 0; count < 40; ++count) {
    const Matrix in(1, count, "in", 5);
    Matrix out(1, count, "out");
    GetParam()->apply(kGelu, in.data(), count, out.data());
    EXPECT_TRUE(out.intact());
    for (int64_t i = 0; i < count; ++i) EXPECT_EQ(out.row(0)[i], apply(kGelu, in.row(0)[i]));
  }
}

// [rows, width] without gaps, all values close to `mean`.
struct Spread {
  double mean, factor = 1;
};
std::vector<float> rows_around(Spread spread, int64_t rows, int64_t width) {
  const Matrix random(rows, width, "x");
  std::vector<float> x;
  for (int64_t i = 0; i < rows * width; ++i)
    x.push_back(static_cast<float>(spread.mean + spread.factor * random.at(i / width, i % width)));
  return x;
}

void expect_norm(const Kernels& kernels, bool centred, Spread spread, int64_t width) {
  constexpr int64_t kRows = 5, kBegin = 1, kEnd = 4;
  const std::vector<float> x = rows_around(spread, kRows, width);
  const Matrix scale(1, width, "scale"), bias(1, width, "bias");
  std::vector<float> out(x.size(), 42.0f);
  if (centred) kernels.layer_norm(x.data(), scale.data(), bias.data(), width, kBegin, kEnd, out.data());
  if (!centred) kernels.rms_norm(x.data(), scale.data(), width, kBegin, kEnd, out.data());
  for (int64_t row = 0; row < kRows; ++row) {
    double sum = 0, squares = 0;
    for (int64_t j = 0; j < width; ++j) sum += x[row * width + j];
    const double centre = centred ? sum / static_cast<double>(width) : 0;
    for (int64_t j = 0; j < width; ++j) squares += std::pow(x[row * width + j] - centre, 2);
    const double root = std::sqrt(squares / static_cast<double>(width) + 1e-6);
    for (int64_t j = 0; j < width; ++j) {
      const double normal = (x[row * width + j] - centre) / root * scale.at(0, j) + (centred ? bias.at(0, j) : 0);
      const double expected = row >= kBegin && row < kEnd ? normal : 42.0;
      // A mean of m costs the last digits of x - m.
      EXPECT_NEAR(out[row * width + j], expected, 2e-6 * (1 + std::abs(spread.mean)))
          << "row " << row << " column " << j;
    }
  }
}

TEST_P(KernelsTest, NormsMatchTheirEquations) {
  for (int64_t width : test::kOddWidths) {
    expect_norm(*GetParam(), true, {0}, width);
    expect_norm(*GetParam(), false, {0}, width);
    expect_norm(*GetParam(), false, {3}, width);
    // A variance near the epsilon, and far below it: here it matters where the epsilon is added.
    for (const double factor : {1e-3, 1e-5}) {
      expect_norm(*GetParam(), true, {0, factor}, width);
      expect_norm(*GetParam(), false, {0, factor}, width);
    }
  }
}

TEST_P(KernelsTest, LayerNormKeepsItsPrecisionFarFromZero) {
  for (int64_t width : {33, 64, 768}) expect_norm(*GetParam(), true, {300}, width);
}

TRECVIT_INSTANTIATE_KERNEL_TESTS(KernelsTest);

}  // namespace
}  // namespace trecvit
