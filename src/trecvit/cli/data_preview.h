// The verb "trecvit data preview", and what the verbs under "data" share.
#pragma once

#include "trecvit/cli/command.h"
#include "trecvit/data/clip_dataset.h"

namespace trecvit::cli {

enum class NeedSource { kYes, kNo };
// The options that choose clips: SOURCE, --format, --root, --split, --group, --without-group, --limit.
void add_data_options(CLI::App& verb, DataConfig& data, NeedSource need = NeedSource::kYes);

struct PreviewArgs {
  DataConfig data;
  std::string out;
  Sampling sampling = Sampling::kStride;
  std::string config, part = "train";  // of a run, instead of all options about clips
  std::vector<std::string> changes;
  int64_t samples = 8, frames = 8, stride = 2, size = 112, max_pixels = kDefaultMaxPixels;
  bool augment = false, testing = false, force = false;
};
void add_preview_options(CLI::App& verb, PreviewArgs& args);
int preview(const PreviewArgs& args);

}  // namespace trecvit::cli
