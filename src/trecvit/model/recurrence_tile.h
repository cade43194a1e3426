// The fused recurrence over one tile: all frames of a few tokens, in the channels of one head, forwards and backwards.
// Written on rows (recurrence_rows.h) and matrix products; fused_recurrence.cc goes over the tiles.
#pragma once

#include <ATen/ATen.h>

#include <algorithm>
#include <vector>

#include "trecvit/base/error.h"
#include "trecvit/config/model_config.h"
#include "trecvit/model/recurrence.h"
#include "trecvit/model/recurrence_rows.h"

namespace trecvit::model {

// Rows per tile: enough for the products of the gates to run at full speed, few enough that a tile of all intermediates
// stays in the L2 cache.
inline constexpr int64_t kTileRows = 128;
static_assert(kMostTerms >= kMaxConvWidth);

struct TileSizes {
  int64_t batch, frames, tokens, width, heads, head_width, taps, tile_tokens, tiles;

  static TileSizes of(const Tensor& x, const Tensor& conv_w, const Tensor& gate_w) {
    TRECVIT_CHECK(x.dim() == 4 && x.numel() > 0 && conv_w.size(0) <= kMostTerms);
    TileSizes s{x.size(0), x.size(1), x.size(2), x.size(3), gate_w.size(0), gate_w.size(1), conv_w.size(0), 0, 0};
    s.tile_tokens = std::clamp<int64_t>(kTileRows / s.frames, 1, s.tokens);
    s.tiles = (s.tokens + s.tile_tokens - 1) / s.tile_tokens;
    return s;
  }
  int64_t frame() const { return tokens * width; }
};

// c [m, n] = a b, and c += a b, for row-major matrices either of which may be read transposed. Runs on the calling
// thread: inside a parallel region, ATen does not parallelise its products again.
template <class Real>
struct MatrixView {
  const Real* data;
  int64_t rows, columns;
  bool transposed = false;

  Tensor view() const {
    const Tensor all = at::from_blob(const_cast<Real*>(data), {rows, columns}, at::CppTypeToScalarType<Real>::value);
    return transposed ? all.t() : all;
  }
};
template <class Real>
Tensor result_view(const Tensor& a, const Tensor& b, Real* c) {
  return at::from_blob(c, {a.size(0), b.size(1)}, a.scalar_type());
}
template <class Real>
void matrix_product(const MatrixView<Real>& a, const MatrixView<Real>& b, Real* c) {
  const Tensor left = a.view(), right = b.view();
  Tensor out = result_view(left, right, c);
  at::mm_out(out, left, right);
}
template <class Real>
void add_matrix_product(const MatrixView<Real>& a, const MatrixView<Real>& b, Real* c) {
  const Tensor left = a.view(), right = b.view();
  result_view(left, right, c).addmm_(left, right);
}

// The part of the computation that does not change from tile to tile.
template <class Real>
struct TileInputs {
  TileSizes s;
  InputScale scale;
  const Real *x, *y;                    // [B, T, N, R]
  const Real *conv_w, *conv_b;          // [K, R], [R]
  const Real* gates_w;                  // [H, G, 2 G], input gate and a gate side by side
  const Real *input_gate_b, *a_gate_b;  // [H, G]
  const Real* decay;                    // [R]
  const Real *h0, *history;             // [B, N, R], [B, K - 1, N, R]; null at position 0

  RowUpdate update(int64_t t) const {
    if (t == 0 && !h0) return RowUpdate::kFirst;
    return scale == InputScale::kConvex ? RowUpdate::kConvex : RowUpdate::kSqrt;
  }
};

// The rows that a worker processes: all frames of a few tokens, in the channels of one head.
struct RecurrenceTile {
  int64_t batch, head, token, tokens;
};

// The scratch memory of one thread, and the forward pass through a tile.
template <class Real>
class TileForward {
 public:
  explicit TileForward(const TileInputs<Real>& in) : in_(in), s_(in.s), rows_(recurrence_rows<Real>()) {
    conv_.resize(size());
    gates_.resize(2 * size());
    h_.resize(size());
  }

  // Fills the scratch memory with c, both gates and h of all frames; with `out`, also computes h * gelu(y).
  void forward(const RecurrenceTile& tile, Real* out, Real* h_last) {
    const int64_t n = s_.head_width;
    convolve(tile);
    matrix_product<Real>({conv_.data(), s_.frames * tile.tokens, n}, {in_.gates_w + tile.head * 2 * n * n, n, 2 * n},
                         gates_.data());
    each_row(tile, [&](int64_t t, int64_t token, int64_t row) {
      const int64_t at = place(tile, t, token), head = channel(tile);
      Real* gates = gates_.data() + 2 * row;
      rows_.forward({in_.update(t), n, conv_.data() + row, in_.input_gate_b + head, in_.a_gate_b + head, gates,
                     gates + n, in_.decay + head, before(tile, t, token, row), h_.data() + row, in_.y + at,
                     out ? out + at : nullptr});
    });
    for (int64_t i = 0; h_last && i < tile.tokens; ++i)
      std::copy_n(h_.data() + row_of(tile, s_.frames - 1, i), n, h_last + carried_place(tile, i));
  }

