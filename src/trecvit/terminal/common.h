// Options that every verb has, and the settings that they make for the whole run of the command.
#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "trecvit/io/progress.h"

namespace trecvit::cli {

struct Common {
  bool quiet = false;
  ProgressMode progress = ProgressMode::kAuto;
  std::optional<uint64_t> seed;  // for generated weights and frames whose name contains no seed
};

// Set while the arguments are parsed, constant afterwards.
const Common& common();
void add_common_options(CLI::App& verb);

// A progress line for work of `total` frames, if the total is known; silent with --quiet.
Progress frame_progress(const std::string& what, std::optional<int64_t> total, const std::string& unit = "frames");

}  // namespace trecvit::cli
