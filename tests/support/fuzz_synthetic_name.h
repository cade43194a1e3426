// The fuzz entry for names of generated video: the first and last frames of every accepted name can be rendered.
#pragma once

#include <vector>

#include "support/fuzz_entries.h"
#include "trecvit/synth/catalog.h"

namespace trecvit::test {

inline bool fuzz_synthetic_name(std::span<const std::byte> bytes) {
  return accepted(bytes, [](auto all) {
    const SynthSpec spec = parse_synth_spec({reinterpret_cast<const char*>(all.data()), all.size()});
    TRECVIT_CHECK(spec.frames >= 1 && spec.fps > 0);
    if (spec.size.height > 64 || spec.size.width > 64) return;  // valid, but slow
    const auto generator = make_generator(spec);
    std::vector<uint8_t> rgb(spec.size.bytes());
    for (const int64_t frame : {int64_t{0}, spec.frames - 1}) generator->render(frame, rgb);
  });
}

}  // namespace trecvit::test
