#include "trecvit/pipeline/whole_input.h"

#include "trecvit/base/parse_number.h"
#include "trecvit/base/stats.h"
#include "trecvit/pipeline/classify.h"

namespace trecvit {
namespace {

constexpr size_t kMaxBytes = size_t{8} << 30;
constexpr size_t kCheckedBytes = size_t{256} << 20;  // available memory is checked above this size

}  // namespace

WholeInput read_whole_input(const std::string& source, const ModelConfig& config, const FrameChoice& choice) {
  ModelInput input(source, config, choice);
  WholeInput whole;
  while (const auto frame = input.next()) {
    const size_t bytes = (whole.pixels.size() + frame->pixels.size()) * sizeof(float);
    if (bytes > kMaxBytes) {
      fail(ErrorKind::kResource, source,
           "expected a clip of at most 8 GB of pixels, got a longer one; --max-frames limits it");
    }
    if (bytes > whole.pixels.capacity() * sizeof(float) && bytes > kCheckedBytes)
      check_memory_for(2 * bytes, source, "the pixels of the clip (--max-frames limits it)");  // old copy and new
    whole.pixels.insert(whole.pixels.end(), frame->pixels.begin(), frame->pixels.end());
    whole.numbers.push_back(frame->index);
    ++whole.frames;
  }
  if (whole.frames == 0) input.fail_empty();
  whole.faults = input.faults();
  whole.name = input.info().name;
  return whole;
}

Error with_source(const Error& error, const WholeInput& input) {
  constexpr std::string_view kFrame = "[frame ";
  const std::string_view said = error.what();
  if (!said.starts_with(kFrame)) return error;
  const auto number = parse_number<int64_t>(said.substr(kFrame.size(), said.find(']') - kFrame.size()));
  if (!number || *number < 0 || *number >= input.frames) return error;
  return with_source(error, input.name, input.numbers[static_cast<size_t>(*number)]);
}

}  // namespace trecvit
