#include "trecvit/pipeline/whole_input.h"

#include "trecvit/base/error.h"
#include "trecvit/base/stats.h"

namespace trecvit {
namespace {

constexpr size_t kMaxBytes = size_t{8} << 30;
constexpr size_t kCheckedBytes = size_t{256} << 20;  // available memory is checked above this size

}  // namespace

WholeInput read_whole_input(const std::string& source, const ModelConfig& config, const FrameChoice& choice) {
  ModelInput input(source, config, choice);
  WholeInput whole;
  for (InputFrame frame; input.next(frame);) {
    const size_t bytes = (whole.pixels.size() + frame.pixels.size()) * sizeof(float);
    if (bytes > kMaxBytes) {
      fail(ErrorKind::kResource, source,
           "expected a clip of at most 8 GB of pixels, got a longer one; --max-frames limits it");
    }
    if (bytes > whole.pixels.capacity() * sizeof(float) && bytes > kCheckedBytes)
      check_memory_for(2 * bytes, source, "the pixels of the clip (--max-frames limits it)");  // old copy and new
    const auto pixels = frame.pixels.span();
    whole.pixels.insert(whole.pixels.end(), pixels.begin(), pixels.end());
    whole.numbers.push_back(frame.index);
    ++whole.frames;
  }
  if (whole.frames == 0) input.frames().fail_empty();
  whole.faults = input.faults();
  whole.name = input.info().name;
  return whole;
}

}  // namespace trecvit
