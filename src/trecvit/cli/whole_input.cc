#include "trecvit/cli/whole_input.h"

#include "trecvit/base/error.h"

namespace trecvit::cli {
namespace {

constexpr size_t kMaxBytes = size_t{8} << 30;

}  // namespace

WholeInput read_whole_input(const std::string& source, const ModelConfig& config, const FrameChoice& choice) {
  ModelInput input(source, config, choice);
  WholeInput whole;
  while (const auto frame = input.next()) {
    if ((whole.pixels.size() + frame->pixels.size()) * sizeof(float) > kMaxBytes) {
      fail(ErrorKind::kResource, source,
           "expected a clip of up to 8 GB of pixels, got a longer one; --max-frames bounds it");
    }
    whole.pixels.insert(whole.pixels.end(), frame->pixels.begin(), frame->pixels.end());
    ++whole.frames;
  }
  if (whole.frames == 0) fail_input(source, "expected at least one frame, got none");
  return whole;
}

}  // namespace trecvit::cli
