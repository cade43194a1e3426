// One entry per file format, shared by the libFuzzer targets and the test that replays their corpora: read everything
// the bytes offer. An Error is an answer; whatever else comes out is a finding.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "trecvit/base/error.h"
#include "trecvit/io/json.h"
#include "trecvit/io/npy.h"
#include "trecvit/io/npz.h"
#include "trecvit/io/safetensors.h"

namespace trecvit::test {

inline constexpr size_t kMaxFuzzBytes = size_t{1} << 20;
inline constexpr uint64_t kMaxFuzzArrayBytes = uint64_t{16} << 20;

// True when the bytes were accepted.
template <class Read>
bool accepted(std::span<const std::byte> bytes, Read read) {
  if (bytes.size() > kMaxFuzzBytes) return false;
  try {
    read(bytes);
    return true;
  } catch (const Error&) {
    return false;
  }
}

inline bool fuzz_npy(std::span<const std::byte> bytes) {
  return accepted(bytes, [](auto all) {
    const HostTensor tensor = read_npy(*open_memory(all, "fuzz.npy"), kMaxFuzzArrayBytes);
    const std::string header = make_npy_header(tensor.shape(), tensor.dtype());
    TRECVIT_CHECK(parse_npy_header(std::as_bytes(std::span(header)), "copy").shape == tensor.shape());
  });
}

inline bool fuzz_npz(std::span<const std::byte> bytes) {
  return accepted(bytes, [](auto all) {
    const NpzReader reader(open_memory(all, "fuzz.npz"), {.max_array_bytes = kMaxFuzzArrayBytes, .max_entries = 4096});
    uint64_t total = 0;
    for (const auto& name : reader.names()) {
      const HostTensor tensor = reader.read(name);
      TRECVIT_CHECK(tensor.shape() == reader.header(name).shape);
      total += tensor.bytes();
      if (total > 4 * kMaxFuzzArrayBytes) break;
    }
  });
}

inline bool fuzz_safetensors(std::span<const std::byte> bytes) {
  return accepted(bytes, [](auto all) {
    const SafetensorsReader reader(open_memory(all, "fuzz.safetensors"));
    uint64_t total = 0;
    for (const auto& name : reader.names()) total += reader.read(name).bytes();
    TRECVIT_CHECK(total <= all.size());
  });
}

inline bool fuzz_json(std::span<const std::byte> bytes) {
  return accepted(bytes, [](auto all) {
    const Json value = parse_json({reinterpret_cast<const char*>(all.data()), all.size()}, "fuzz.json");
    TRECVIT_CHECK(parse_json(value.dump(), "copy") == value);
  });
}

}  // namespace trecvit::test
