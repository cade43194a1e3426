// The encoder without tokenizer and head: any number of tokens, from any source.
#include "trecvit/engine/encoder.h"

#include <gtest/gtest.h>

#include "engine/engine_module.h"
#include "support/near.h"
#include "support/step_equals_clip.h"
#include "support/tap_collector.h"
#include "trecvit/base/random.h"

namespace trecvit::test {
namespace {

// Tokens [frames, n, D] that no tokenizer would produce.
std::vector<float> noise_tokens(int64_t frames, int64_t n, int64_t width) {
  const RandomStream random(5, "noise_tokens");
  std::vector<float> tokens(static_cast<size_t>(frames * n * width));
  for (size_t i = 0; i < tokens.size(); ++i) tokens[i] = static_cast<float>(random.symmetric(i));
  return tokens;
}

// An encoder with streams of `n` tokens, for step_equals_clip.h.
class EncoderModule {
 public:
  using State = std::unique_ptr<StreamMemory>;

  EncoderModule(const Encoder& encoder, int64_t n, int64_t width, int threads)
      : encoder_(encoder), n_(n), width_(width), workspace_(encoder.make_workspace(threads)) {}

  int64_t frames() const { return kFrames; }
  State fresh() const { return encoder_.make_memory(n_); }
  std::vector<float> step(int64_t frame, State& memory) {
    auto tokens = part(frame, frame + 1);
    const StreamTokens stream{tokens.data(), memory.get()};
    encoder_.step({&stream, 1}, *workspace_);
    return tokens;
  }
  std::vector<float> run(int64_t begin, int64_t end, State& memory) {
    auto tokens = part(begin, end);
    encoder_.run({tokens.data(), memory.get()}, end - begin, *workspace_);
    return tokens;
  }
  std::vector<float> contents(const State& memory) const {
    const HostState host = memory->to_host();
    std::vector<float> all{static_cast<float>(host.frames)};
    for (const HostTensor* tensor : {&host.h, &host.conv}) {
      const auto values = tensor->as<float>();
      all.insert(all.end(), values.begin(), values.end());
    }
    return all;
  }
  void reset(State& memory) const { memory->reset(); }
  State fork(const State& memory) const { return memory->clone(); }
  State reload(const State& memory) const {
    State read = fresh();
    read->from_host(memory->to_host());
    return read;
  }

 private:
  static constexpr int64_t kFrames = 9;
  std::vector<float> part(int64_t begin, int64_t end) const {
    const int64_t frame = n_ * width_;
    return {tokens_.begin() + begin * frame, tokens_.begin() + end * frame};
  }

  const Encoder& encoder_;
  int64_t n_, width_;
  std::unique_ptr<Workspace> workspace_;
  std::vector<float> tokens_ = noise_tokens(kFrames, n_, width_);
};

class EncoderTest : public testing::TestWithParam<std::string> {
 protected:
  ModelConfig config_ = small_config();  // 7 tokens
  std::shared_ptr<const Model> model_ = make_model(config_, GetParam());
  const Encoder& encoder_ = *model_->network().encoder;
};

TEST_P(EncoderTest, AcceptsAnyNumberOfTokens) {
  const auto reference = make_model(config_, "reference");
  for (const int64_t n : {1, 2, 7, 8, 40}) {
    EncoderModule module(encoder_, n, config_.width, 1);
    expect_step_equals_clip(GetParam() + " " + std::to_string(n), module, 0.0);
    const Walked got = Walker<EncoderModule>(module, 1).whole();
    for (const int threads : {2, 3}) {
      EncoderModule more(encoder_, n, config_.width, threads);
      EXPECT_TRUE(bit_equal("threads", Walker<EncoderModule>(more, 1).whole().outputs, got.outputs)) << n;
    }
    EncoderModule plain(*reference->network().encoder, n, config_.width, 1);
    const Walked want = Walker<EncoderModule>(plain, 1).whole();
    EXPECT_LE(relative_difference(got.outputs, want.outputs), kBetweenProviders) << n;
    EXPECT_LE(relative_difference(got.memory, want.memory), kBetweenProviders) << n;
  }
}

// Streams with different numbers of tokens in one call.
TEST_P(EncoderTest, AcceptsStreamsOfDifferentSizesInOneCall) {
  constexpr int64_t kFew = 3, kMany = 20;
  const auto workspace = encoder_.make_workspace(2);
  EncoderModule few(encoder_, kFew, config_.width, 1), many(encoder_, kMany, config_.width, 1);
  auto few_memory = few.fresh(), many_memory = many.fresh(), few_alone = few.fresh(), many_alone = many.fresh();
  for (int64_t t = 0; t < 3; ++t) {
    const auto all_few = noise_tokens(9, kFew, config_.width), all_many = noise_tokens(9, kMany, config_.width);
    const int64_t few_floats = kFew * config_.width, many_floats = kMany * config_.width;
    std::vector<float> a(all_few.begin() + t * few_floats, all_few.begin() + (t + 1) * few_floats);
    std::vector<float> b(all_many.begin() + t * many_floats, all_many.begin() + (t + 1) * many_floats);
    TapCollector taps;
    const StreamTokens streams[] = {{a.data(), few_memory.get()}, {b.data(), many_memory.get(), &taps}};
    encoder_.step(streams, *workspace);
    EXPECT_TRUE(bit_equal("few", a, few.step(t, few_alone))) << t;
    EXPECT_TRUE(bit_equal("many", b, many.step(t, many_alone))) << t;
    EXPECT_EQ(std::ssize(taps.values().at("spatial.01")), many_floats);
  }
  EXPECT_EQ(few.contents(few_memory), few.contents(few_alone));
  EXPECT_EQ(many.contents(many_memory), many.contents(many_alone));
}

INSTANTIATE_TEST_SUITE_P(Providers, EncoderTest, testing::ValuesIn(provider_names()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace trecvit::test
