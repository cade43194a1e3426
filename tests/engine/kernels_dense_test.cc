#include "engine/kernel_fixture.h"

namespace trecvit {
namespace {

using test::DenseLayer;
using test::Matrix;

class DenseTest : public test::KernelTest {
 protected:
  // The call for all of c = epilogue(a w + bias).
  DenseCall whole(const Matrix& a, const PackedDense& weights, Epilogue epilogue, Matrix& c) const {
    return {.a = a.data(),
            .lda = a.ld(),
            .row_begin = 0,
            .row_end = a.rows(),
            .weights = &weights,
            .panel_begin = 0,
            .panel_end = panel_count(weights.outputs, GetParam()->panel_columns),
            .epilogue = epilogue,
            .c = c.data(),
            .ldc = c.ld()};
  }
};

double finish(Epilogue epilogue, double product, double before) {
  switch (epilogue) {
    case Epilogue::kStore:
      return product;
    case Epilogue::kGelu:
      return test::exact_gelu(product);
    case Epilogue::kTanh:
      return std::tanh(product);
    case Epilogue::kResidual:
      return before + product;
  }
  return 0;
}

void expect_dense(const Matrix& a, const DenseLayer& layer, Epilogue epilogue, const Matrix& before, const Matrix& c) {
  for (int64_t i = 0; i < c.rows(); ++i) {
    for (int64_t j = 0; j < c.columns(); ++j) {
      double magnitude = 0;
      const double product = layer.product([&](int64_t k) { return a.at(i, k); }, j, &magnitude);
      ASSERT_NEAR(c.at(i, j), finish(epilogue, product, before.at(i, j)), 3e-7 * magnitude)
          << c.rows() << " x " << a.columns() << " x " << c.columns() << ", row " << i << ", column " << j;
    }
  }
  EXPECT_TRUE(c.intact());
}

constexpr Epilogue kEpilogues[] = {Epilogue::kStore, Epilogue::kGelu, Epilogue::kTanh, Epilogue::kResidual};

TEST_P(DenseTest, MatchesPlainLoopsInDouble) {
  for (int64_t rows : test::kOddRows) {
    for (int64_t inputs : test::kOddWidths) {
      for (int64_t outputs : test::kOddWidths) {
        const Matrix a(rows, inputs, "a"), before(rows, outputs, "c");
        const DenseLayer layer(*GetParam(), inputs, outputs, "w");
        const PackedDense weights = layer.packed();
        const Epilogue epilogue = kEpilogues[(rows + inputs + outputs) % 4];
        Matrix c = before;
        GetParam()->dense(whole(a, weights, epilogue, c));
        expect_dense(a, layer, epilogue, before, c);
      }
    }
  }
}

// Long sums are computed in slices; every epilogue must be applied exactly once, after the last slice.
TEST_P(DenseTest, MatchesPlainLoopsInDoubleForLongSums) {
  for (int64_t inputs : {384, 385, 768, 1000}) {
    for (Epilogue epilogue : kEpilogues) {
      const Matrix a(19, inputs, "a"), before(19, 50, "c");
      const DenseLayer layer(*GetParam(), inputs, 50, "w", 0.1);
      const PackedDense weights = layer.packed();
      Matrix c = before;
      GetParam()->dense(whole(a, weights, epilogue, c));
      expect_dense(a, layer, epilogue, before, c);
    }
  }
}

TEST_P(DenseTest, WritesOnlyTheRequestedRowsAndPanels) {
  const Matrix a(9, 40, "a"), before(9, 150, "c");
  const DenseLayer layer(*GetParam(), 40, 150, "w");
  const PackedDense weights = layer.packed();
  Matrix all = before, part = before;
  DenseCall call = whole(a, weights, Epilogue::kStore, all);
  GetParam()->dense(call);
  call.c = part.data();
  call.row_begin = 2, call.row_end = 7;
  call.panel_begin = 1, call.panel_end = 3;
  GetParam()->dense(call);
  const int64_t columns = GetParam()->panel_columns;
  for (int64_t i = 0; i < 9; ++i) {
    for (int64_t j = 0; j < 150; ++j) {
      const bool told = i >= 2 && i < 7 && j >= columns && j < 3 * columns;
      ASSERT_EQ(part.at(i, j), (told ? all : before).at(i, j)) << "row " << i << " column " << j;
    }
  }
}

TEST_P(DenseTest, SplittingKeepsTheBits) {
  for (Epilogue epilogue : kEpilogues) {
    const Matrix a(197, 500, "a"), before(197, 100, "c");
    const DenseLayer layer(*GetParam(), 500, 100, "w", 0.1);
    const PackedDense weights = layer.packed();
    Matrix whole_c = before, split_c = before;
    GetParam()->dense(whole(a, weights, epilogue, whole_c));
    DenseCall call = whole(a, weights, epilogue, split_c);
    const int64_t panels = call.panel_end, rows[] = {0, 1, 3, 8, 21, 50, 120, 197};
    for (size_t r = 0; r + 1 < std::size(rows); ++r) {
      for (int64_t panel = 0; panel < panels; ++panel) {
        call.row_begin = rows[r], call.row_end = rows[r + 1];
        call.panel_begin = panel, call.panel_end = panel + 1;
        GetParam()->dense(call);
      }
    }
    EXPECT_TRUE(whole_c == split_c) << static_cast<int>(epilogue);
  }
}

TRECVIT_INSTANTIATE_KERNEL_TESTS(DenseTest);

}  // namespace
}  // namespace trecvit
