// exp, sigmoid, gelu and tanh of a vector, within about two ulp. Not-a-number passes through.
#pragma once

#include "trecvit/base/simd/vector_function.h"
#include "trecvit/base/simd/vector_loop.h"

namespace trecvit::simd {

// e^x as power + power * fraction: power is a power of two, fraction = e^r - 1 with |r| <= ln(2) / 2. They are kept
// apart, so that e^x - 1 and 1 - e^x without cancellation cost nothing extra.
template <class V>
struct SplitExp {
  typename V::F power, fraction;

  [[gnu::always_inline]] typename V::F exp() const { return V::fma(power, fraction, power); }
  [[gnu::always_inline]] typename V::F minus_one() const {
    return V::fma(power, fraction, V::sub(power, V::set(1.0f)));
  }
  [[gnu::always_inline]] typename V::F one_minus() const {
    return V::fnma(power, fraction, V::sub(V::set(1.0f), power));
  }
};

// x is clamped to where the result is a normal float: [1.2e-38, 2.4e38].
template <class V>
[[gnu::always_inline]] inline SplitExp<V> split_exp(typename V::F x) {
  using F = typename V::F;
  x = V::max(V::set(-87.33f), V::min(V::set(88.37f), x));
  // Adding 1.5 * 2^23 leaves round(x / ln 2) in the low bits, here with the bias of the exponent.
  const F shifter = V::set(12582912.0f + 127.0f);
  const F shifted = V::fma(x, V::set(1.44269504f), shifter);
  const F n = V::sub(shifted, shifter);
  // ln 2 in two parts; the first has nine bits, so that its product with n is exact.
  const F r = V::fnma(n, V::set(-2.12194440e-4f), V::fnma(n, V::set(0.693359375f), x));
  // Minimax for (e^r - 1 - r) / r^2; the relative error of e^r is 3e-9.
  const F r2 = V::mul(r, r);
  const F high = V::fma(r2, V::set(0.001381454018f), V::fma(r, V::set(0.008368745109f), V::set(0.04166839078f)));
  const F q = V::fma(r2, high, V::fma(r, V::set(0.166665204f), V::set(0.4999999343f)));
  return {V::low_bits_to_exponent(shifted), V::fma(r2, q, r)};
}

template <class V>
[[gnu::always_inline]] inline typename V::F exp(typename V::F x) {
  return split_exp<V>(x).exp();
}

template <class V>
[[gnu::always_inline]] inline typename V::F sigmoid(typename V::F x) {
  const typename V::F one = V::set(1.0f);
  return V::div(one, V::add(one, exp<V>(V::sub(V::zero(), x))));
}

// x sigmoid(2 sqrt(2 / pi) (x + 0.044715 x^3)), which is the tanh form.
template <class V>
[[gnu::always_inline]] inline typename V::F gelu(typename V::F x) {
  constexpr float kLinear = -1.5957691216f, kCubic = kLinear * 0.044715f;
  const typename V::F exponent = V::mul(x, V::fma(V::mul(x, x), V::set(kCubic), V::set(kLinear)));
  return V::div(x, V::add(V::set(1.0f), exp<V>(exponent)));
}

// (e^2x - 1) / (e^2x + 1), accurate near zero too.
template <class V>
[[gnu::always_inline]] inline typename V::F tanh(typename V::F x) {
  const typename V::F e = split_exp<V>(V::add(x, x)).minus_one();
  return V::div(e, V::add(e, V::set(2.0f)));
}

template <class V>
[[gnu::always_inline]] inline typename V::F value_at(VectorFunction function, typename V::F x) {
  switch (function) {
    case VectorFunction::kExp:
      return exp<V>(x);
    case VectorFunction::kSigmoid:
      return sigmoid<V>(x);
    case VectorFunction::kGelu:
      return gelu<V>(x);
    case VectorFunction::kTanh:
      break;
  }
  return tanh<V>(x);
}

template <class V>
void apply(VectorFunction function, const float* in, int64_t count, float* out) {
  for_each_vector<V>(count,
                     [=](int64_t i, auto lanes) { lanes.store(out + i, value_at<V>(function, lanes.load(in + i))); });
}

}  // namespace trecvit::simd
