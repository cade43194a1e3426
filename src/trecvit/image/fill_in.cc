#include "trecvit/image/fill_in.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "trecvit/base/error.h"

namespace trecvit {
namespace {

// A picture in patches.
class Grid {
 public:
  Grid(const PatchedPicture& form, std::span<const uint8_t> masked, std::span<float> picture)
      : form_(form), columns_(form.width / form.patch), masked_(masked), picture_(picture) {
    TRECVIT_CHECK(std::ssize(picture) == form.height * form.width * 3);
    TRECVIT_CHECK(std::ssize(masked) == form.height / form.patch * columns_);
    TRECVIT_CHECK(std::find(masked.begin(), masked.end(), uint8_t{0}) != masked.end());
  }

  bool hidden(int64_t y, int64_t x) const {
    return masked_[static_cast<size_t>(y / form_.patch * columns_ + x / form_.patch)] != 0;
  }
  float* at(int64_t y, int64_t x) const { return picture_.data() + (y * form_.width + x) * 3; }
  template <class Function>  // (y, x) of hidden pixels
  void each_hidden(const Function& function) const {
    for (int64_t y = 0; y < form_.height; ++y) {
      for (int64_t x = 0; x < form_.width; ++x) {
        if (hidden(y, x)) function(y, x);
      }
    }
  }

 private:
  const PatchedPicture& form_;
  int64_t columns_;
  std::span<const uint8_t> masked_;
  std::span<float> picture_;
};

}  // namespace

void fill_with_mean(const PatchedPicture& form, std::span<const uint8_t> masked, std::span<float> picture) {
  const Grid grid(form, masked, picture);
  std::array<double, 3> sum{};
  double count = 0;
  for (int64_t y = 0; y < form.height; ++y) {
    for (int64_t x = 0; x < form.width; ++x) {
      if (grid.hidden(y, x)) continue;
      for (size_t c = 0; c < 3; ++c) sum[c] += static_cast<double>(grid.at(y, x)[c]);
      ++count;
    }
  }
  grid.each_hidden([&](int64_t y, int64_t x) {
    for (size_t c = 0; c < 3; ++c) grid.at(y, x)[c] = static_cast<float>(sum[c] / count);
  });
}

void fill_with_nearest(const PatchedPicture& form, std::span<const uint8_t> masked, std::span<float> picture) {
  const Grid grid(form, masked, picture);
  const int64_t p = form.patch, rows = form.height / p, columns = form.width / p;
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t column = 0; column < columns; ++column) {
      if (masked[static_cast<size_t>(row * columns + column)] == 0) continue;
      int64_t nearest = 0, least = std::numeric_limits<int64_t>::max();
      for (int64_t other = 0; other < rows * columns; ++other) {
        const int64_t down = other / columns - row, right = other % columns - column;
        const int64_t distance = down * down + right * right;
        if (masked[static_cast<size_t>(other)] != 0 || distance >= least) continue;
        nearest = other;
        least = distance;
      }
      for (int64_t y = 0; y < p; ++y)
        std::copy_n(grid.at(nearest / columns * p + y, nearest % columns * p), 3 * p, grid.at(row * p + y, column * p));
    }
  }
}

void fill_linearly(const PatchedPicture& form, std::span<const uint8_t> masked, std::span<float> picture) {
  fill_with_mean(form, masked, picture);  // the starting point of the iteration
  const Grid grid(form, masked, picture);
  struct Pixel {
    float* own = nullptr;
    std::array<const float*, 4> adjacent{};
    size_t neighbours = 0;
  };
  std::vector<Pixel> hidden;
  grid.each_hidden([&](int64_t y, int64_t x) {
    Pixel& pixel = hidden.emplace_back();
    pixel.own = grid.at(y, x);
    if (y > 0) pixel.adjacent[pixel.neighbours++] = grid.at(y - 1, x);
    if (y + 1 < form.height) pixel.adjacent[pixel.neighbours++] = grid.at(y + 1, x);
    if (x > 0) pixel.adjacent[pixel.neighbours++] = grid.at(y, x - 1);
    if (x + 1 < form.width) pixel.adjacent[pixel.neighbours++] = grid.at(y, x + 1);
  });
  // Successive over-relaxation with the optimal factor for a square of this side whose border is known. Borders without
  // a constraint behave as if the picture continued mirrored, hence twice its side. The error falls by a constant
  // factor in as many rounds as the side has pixels.
  constexpr float kStill = 1e-6F;  // converged if no value moved by more
  const int64_t side = 2 * std::max(form.height, form.width);
  const auto factor = static_cast<float>(2 / (1 + std::sin(std::numbers::pi / static_cast<double>(side))));
  float moved = 1;
  for (int64_t round = 0; round < 3 * side && moved > kStill; ++round) {
    moved = 0;
    for (const Pixel& pixel : hidden) {
      for (size_t c = 0; c < 3; ++c) {
        float sum = 0;
        for (size_t n = 0; n < pixel.neighbours; ++n) sum += pixel.adjacent[n][c];
        const float change = factor * (sum / static_cast<float>(pixel.neighbours) - pixel.own[c]);
        pixel.own[c] += change;
        moved = std::max(moved, std::abs(change));
      }
    }
  }
}

}  // namespace trecvit
