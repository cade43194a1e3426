// Bytes that arrive on stdin.
#pragma once

#include <cstddef>
#include <span>
#include <stop_token>

namespace trecvit {

// Reads from stdin, at its present position, for one reader.
class StdinBytes {
 public:
  // Throws Error(kInput) if stdin is closed or a terminal.
  explicit StdinBytes(std::stop_token stop);

  // Fills part of `out` and returns the number of bytes, 0 at the end. Waits for data, in steps of a tenth of a second:
  // throws Stopped after a stop request, Error(kResource) if the system fails to read.
  size_t read_some(std::span<std::byte> out);
  // Fills `out` or reads to the end; returns the number of bytes.
  size_t read(std::span<std::byte> out);

 private:
  std::stop_token stop_;
};

}  // namespace trecvit
