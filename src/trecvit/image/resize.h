// Bilinear resize with antialiasing (a triangle filter that widens with the reduction); our own, so that the numbers do
// not depend on a library's version. Bytes are computed in integers, horizontally first, and equal
// Image.resize(BILINEAR) of Pillow up to version 12 bit for bit (13 goes vertically first if the height shrinks much
// more than the width, which rounds differently). Floats use the same taps, summed in double.
#pragma once

#include <cstdint>
#include <vector>

#include "trecvit/image/image.h"

namespace trecvit {

// One axis of a resize: the samples [begin, begin + extent) of `in` are mapped onto `full` outputs, and only the
// outputs [skip, skip + out) are computed. Resize and crop in one step: the computed values are exactly those of the
// whole resized picture.
struct AxisGeometry {
  int in = 0;                    // 1 to kMaxImageSide
  double begin = 0, extent = 0;  // within [0, in], extent > 0
  int full = 0;                  // >= 1; may be far beyond kMaxImageSide, as only `out` of them are computed
  int skip = 0, out = 0;         // within [0, full], out from 1 to kMaxImageSide
};
// All of `in` onto `full` outputs, all of which are computed.
AxisGeometry whole_axis(int in, int full);

// Weights of one axis: output i is the sum of weights[i, k] * input[first[i] + k] for k < count[i].
struct ResampleAxis {
  int taps = 0;                 // row length of the two tables, zero-padded at the end
  std::vector<int> first;       // [out]
  std::vector<int> count;       // [out]
  std::vector<double> weights;  // [out, taps], each row sums to 1
  std::vector<int32_t> fixed;   // [out, taps], the weights in units of 2^-22
};
ResampleAxis make_resample_axis(const AxisGeometry& geometry);

// Resizes pictures [rows.in, columns.in, 3] to [rows.out, columns.out, 3]; keeps tables and scratch memory for the next
// picture. The horizontal pass comes first and touches only the rows and columns that the result needs.
class Resizer {
 public:
  Resizer(const AxisGeometry& rows, const AxisGeometry& columns);
  // The frame's size and type must be the declared ones. out: rows are out_stride_pixels pixels apart.
  void run(const ImageView& frame, uint8_t* out, int out_stride_pixels);
  void run(const ImageView& frame, float* out, int out_stride_pixels);

 private:
  int in_height_, in_width_;
  ResampleAxis rows_, columns_;
  std::vector<uint8_t> scratch_u8_;  // [input rows in use, columns.out, 3]
  std::vector<float> scratch_f32_;
  std::vector<int32_t> sums_u8_;  // [columns.out, 3]
  std::vector<double> sums_f32_;
};

}  // namespace trecvit