 protected:
  size_t size() const { return static_cast<size_t>(s_.frames * s_.tile_tokens * s_.head_width); }
  int64_t channel(const RecurrenceTile& tile) const { return tile.head * s_.head_width; }
  // Offset of a token of the tile in [B, T, N, R], in [B, N, R], in [B, K - 1, N, R] and in the scratch memory.
  int64_t place(const RecurrenceTile& tile, int64_t t, int64_t i) const {
    return (tile.batch * s_.frames + t) * s_.frame() + (tile.token + i) * s_.width + channel(tile);
  }
  int64_t carried_place(const RecurrenceTile& tile, int64_t i) const {
    return tile.batch * s_.frame() + (tile.token + i) * s_.width + channel(tile);
  }
  int64_t history_place(const RecurrenceTile& tile, int64_t slot, int64_t i) const {
    return (tile.batch * (s_.taps - 1) + slot) * s_.frame() + (tile.token + i) * s_.width + channel(tile);
  }
  int64_t row_of(const RecurrenceTile& tile, int64_t t, int64_t i) const {
    return (t * tile.tokens + i) * s_.head_width;
  }

  const Real* before(const RecurrenceTile& tile, int64_t t, int64_t i, int64_t row) const {
    if (t > 0) return h_.data() + row - tile.tokens * s_.head_width;
    return in_.h0 ? in_.h0 + carried_place(tile, i) : nullptr;
  }
  // The input of the convolution s frames before t, and its weight; null if there is no such frame.
  const Real* past(const RecurrenceTile& tile, int64_t t, int64_t s, int64_t i) const {
    if (t >= s) return in_.x + place(tile, t - s, i);
    return in_.history ? in_.history + history_place(tile, s_.taps - 1 - (s - t), i) : nullptr;
  }
  const Real* weight(const RecurrenceTile& tile, int64_t s) const {
    return in_.conv_w + (s_.taps - 1 - s) * s_.width + channel(tile);
  }

  template <class Body>
  void each_row(const RecurrenceTile& tile, const Body& body) const {
    for (int64_t t = 0; t < s_.frames; ++t) {
      for (int64_t i = 0; i < tile.tokens; ++i) body(t, i, row_of(tile, t, i));
    }
  }

  void convolve(const RecurrenceTile& tile) {
    each_row(tile, [&](int64_t t, int64_t token, int64_t row) {
      const Real *weights[kMostTerms], *inputs[kMostTerms];
      int64_t count = 0;
      for (int64_t s = 0; s < s_.taps; ++s) {
        inputs[count] = past(tile, t, s, token);
        weights[count] = weight(tile, s);
        count += inputs[count] != nullptr;
      }
      rows_.weighted_sum(s_.head_width, count, weights, inputs, in_.conv_b + channel(tile), conv_.data() + row);
    });
  }

  const TileInputs<Real>& in_;
  TileSizes s_;
  const RecurrenceRows<Real>& rows_;
  std::vector<Real> conv_, gates_, h_;  // [T * tile tokens, G], gates [T * tile tokens, 2 G]: input gate, then a gate
};

// TileGradients of the parameters, for one group of one head.
template <class Real>
struct GroupGradients {
  std::vector<Real> conv_w, conv_b, gates_w, gates_b, decay;  // [K, G], [G], [G, 2 G], [2 G], [G]

  explicit GroupGradients(const TileSizes& s)
      : conv_w(static_cast<size_t>(s.taps * s.head_width)),
        conv_b(static_cast<size_t>(s.head_width)),
        gates_w(2 * conv_b.size() * conv_b.size()),
        gates_b(2 * conv_b.size()),
        decay(conv_b) {}
};

template <class Real>
struct TileGradients {
  const Real *out, *h_last;  // given: [B, T, N, R]; [B, N, R], may be null
  Real *x, *y;               // [B, T, N, R]
  Real *h0, *history;        // may be null
};

template <class Real>
class TileBackward : public TileForward<Real> {
  using Base = TileForward<Real>;
  using Base::conv_, Base::gates_, Base::h_, Base::in_, Base::rows_, Base::s_;

