// One entry per file format, shared by the libFuzzer targets and the test that replays their corpora: each reads
// everything the bytes contain. An Error is a valid answer; anything else is a finding.
#pragma once

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <span>
#include <string>
#include <string_view>

#include "support/files.h"
#include "support/temp_dir.h"
#include "trecvit/base/error.h"
#include "trecvit/io/append_file.h"
#include "trecvit/io/event_file.h"
#include "trecvit/io/file_kind.h"
#include "trecvit/io/json.h"
#include "trecvit/io/npy.h"
#include "trecvit/io/npz.h"
#include "trecvit/io/safetensors.h"

namespace trecvit::test {

inline constexpr size_t kMaxFuzzBytes = size_t{1} << 20;
inline constexpr uint64_t kMaxFuzzArrayBytes = uint64_t{16} << 20;

// True if the bytes were accepted.
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

// Accepts every kind that has a name.
inline bool fuzz_file_kind(std::span<const std::byte> bytes) {
  return accepted(bytes, [](auto all) {
    const auto source = open_memory(all, "fuzz");
    const FileKind kind = recognise(*source);
    TRECVIT_CHECK(kind.name.empty() == (kind.family == FileFamily::kUnknown));
    for (const auto wanted : {Wanted::kWeights, Wanted::kState, Wanted::kNpy, Wanted::kNpz, Wanted::kSafetensors,
                              Wanted::kVideo, Wanted::kText}) {
      try {
        refuse_other_kinds(*source, wanted);
      } catch (const Error& error) {
        TRECVIT_CHECK(!kind.name.empty() && error.kind() == ErrorKind::kInput);
      }
    }
    if (kind.name.empty()) fail_input("fuzz", "expected a known kind, got another");
  });
}

inline bool fuzz_json(std::span<const std::byte> bytes) {
  return accepted(bytes, [](auto all) {
    const Json value = parse_json({reinterpret_cast<const char*>(all.data()), all.size()}, "fuzz.json");
    TRECVIT_CHECK(parse_json(value.dump(), "copy") == value);
  });
}

// Writes the bytes to a file and opens it as a resumed run does. True if nothing had to be dropped; what was kept is
// intact, and a second opening changes nothing.
template <class Open>
bool fuzz_file(std::span<const std::byte> bytes, const char* name, Open open) {
  const TempDir dir;
  const std::string path = dir.file(name);
  const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  bool whole = false;
  const bool taken = accepted(bytes, [&](auto) {
    std::ofstream(path, std::ios::binary) << text;
    open(path);
    const std::string once = content(path);
    open(path);
    TRECVIT_CHECK(content(path) == once);
    whole = once == text;
  });
  return taken && whole;
}

inline bool fuzz_event_file(std::span<const std::byte> bytes) {
  const auto goes_on_after = [](int64_t step) {
    return [step](const std::string& path) {
      EventFile::Options options;
      options.first_step = step;
      options.wall_time = [] { return 0.0; };
      const EventFile file(path, options);
    };
  };
  fuzz_file(bytes, kEventFileName, goes_on_after(5));
  return fuzz_file(bytes, kEventFileName, goes_on_after(INT64_MAX));
}

inline bool fuzz_run_log(std::span<const std::byte> bytes) {
  const auto before = [](auto step_of) {
    return [step_of](const std::string& path) {
      keep_lines(path, [&](std::string_view line) { return step_of(line).value_or(0) < 5; });
      const LineFile file(path);
    };
  };
  const bool csv = fuzz_file(bytes, "metrics.csv", before(step_of_csv_line));
  return fuzz_file(bytes, "log.jsonl", before(step_of_json_line)) || csv;
}

}  // namespace trecvit::test
