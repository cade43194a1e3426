#include "engine/kernel_fixture.h"

namespace trecvit {
namespace {

using test::DenseLayer;
using test::Matrix;

// One head in the middle of wider rows, with everything that a call needs.
struct Cell {
  Cell(const Kernels& table, int64_t rows, int64_t head_width, int64_t tap_count)
      : kernels(table),
        width(head_width),
        taps(tap_count),
        x(rows, head_width, "x"),
        y(rows, head_width, "y", 3),
        conv(tap_count, head_width, "conv"),
        conv_bias(1, head_width, "conv.bias"),
        decay(1, head_width, "decay", 2),
        h(rows, head_width, "h"),
        out(rows, head_width, "out"),
        gates(table, head_width, 2 * head_width, "gates"),
        scratch(table.cell_scratch_floats(head_width)) {
    for (int64_t j = 0; j < width; ++j) decay.row(0)[j] = -std::abs(decay.row(0)[j]);
    for (int64_t i = 0; i + 1 < taps; ++i) history.emplace_back(rows, width, "history" + std::to_string(i));
  }

  void run(int64_t begin, int64_t end) {
    const PackedDense packed = gates.packed();
    std::vector<float*> slots;
    for (Matrix& slot : history) slots.push_back(slot.data());
    kernels.cell({.row_begin = begin,
                  .row_end = end,
                  .width = width,
                  .x = x.data(),
                  .y = y.data(),
                  .ldxy = x.ld(),
                  .taps = taps,
                  .history = slots.data(),
                  .ldh = h.ld(),
                  .conv_weight = conv.data(),
                  .ldw = conv.ld(),
                  .conv_bias = conv_bias.data(),
                  .gates = &packed,
                  .decay = decay.data(),
                  .first = first,
                  .convex = convex,
                  .h = h.data(),
                  .out = out.data(),
                  .ldo = out.ld(),
                  .scratch = scratch.data()});
  }

  // The output of the convolution at one token and channel.
  double convolved(int64_t n, int64_t j) const {
    double c = conv_bias.at(0, j) + conv.at(taps - 1, j) * x.at(n, j);
    for (int64_t s = 1; s < taps; ++s) c += conv.at(taps - 1 - s, j) * history[taps - 1 - s].at(n, j);
    return c;
  }
  // The new h of one token and channel.
  double expected_h(int64_t n, int64_t j) const {
    double unused = 0;
    const auto c = [&](int64_t i) { return convolved(n, i); };
    const double gate_x = test::exact_sigmoid(gates.product(c, j, &unused));
    const double gate_a = test::exact_sigmoid(gates.product(c, width + j, &unused));
    if (first) return gate_x * c(j);
    const double a = std::exp(decay.at(0, j) * gate_a);
    return a * h.at(n, j) + (convex ? 1 - a : std::sqrt(1 - a * a)) * gate_x * c(j);
  }

  const Kernels& kernels;
  int64_t width, taps;
  bool first = false, convex = false;
  Matrix x, y, conv, conv_bias, decay, h, out;
  std::vector<Matrix> history;
  DenseLayer gates;
  test::Scratch scratch;
};

void expect_cell(Cell& cell) {
  const Cell before = cell;
  cell.run(0, cell.h.rows());
  for (int64_t n = 0; n < cell.h.rows(); ++n) {
    for (int64_t j = 0; j < cell.width; ++j) {
      const double h = before.expected_h(n, j);
      ASSERT_NEAR(cell.h.at(n, j), h, 3e-6) << "token " << n << " channel " << j << " width " << cell.width;
      ASSERT_NEAR(cell.out.at(n, j), h * test::exact_gelu(cell.y.at(n, j)), 1e-5) << "token " << n << " channel " << j;
      for (size_t i = 0; i < cell.history.size(); ++i) {
        ASSERT_EQ(cell.history[i].at(n, j), i == 0 ? before.x.at(n, j) : before.history[i].at(n, j));
      }
    }
  }
  EXPECT_TRUE(cell.x == before.x && cell.y == before.y);
  EXPECT_TRUE(cell.h.intact() && cell.out.intact() && cell.scratch.intact());
  for (const Matrix& slot : cell.history) EXPECT_TRUE(slot.intact());
}

class CellTest : public test::KernelTest {};

TEST_P(CellTest, MatchesPlainLoopsInDouble) {
  for (int64_t rows : test::kOddRows) {
    for (int64_t width : test::kOddWidths) {
      Cell cell(*GetParam(), rows, width, 4);
      cell.convex = (rows + width) % 2 == 0;
      expect_cell(cell);
    }
  }
}

TEST_P(CellTest, MatchesPlainLoopsInDoubleForAnyNumberOfTaps) {
  for (int64_t taps : {1, 2, 3, 4, 5, static_cast<int>(kMaxTaps)}) {
    for (bool convex : {false, true}) {
      Cell cell(*GetParam(), 7, 40, taps);
      cell.convex = convex;
      expect_cell(cell);
    }
  }
}

TEST_P(CellTest, TheFirstFrameIgnoresTheState) {
  for (bool convex : {false, true}) {
    Cell cell(*GetParam(), 17, 33, 4);
    cell.first = true;
    cell.convex = convex;
    cell.h.fill(std::numeric_limits<float>::quiet_NaN());
    expect_cell(cell);
  }
}

// If a is within 1e-6 of 1, sqrt(1 - a^2) computed from a rounded a would be off by several per cent.
TEST_P(CellTest, LongMemoryKeepsItsPrecision) {
  for (bool convex : {false, true}) {
    Cell cell(*GetParam(), 3, 20, 4);
    cell.convex = convex;
    cell.decay.fill(-1e-6f);
    cell.h.fill(0);
    const Cell before = cell;
    cell.run(0, 3);
    for (int64_t n = 0; n < 3; ++n) {
      for (int64_t j = 0; j < 20; ++j) {
        const double expected = before.expected_h(n, j);
        EXPECT_NEAR(cell.h.at(n, j) / expected, 1, 2e-5) << "token " << n << " channel " << j;
      }
    }
  }
}

TEST_P(CellTest, SplittingKeepsTheBits) {
  Cell whole(*GetParam(), 197, 64, 4);
  Cell split = whole;
  whole.run(0, 197);
  const int64_t rows[] = {0, 1, 3, 8, 21, 50, 120, 197};
  for (size_t r = std::size(rows) - 1; r > 0; --r) split.run(rows[r - 1], rows[r]);
  EXPECT_TRUE(whole.h == split.h);
  EXPECT_TRUE(whole.out == split.out);
  EXPECT_TRUE(whole.history == split.history);
}

TRECVIT_INSTANTIATE_KERNEL_TESTS(CellTest);

}  // namespace
}  // namespace trecvit
