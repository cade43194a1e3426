#include "engine/kernel_fixture.h"

namespace trecvit {
namespace {

using test::Matrix;

// One head; queries, keys and values side by side, as the projection writes them.
struct Head {
  Head(const Kernels& table, int64_t token_count, int64_t head_width, double scale = 1)
      : kernels(table),
        tokens(token_count),
        width(head_width),
        qkv(token_count, 3 * head_width, "qkv", scale),
        out(token_count, head_width, "out"),
        scratch(table.attention_scratch_floats(token_count, head_width)) {}

  void run(int64_t begin, int64_t end) {
    kernels.attention({.tokens = tokens,
                       .width = width,
                       .q = qkv.data(),
                       .k = qkv.data() + width,
                       .v = qkv.data() + 2 * width,
                       .ldqkv = qkv.ld(),
                       .row_begin = begin,
                       .row_end = end,
                       .out = out.data(),
                       .ldo = out.ld(),
                       .scratch = scratch.data()});
  }

  // The weights of all tokens for one query.
  std::vector<double> softmax(int64_t query) const {
    std::vector<double> weights(static_cast<size_t>(tokens));
    for (int64_t n = 0; n < tokens; ++n) {
      for (int64_t j = 0; j < width; ++j) weights[n] += qkv.at(query, j) * qkv.at(n, width + j);
      weights[n] /= std::sqrt(static_cast<double>(width));
    }
    const double highest = *std::max_element(weights.begin(), weights.end());
    double sum = 0;
    for (double& w : weights) sum += w = std::exp(w - highest);
    for (double& w : weights) w /= sum;
    return weights;
  }

  const Kernels& kernels;
  int64_t tokens, width;
  Matrix qkv, out;
  test::Scratch scratch;
};

void expect_attention(Head& head, double tolerance) {
  const Matrix before = head.qkv;
  head.run(0, head.tokens);
  for (int64_t i = 0; i < head.tokens; ++i) {
    const std::vector<double> weights = head.softmax(i);
    for (int64_t j = 0; j < head.width; ++j) {
      double expected = 0;
      for (int64_t n = 0; n < head.tokens; ++n) expected += weights[n] * head.qkv.at(n, 2 * head.width + j);
      ASSERT_NEAR(head.out.at(i, j), expected, tolerance)
          << head.tokens << " tokens, width " << head.width << ", row " << i << ", column " << j;
    }
  }
  EXPECT_TRUE(head.qkv == before);
  EXPECT_TRUE(head.out.intact() && head.scratch.intact());
}

class AttentionTest : public test::KernelTest {};

TEST_P(AttentionTest, MatchesPlainLoopsInDouble) {
  for (int64_t tokens : test::kOddRows) {
    for (int64_t width : test::kOddWidths) {
      Head head(*GetParam(), tokens, width);
      expect_attention(head, 1e-6);
    }
  }
}

// Scores of several hundred: computing e^score directly would overflow.
TEST_P(AttentionTest, MatchesPlainLoopsInDoubleForLargeScores) {
  Head head(*GetParam(), 50, 64, 12);
  expect_attention(head, 1e-3);
}

// All scores are far below zero: the maximum must not come from a padding token.
TEST_P(AttentionTest, EqualScoresAverageTheValues) {
  Head head(*GetParam(), 37, 16);
  for (int64_t n = 0; n < 37; ++n) {
    std::fill_n(head.qkv.row(n), 16, 10.0f);
    std::fill_n(head.qkv.row(n) + 16, 16, -10.0f);
  }
  expect_attention(head, 1e-6);
}

TEST_P(AttentionTest, WritesOnlyTheRequestedRows) {
  Head head(*GetParam(), 20, 24);
  const Matrix before = head.out;
  head.run(5, 11);
  for (int64_t i = 0; i < 20; ++i) EXPECT_EQ(head.out.at(i, 0) != before.at(i, 0), i >= 5 && i < 11) << i;
}

TEST_P(AttentionTest, SplittingKeepsTheBits) {
  Head whole(*GetParam(), 197, 64);
  Head split = whole;
  whole.run(0, 197);
  const int64_t rows[] = {0, 1, 3, 8, 21, 50, 120, 197};
  for (size_t r = std::size(rows) - 1; r > 0; --r) split.run(rows[r - 1], rows[r]);
  EXPECT_TRUE(whole.out == split.out);
}

TRECVIT_INSTANTIATE_KERNEL_TESTS(AttentionTest);

}  // namespace
}  // namespace trecvit
