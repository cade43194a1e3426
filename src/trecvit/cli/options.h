// Which frames of which sources are looked at, and what may be written.
#pragma once

#include <CLI/CLI.hpp>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "trecvit/cli/model_options.h"
#include "trecvit/io/atomic_file.h"
#include "trecvit/pipeline/model_input.h"

namespace trecvit::cli {

struct FrameArgs {
  std::vector<std::string> sources;
  double start = 0;
  std::optional<double> duration;
  std::optional<int64_t> max_frames;
  std::optional<int64_t> step;  // empty: the model's frame_stride
  int64_t max_pixels = kDefaultMaxPixels;
};
void add_max_pixels_option(CLI::App& verb, int64_t& max_pixels);
void add_frame_options(CLI::App& verb, FrameArgs& args, bool several_sources);
FrameChoice choice_of(const FrameArgs& args, const ModelConfig& config);

// Notes of damage and of several video tracks.
void report_faults(const std::string& source, const SourceFaults& faults);

// Runs a function for each source. A source that cannot be read is reported on stderr, the rest goes on, and the exit
// code is 3 at the end. Stops early after a signal.
int for_each_source(const std::vector<std::string>& sources, const std::function<void(const std::string&)>& function);

Overwrite overwrite_of(bool force);

// check_names (pipeline/output_names.h) of a verb's inputs. Also with --force a source is never written over.
void check_output_names(const ModelChoice& model, const FrameArgs& frames, const std::vector<std::string>& outputs,
                        const std::vector<std::string>& other_inputs = {});

// The same of files, and whether each can be written: throws as refuse_stdout and AtomicFile do.
void check_outputs(const ModelChoice& model, const FrameArgs& frames, const std::vector<std::string>& outputs,
                   bool force, const std::vector<std::string>& other_inputs = {});

}  // namespace trecvit::cli
