// Memory for tensors: 64-byte aligned, zero-filled, movable, not copyable. Blocks of several megabytes request huge
// pages.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>

#include "trecvit/base/checked.h"

namespace trecvit {

class Buffer {
 public:
  Buffer() = default;
  // Throws Error(kResource) if the allocation fails.
  explicit Buffer(size_t size_bytes);
  ~Buffer();
  Buffer(Buffer&& other) noexcept : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  Buffer& operator=(Buffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }

  std::byte* data() { return data_; }
  const std::byte* data() const { return data_; }
  size_t size() const { return size_; }

 private:
  std::byte* data_ = nullptr;
  size_t size_ = 0;
};

// count elements of a plain type in a Buffer.
template <class T>
class Array {
 public:
  Array() = default;
  // Throws Error(kResource) as Buffer does, also if the size in bytes does not fit a size_t.
  explicit Array(size_t count) : buffer_(checked_mul(count, sizeof(T)).value_or(SIZE_MAX)), count_(count) {}
  Array(Array&& other) noexcept : buffer_(std::move(other.buffer_)), count_(std::exchange(other.count_, 0)) {}
  Array& operator=(Array&& other) noexcept {
    std::swap(buffer_, other.buffer_);
    std::swap(count_, other.count_);
    return *this;
  }
  T* data() { return reinterpret_cast<T*>(buffer_.data()); }
  const T* data() const { return reinterpret_cast<const T*>(buffer_.data()); }
  size_t size() const { return count_; }
  T& operator[](size_t i) { return data()[i]; }
  const T& operator[](size_t i) const { return data()[i]; }
  // An explicit, visible copy.
  Array clone() const {
    Array copy(count_);
    if (count_ > 0) std::memcpy(copy.data(), data(), count_ * sizeof(T));
    return copy;
  }
  std::span<T> span() { return {data(), count_}; }
  std::span<const T> span() const { return {data(), count_}; }

 private:
  Buffer buffer_;
  size_t count_ = 0;
};

}  // namespace trecvit
