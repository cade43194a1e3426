#include "trecvit/cli/options.h"

#include "trecvit/base/error.h"
#include "trecvit/pipeline/output_names.h"
#include "trecvit/terminal/common.h"
#include "trecvit/terminal/flags.h"
#include "trecvit/terminal/output.h"
#include "trecvit/terminal/signals.h"
#include "trecvit/video/raw_video.h"
#include "trecvit/video/source_list.h"

namespace trecvit::cli {

void add_max_pixels_option(CLI::App& verb, int64_t& max_pixels) {
  verb.add_option("--max-pixels", max_pixels, "most pixels per frame; raise it for files that you trust (8K: 33177600)")
      ->capture_default_str()
      ->check(whole_number(1));
}

namespace {

void add_live_options(CLI::App& verb, FrameArgs& args) {
  verb.add_option(
      "--policy", args.policy,
      "frames that come faster than they are processed: of a live source only the latest one waits "
      "(latest), or up to 64 wait (all); fps=X: of any source, at most X frames per second of video (default: "
      "latest; every frame of other sources)");
  verb.add_option("--max-latency", args.max_latency,
                  "seconds that a frame of a live source may wait; older ones are skipped (default: no limit)")
      ->check(number_over(0));
  verb.add_option("--timeout", args.source.timeout_seconds, "seconds to wait for data from a network or a camera")
      ->capture_default_str()
      ->check(number_over(0));
  verb.add_option("--reconnect", args.source.reconnect_seconds,
                  "seconds to try again after a live source has ended or broken; 0: never")
      ->capture_default_str()
      ->check(number_from(0));
}

}  // namespace

void add_frame_options(CLI::App& verb, FrameArgs& args, bool several_sources) {
  auto* source = verb.add_option("SOURCE", args.sources,
                                 "video file, folder or pattern of them, @list.txt, - (stdin), folder of numbered "
                                 "pictures, camera:0, address (rtsp://, "
                                 "http://, rtmp://, udp://, srt://), clip.npy or clip.npz "
                                 "(array 'video'), or synthetic:NAME?seed=1&frames=64&size=224");
  source->required();
  if (several_sources) {
    source->description(source->get_description() + "; several are processed in turn, each from an empty state");
  } else {
    source->expected(1);
  }
  verb.add_option("--start", args.start, "seconds to skip at the beginning of the video")
      ->capture_default_str()
      ->check(number_from(0));
  verb.add_option("--duration", args.duration, "seconds of video to read (default: to the end)")->check(number_over(0));
  verb.add_option("--max-frames", args.max_frames, "most frames to process (default: all)")->check(whole_number(1));
  verb.add_option("--step", args.step, "process every n-th frame (default: the model's frame_stride)")
      ->check(whole_number(1));
  verb.add_option("--raw", args.raw,
                  "read the file, or stdin (-), as bytes R, G, B of frames of this size: HxW, or HxW@FPS (default: "
                  "encoded video; 25 frames per second)");
  add_max_pixels_option(verb, args.source.max_pixels);
  add_live_options(verb, args);
  verb.add_option("--max-tracks", args.source.max_tracks, "most tracks of a video file")
      ->capture_default_str()
      ->check(whole_number(1, 1'000'000));
  verb.add_option("--probe-bytes", args.source.probe_bytes, "most bytes read to recognise the format of a video")
      ->capture_default_str()
      ->check(whole_number(2048, 1'000'000'000));
}

void list_sources(FrameArgs& args, bool single) {
  SourceList list = trecvit::list_sources(args.sources);
  for (const std::string& skipped : list.notes) note("{}", skipped);
  if (single && list.sources.size() > 1) fail_usage("SOURCE", "expected one source, got {}", list.sources.size());
  args.sources = std::move(list.sources);
  args.lists = std::move(list.lists);
}

FrameChoice choice_of(const FrameArgs& args, const ModelConfig& config) {
  FrameChoice choice;
  choice.start_seconds = args.start;
  choice.duration_seconds = args.duration;
  choice.max_frames = args.max_frames;
  choice.step = args.step.value_or(config.frame_stride);
  choice.source = args.source;
  choice.source.stop = stop_token();
  choice.source.seed = common().seed;
  if (!args.policy.empty()) parse_policy(args.policy, args.step.has_value(), choice);
  if (args.max_latency) choice.max_latency_seconds = *args.max_latency;
  if (!args.raw.empty()) choice.source.raw = parse_raw_video(args.raw);
  return choice;
}

void report_faults(const std::string& source, const SourceFaults& faults) {
  if (faults.damaged_packets > 0) note("{}: {} damaged packets were skipped", source, faults.damaged_packets);
  if (faults.missing_pictures > 0) note("{}: {} picture numbers are missing", source, faults.missing_pictures);
  if (faults.broken_connections > 0)
    note("{}: connected again {} time{}", source, faults.broken_connections, faults.broken_connections == 1 ? "" : "s");
  if (!faults.choice.empty()) note("{}: {}", source, faults.choice);
}

void check_output_names(const ModelChoice& model, const FrameArgs& frames, const std::vector<std::string>& outputs,
                        const std::vector<std::string>& other_inputs) {
  std::vector<std::string> others = other_inputs;
  others.insert(others.end(), frames.lists.begin(), frames.lists.end());
  check_names({model.model, model.labels, frames.sources, others}, outputs);
}

void check_outputs(const ModelChoice& model, const FrameArgs& frames, const std::vector<std::string>& outputs,
                   bool force, const std::vector<std::string>& other_inputs) {
  for (const auto& output : outputs) refuse_stdout(output);
  check_output_names(model, frames, outputs, other_inputs);
  for (const auto& output : outputs) {
    if (!output.empty()) check_writable(output, overwrite_of(force));
  }
}

int for_each_source(const std::vector<std::string>& sources, const std::function<void(const std::string&)>& function) {
  int code = 0;
  for (const auto& source : sources) {
    if (stop_signal() != 0) break;
    try {
      function(source);
    } catch (const Stopped&) {
      break;
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::kResource) throw;  // out of memory or disk: the other sources would fail too
      message("{}", Lines{error.what()});
      if (code == 0) code = error.exit_code();
    }
  }
  return stop_signal() != 0 ? 128 + stop_signal() : code;
}

Overwrite overwrite_of(bool force) { return force ? Overwrite::kYes : Overwrite::kNo; }

}  // namespace trecvit::cli
