// The .npy format of NumPy, versions 1.0 to 3.0: a magic string, a header (a Python dictionary literal with descr,
// fortran_order and shape) and the raw values. Big-endian values and Fortran order are converted on reading to
// little-endian values in C order; only the latter is written.
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "trecvit/base/tensor.h"
#include "trecvit/io/byte_source.h"

namespace trecvit {

struct NpyHeader {
  Shape shape;
  DType dtype = DType::kF32;
  uint64_t data_offset = 0;  // bytes before the first value
  bool big_endian = false;   // both as stored; converted on reading
  bool fortran_order = false;
};

// Parses the header at the start of `bytes` (which may be longer than the header, or cut short). Untyped two-byte
// values ('<V2', '|V2'), the form in which NumPy writes JAX's bfloat16, are bfloat16. Refused, with a reason and a
// remedy: objects, structures, text, complex numbers, long double, 8-bit floats, headers over 64 KB, shapes whose size
// does not fit. Throws Error(kInput).
NpyHeader parse_npy_header(std::span<const std::byte> bytes, std::string_view where);

// Converts the values of an array from their stored layout to the layout of all tensors. Throws Error(kResource) if
// allocating a copy fails.
HostTensor arranged(HostTensor stored, const NpyHeader& header);

// Maximum size of a header; read that many bytes (or all there are) before parsing.
inline constexpr uint64_t kMaxNpyHeaderBytes = 64 * 1024 + 12;

// The header of version 1.0, padded to a multiple of 64 bytes, as NumPy writes it.
std::string make_npy_header(const Shape& shape, DType dtype);

// A whole .npy file. Throws Error(kInput), Error(kResource) if it would take more than max_bytes.
HostTensor read_npy(const ByteSource& source, uint64_t max_bytes);

}  // namespace trecvit
