// Options that choose frames and sources, and checks of the files to be written.
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
  std::vector<std::string> sources, lists;  // lists: files that name sources, which are inputs too
  double start = 0;
  std::optional<double> duration;
  std::optional<int64_t> max_frames;
  std::optional<int64_t> step;  // empty: the model's frame_stride
  std::string raw;              // "HxW" or "HxW@FPS"; empty: sources are encoded
  std::string policy;           // "all", "latest" or "fps=X"; empty: the latest of live sources
  std::optional<double> max_latency;
  SourceOptions source;  // the limits
};
void add_max_pixels_option(CLI::App& verb, int64_t& max_pixels);
void add_frame_options(CLI::App& verb, FrameArgs& args, bool several_sources);
// Replaces lists, patterns and folders by the sources in them (video/source_list.h), and prints what is skipped. To be
// called once, before the sources are used. single: throws Error(kUsage) if there is more than one in the end.
void list_sources(FrameArgs& args, bool single = false);
FrameChoice choice_of(const FrameArgs& args, const ModelConfig& config);

// Prints notes about damaged sources and about sources with several video tracks.
void report_faults(const std::string& source, const SourceFaults& faults);

// Runs a function for each source. A source that cannot be read is reported on stderr, the others are still processed,
// and the exit code is then 3. Stops early after a signal.
int for_each_source(const std::vector<std::string>& sources, const std::function<void(const std::string&)>& function);

Overwrite overwrite_of(bool force);

// Applies check_names (pipeline/output_names.h) to a verb's inputs. A source is never overwritten, even with --force.
void check_output_names(const ModelChoice& model, const FrameArgs& frames, const std::vector<std::string>& outputs,
                        const std::vector<std::string>& other_inputs = {});

// The same for files; also checks that each can be written: throws like refuse_stdout and AtomicFile.
void check_outputs(const ModelChoice& model, const FrameArgs& frames, const std::vector<std::string>& outputs,
                   bool force, const std::vector<std::string>& other_inputs = {});

}  // namespace trecvit::cli