 public:
  explicit TileBackward(const TileInputs<Real>& in) : Base(in) {
    grad_conv_.resize(Base::size());
    grad_gates_.resize(2 * Base::size());
    grad_h_.resize(static_cast<size_t>(s_.tile_tokens * s_.head_width));
  }

  void backward(const RecurrenceTile& tile, const TileGradients<Real>& gradients, GroupGradients<Real>& group) {
    Base::forward(tile, nullptr, nullptr);
    through_time(tile, gradients, group);
    through_gates(tile, group);
    through_conv(tile, gradients, group);
  }

 private:
  void through_time(const RecurrenceTile& tile, const TileGradients<Real>& gradients, GroupGradients<Real>& group) {
    const int64_t n = s_.head_width;
    std::fill(grad_h_.begin(), grad_h_.end(), Real(0));
    for (int64_t i = 0; gradients.h_last && i < tile.tokens; ++i)
      std::copy_n(gradients.h_last + Base::carried_place(tile, i), n, grad_h_.data() + i * n);
    for (int64_t t = s_.frames - 1; t >= 0; --t) {
      for (int64_t i = 0; i < tile.tokens; ++i) {
        const int64_t row = Base::row_of(tile, t, i), at = Base::place(tile, t, i);
        const Real* gates = gates_.data() + 2 * row;
        Real* grad_gates = grad_gates_.data() + 2 * row;
        rows_.backward({in_.update(t), n, conv_.data() + row, gates, gates + n, in_.decay + Base::channel(tile),
                        Base::before(tile, t, i, row), h_.data() + row, in_.y + at, gradients.out + at,
                        grad_h_.data() + i * n, gradients.y + at, grad_conv_.data() + row, grad_gates, grad_gates + n,
                        group.decay.data()});
      }
    }
    for (int64_t i = 0; gradients.h0 && i < tile.tokens; ++i)
      std::copy_n(grad_h_.data() + i * n, n, gradients.h0 + Base::carried_place(tile, i));
  }

  // grad c += grad gates W^T, and grad W += c^T grad gates.
  void through_gates(const RecurrenceTile& tile, GroupGradients<Real>& group) {
    const int64_t n = s_.head_width, m = s_.frames * tile.tokens;
    const Real* grad = grad_gates_.data();
    add_matrix_product<Real>({grad, m, 2 * n}, {in_.gates_w + tile.head * 2 * n * n, n, 2 * n, true},
                             grad_conv_.data());
    add_matrix_product<Real>({conv_.data(), m, n, true}, {grad, m, 2 * n}, group.gates_w.data());
    for (int64_t row = 0; row < m; ++row) rows_.add(2 * n, grad + row * 2 * n, group.gates_b.data());
  }

  void through_conv(const RecurrenceTile& tile, const TileGradients<Real>& gradients, GroupGradients<Real>& group) {
    const int64_t n = s_.head_width;
    Base::each_row(tile, [&](int64_t t, int64_t token, int64_t row) {
      const Real *grad = grad_conv_.data() + row, *inputs[kMostTerms];
      Real* sums[kMostTerms];
      int64_t count = 0;
      for (int64_t s = 0; s < s_.taps; ++s) {
        inputs[count] = Base::past(tile, t, s, token);
        sums[count] = group.conv_w.data() + (s_.taps - 1 - s) * n;
        count += inputs[count] != nullptr;
      }
      rows_.add_products(n, count, inputs, grad, sums);
      rows_.add(n, grad, group.conv_b.data());
      gradient_of_input(tile, t, token, gradients.x + Base::place(tile, t, token));
    });
    for (int64_t slot = 0; gradients.history && slot < s_.taps - 1; ++slot) {  // the slot of frame slot - (K - 1)
      for (int64_t i = 0; i < tile.tokens; ++i)
        gradient_of_input(tile, slot - (s_.taps - 1), i, gradients.history + Base::history_place(tile, slot, i));
    }
  }

  // The conv's input at frame t, which may lie before the clip, is read by the frames t to t + K - 1.
  void gradient_of_input(const RecurrenceTile& tile, int64_t t, int64_t token, Real* out) const {
    const Real *weights[kMostTerms], *gradients[kMostTerms];
    int64_t count = 0;
    for (int64_t s = std::max<int64_t>(-t, 0); s < s_.taps && t + s < s_.frames; ++s) {
      weights[count] = Base::weight(tile, s);
      gradients[count++] = grad_conv_.data() + Base::row_of(tile, t + s, token);
    }
    rows_.weighted_sum(s_.head_width, count, weights, gradients, nullptr, out);
  }

  std::vector<Real> grad_conv_, grad_gates_, grad_h_;
};

}  // namespace trecvit::model
