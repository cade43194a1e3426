// HostTensor owns memory, TensorView borrows it: a buffer, a shape and an element type, and no mathematics.
#pragma once

#include <cstring>
#include <span>

#include "trecvit/base/buffer.h"
#include "trecvit/base/dtype.h"
#include "trecvit/base/error.h"
#include "trecvit/base/shape.h"

namespace trecvit {

// Bytes of a tensor of this shape and type; nullopt if the number does not fit.
std::optional<size_t> byte_count(const Shape& shape, DType dtype);

struct TensorView {
  const void* data = nullptr;
  Shape shape;
  DType dtype = DType::kF32;

  int64_t count() const { return element_count(shape).value_or(0); }
  size_t bytes() const { return byte_count(shape, dtype).value_or(0); }
  template <class T>
  std::span<const T> as() const {
    TRECVIT_CHECK(dtype == dtype_of<T>());
    return {static_cast<const T*>(data), static_cast<size_t>(count())};
  }
};

class HostTensor {
 public:
  HostTensor() = default;
  // Zero-filled. Throws Error(kResource) if the size overflows or the allocation fails.
  HostTensor(Shape shape, DType dtype);
  template <class T>
  static HostTensor from(Shape shape, std::span<const T> values) {
    HostTensor tensor(std::move(shape), dtype_of<T>());
    TRECVIT_CHECK(values.size() == static_cast<size_t>(tensor.count()));
    if (!values.empty()) std::memcpy(tensor.data(), values.data(), values.size_bytes());
    return tensor;
  }

  const Shape& shape() const { return shape_; }
  DType dtype() const { return dtype_; }
  int64_t count() const { return element_count(shape_).value_or(0); }
  size_t bytes() const { return buffer_.size(); }
  std::byte* data() { return buffer_.data(); }
  const std::byte* data() const { return buffer_.data(); }

  template <class T>
  std::span<T> as() {
    TRECVIT_CHECK(dtype_ == dtype_of<T>());
    return {reinterpret_cast<T*>(buffer_.data()), static_cast<size_t>(count())};
  }
  template <class T>
  std::span<const T> as() const {
    TRECVIT_CHECK(dtype_ == dtype_of<T>());
    return {reinterpret_cast<const T*>(buffer_.data()), static_cast<size_t>(count())};
  }
  TensorView view() const { return {buffer_.data(), shape_, dtype_}; }

 private:
  Shape shape_;
  DType dtype_ = DType::kF32;
  Buffer buffer_;
};

// Converts the values to float32: exact from float16, bfloat16 and float32, rounded from float64. Throws Error(kInput)
// naming `where` for other types, which models do not use for their numbers.
HostTensor to_float32(HostTensor tensor, std::string_view where);

}  // namespace trecvit
