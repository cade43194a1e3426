// A stream gives the results of its frames one by one, whatever is done between two of them: for random models, videos
// and providers, bit for bit.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine_module.h"
#include "support/files.h"
#include "support/step_equals_clip.h"
#include "support/temp_dir.h"
#include "trecvit/base/error.h"
#include "trecvit/config/config_json.h"

namespace trecvit::test {
namespace {

// A model whose step takes microseconds, with sizes that fit each other and are rarely multiples of a vector.
struct AnyModel {
  int64_t heads = 1, head_width = 1, gate_width = 1, depth = 1, mlp_dim = 1, taps = 1;
  int64_t patch = 1, rows = 1, columns = 1, classes = 0, head_dim = 1;
  bool cls = true, learned = true, convex = false;
  uint64_t seed = 1;
  std::string provider = "reference";

  ModelConfig config() const {
    ModelConfig c;
    c.num_heads = heads;
    c.width = heads * (learned ? head_width : (head_width + 7) / 8 * 8);  // fixed positions want it in multiples of 4
    c.lru_width = heads * gate_width;
    c.depth = depth;
    c.mlp_dim = mlp_dim;
    c.conv1d_width = taps;
    c.patch_size = patch;
    c.image_height = patch * rows;
    c.image_width = patch * columns;
    c.num_classes = classes;
    c.head_dim = classes > 0 ? head_dim : 0;
    c.pool = cls ? Pool::kCls : Pool::kGap;
    c.position = learned ? Position::kLearned : Position::kSincos2d;
    c.input_scale = convex ? InputScale::kConvex : InputScale::kSqrt;
    return c;
  }
  std::shared_ptr<const Model> made() const { return make_model(config(), provider, seed); }
  std::shared_ptr<const Model> made(const std::string& other_provider) const {
    return make_model(config(), other_provider, seed);
  }
};
std::ostream& operator<<(std::ostream& out, const AnyModel& model) {
  return out << model.provider << ", weights of seed " << model.seed << ", " << print_model_config(model.config());
}

rc::Gen<AnyModel> any_model() {
  using M = AnyModel;
  const auto upto = [](int64_t most) { return rc::gen::inRange<int64_t>(1, most + 1); };
  return rc::gen::build<M>(
      rc::gen::set(&M::heads, upto(3)), rc::gen::set(&M::head_width, upto(12)), rc::gen::set(&M::gate_width, upto(14)),
      rc::gen::set(&M::depth, upto(3)), rc::gen::set(&M::mlp_dim, upto(40)),
      rc::gen::set(&M::taps, rc::gen::weightedOneOf<int64_t>({{3, upto(4)}, {1, upto(kMaxConvWidth)}})),
      rc::gen::set(&M::patch, upto(4)), rc::gen::set(&M::rows, upto(3)), rc::gen::set(&M::columns, upto(3)),
      rc::gen::set(&M::classes, rc::gen::inRange<int64_t>(0, 12)), rc::gen::set(&M::head_dim, upto(36)),
      rc::gen::set(&M::cls), rc::gen::set(&M::learned), rc::gen::set(&M::convex), rc::gen::set(&M::seed),
      rc::gen::set(&M::provider, rc::gen::elementOf(provider_names())));
}

enum class Pixels { kNoise, kBlack, kWhite, kFlicker };

// Frames and their times, which may stand still and jump back, as where one file follows another.
struct AnyVideo {
  int64_t frames = 1;
  uint64_t seed = 1;
  Pixels pixels = Pixels::kNoise;
  double begin = 0;              // time of the first frame, seconds
  std::vector<int> ticks = {1};  // from a frame to the next, in 25ths of a second; in turn
  std::string readout = "mean";
};
std::ostream& operator<<(std::ostream& out, const AnyVideo& video) {
  out << video.frames << " frames of kind " << static_cast<int>(video.pixels) << " and seed " << video.seed << ", "
      << video.readout << ", from " << video.begin << " s, ticks";
  for (const int tick : video.ticks) out << " " << tick;
  return out;
}

rc::Gen<AnyVideo> any_video() {
  using V = AnyVideo;
  const auto tick = rc::gen::weightedOneOf<int>({{3, rc::gen::just(1)}, {1, rc::gen::inRange(-20, 20)}});
  return rc::gen::build<V>(
      rc::gen::set(&V::frames, rc::gen::resize(rc::kNominalSize, rc::gen::inRange<int64_t>(1, 21))),
      rc::gen::set(&V::seed),
      rc::gen::set(&V::pixels,
                   rc::gen::weightedElement<Pixels>(
                       {{5, Pixels::kNoise}, {1, Pixels::kBlack}, {1, Pixels::kWhite}, {1, Pixels::kFlicker}})),
      rc::gen::set(&V::begin, rc::gen::element(0.0, 7.3, 3600.0, -1e3, 1e9, 1e18)),
      rc::gen::set(&V::ticks, rc::gen::nonEmpty(rc::gen::scale(0.1, rc::gen::container<std::vector<int>>(tick)))),
      rc::gen::set(&V::readout,
                   rc::gen::element<std::string>("mean", "last", "window=0.05", "window=0.3", "ema=0.5", "ema=1e-5")));
}

template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

// Everything that a state remembers; sums and times as the doubles that they are.
std::vector<double> remembered(const StreamState& state) {
  const auto contents = state_contents(state);
  std::vector<double> all(contents.begin(), contents.end());
  const auto readout = state.readout().snapshot();
  all.insert(all.end(), readout.sum.begin(), readout.sum.end());
  all.insert(all.end(), {readout.weight, readout.last_time, readout.time_offset});
  all.insert(all.end(), readout.window_times.begin(), readout.window_times.end());
  return all;
}

// A video for a model, and the results of its frames one by one, alone, in one thread.
class KnownVideo {
 public:
  KnownVideo(const std::shared_ptr<const Model>& model, const AnyVideo& video)
      : size_(frame_floats(model->config())), frames_(video.frames), readout_(parse_readout(video.readout, "test")) {
    pixels_ = noise_frames(model->config(), frames_, video.seed);
    for (int64_t t = 0, at = 0; t < frames_; ++t) {
      if (video.pixels != Pixels::kNoise) {
        const bool white = video.pixels == Pixels::kWhite || (video.pixels == Pixels::kFlicker && t % 2 == 1);
        std::fill_n(pixels_.begin() + t * static_cast<int64_t>(size_), size_, white ? 1.0f : 0.0f);
      }
      times_.push_back(video.begin + 0.04 * static_cast<double>(at));
      at += video.ticks[static_cast<size_t>(t) % video.ticks.size()];
    }
    Engine engine(model, 1);
    StreamState state = model->make_state(readout_);
    states_.push_back(remembered(state));
    for (int64_t t = 0; t < frames_; ++t) {
      results_.push_back(flat(engine.step(frame(t), state, time(t))));
      states_.push_back(remembered(state));
    }
  }

  int64_t frames() const { return frames_; }
  const Readout& readout() const { return readout_; }
  std::span<const float> clip(int64_t begin, int64_t end) const {
    return std::span(pixels_).subspan(static_cast<size_t>(begin) * size_, static_cast<size_t>(end - begin) * size_);
  }
  std::span<const float> frame(int64_t t) const { return clip(t, t + 1); }
  double time(int64_t t) const { return times_[static_cast<size_t>(t)]; }
  std::span<const double> times(int64_t begin, int64_t end) const {
    return std::span(times_).subspan(static_cast<size_t>(begin), static_cast<size_t>(end - begin));
  }

  static std::vector<float> flat(const StepResult& result) {
    return joined({result.logits, result.features, result.tokens});
  }
  // Of frame t of a clip.
  static std::vector<float> flat(const ClipResult& result, size_t t, size_t frames) {
    const auto part = [&](const Array<float>& all) {
      const size_t each = all.size() / frames;
      return all.span().subspan(t * each, each);
    };
    return joined({part(result.logits), part(result.features), part(result.tokens)});
  }

  void expect_result(int64_t t, const std::vector<float>& got) const {
    RC_ASSERT(same_bits(got, results_[static_cast<size_t>(t)]));
    RC_ASSERT(std::all_of(got.begin(), got.end(), [](float value) { return std::isfinite(value); }));
  }
  // at: how many frames the state has seen.
  void expect_state(int64_t at, const StreamState& state) const {
    RC_ASSERT(state.frames() == at);
    RC_ASSERT(same_bits(remembered(state), states_[static_cast<size_t>(at)]));
  }

 private:
  static std::vector<float> joined(std::initializer_list<std::span<const float>> parts) {
    std::vector<float> all;
    for (const auto part : parts) all.insert(all.end(), part.begin(), part.end());
    return all;
  }

  size_t size_;
  int64_t frames_;
  Readout readout_;
  std::vector<float> pixels_;
  std::vector<double> times_;
  std::vector<std::vector<float>> results_;  // of each frame
  std::vector<std::vector<double>> states_;  // after 0, 1, ... frames
};

// What may be done with a stream between two frames, and with its next frames.
enum class Action {
  kStep,
  kRunClip,
  kContinueFork,  // the fork takes the place of the stream
  kDiscardFork,
  kReload,
  kMoveToProvider,
  kRefused,
  kInterrupted,
  kReset,
};
constexpr auto enum_words(Action) {
  return make_words<Action>({{"step", Action::kStep},
                             {"run a clip", Action::kRunClip},
                             {"continue a fork", Action::kContinueFork},
                             {"discard a fork", Action::kDiscardFork},
                             {"reload", Action::kReload},
                             {"move to a provider", Action::kMoveToProvider},
                             {"refused", Action::kRefused},
                             {"interrupted", Action::kInterrupted},
                             {"reset", Action::kReset}});
}
struct Move {
  Action action = Action::kStep;
  int64_t frames = 1;
  size_t choice = 0;  // of a provider, of what is refused, or of the tap that throws
};
std::ostream& operator<<(std::ostream& out, const Move& move) {
  return out << word_of(move.action) << " " << move.frames << "/" << move.choice;
}

rc::Gen<Move> any_move() {
  const auto action = rc::gen::weightedElement<Action>({{3, Action::kStep},
                                                        {4, Action::kRunClip},
                                                        {2, Action::kContinueFork},
                                                        {1, Action::kDiscardFork},
                                                        {2, Action::kReload},
                                                        {2, Action::kMoveToProvider},
                                                        {1, Action::kRefused},
                                                        {2, Action::kInterrupted},
                                                        {1, Action::kReset}});
  return rc::gen::build<Move>(rc::gen::set(&Move::action, action),
                              rc::gen::set(&Move::frames, rc::gen::inRange<int64_t>(1, 13)),
                              rc::gen::set(&Move::choice, rc::gen::inRange<size_t>(0, 20)));
}

// Throws at the tap after `before` others.
class InterruptingSink : public TapSink {
 public:
  struct Interrupted {};
  explicit InterruptingSink(size_t before) : left_(before) {}
  bool wants(std::string_view) const override { return true; }
  void put(std::string_view, int64_t, const Shape&, std::span<const float>) override {
    if (left_-- == 0) throw Interrupted{};
  }

 private:
  size_t left_;
};

// A stream that is led through a video.
class StreamDriver {
 public:
  StreamDriver(const AnyModel& any, const std::shared_ptr<const Model>& model, const KnownVideo& known, int threads)
      : any_(any), model_(model), known_(known), engine_(model, threads), state_(model->make_state(known.readout())) {}

  void go(const Move& move) {
    if (at_ == known_.frames()) begin_again();
    const int64_t end = std::min(known_.frames(), at_ + move.frames);
    switch (move.action) {
      case Action::kStep:
        step_to(end);
        break;
      case Action::kRunClip:
        run_to(end);
        break;
      case Action::kContinueFork: {
        StreamState fork = state_.fork();
        see_other_frames(state_);
        state_ = std::move(fork);
        break;
      }
      case Action::kDiscardFork: {
        StreamState fork = state_.fork();
        see_other_frames(fork);
        break;
      }
      case Action::kReload:
        reload(move.choice);
        break;
      case Action::kMoveToProvider:
        state_.move_to(*in_provider(move.choice)->network().encoder);
        break;
      case Action::kRefused:
        refuse(move.choice);
        break;
      case Action::kInterrupted:
        interrupt(end, move.choice);
        break;
      case Action::kReset:
        begin_again();
        break;
    }
    known_.expect_state(at_, state_);
  }
  void finish() { go({Action::kStep, known_.frames(), 0}); }

 private:
  void begin_again() {
    state_.reset();
    at_ = 0;
  }
  void step_to(int64_t end) {
    for (; at_ < end; ++at_)
      known_.expect_result(at_, KnownVideo::flat(engine_.step(known_.frame(at_), state_, known_.time(at_))));
  }
  void run_to(int64_t end) {
    const ClipResult result = engine_.run(known_.clip(at_, end), state_, known_.times(at_, end));
    const int64_t begin = at_;
    for (; at_ < end; ++at_) {
      const auto place = static_cast<size_t>(at_ - begin), count = static_cast<size_t>(end - begin);
      known_.expect_result(at_, KnownVideo::flat(result, place, count));
    }
  }
  // Frames that do not follow in the video.
  void see_other_frames(StreamState& state) {
    for (int64_t t = known_.frames() - 1; t >= 0; t -= 3) engine_.step(known_.frame(t), state, 100 + known_.time(t));
  }
  // Into a new state, of any provider, or into one that has seen other frames.
  void reload(size_t choice) {
    state_.save(folder_.file("state"), Overwrite::kYes);
    if (choice % 3 == 0) {
      see_other_frames(state_);
    } else {
      state_ = in_provider(choice)->make_state(known_.readout());
    }
    state_.load(*open_file(folder_.file("state")));
  }
  void refuse(size_t choice) {
    const auto frames = known_.clip(0, known_.frames());
    std::vector<float> bad(frames.begin(), frames.end());
    bad.back() = choice % 2 == 0 ? std::numeric_limits<float>::quiet_NaN() : 1e9f;
    const auto last = std::span(bad).last(known_.frame(0).size());
    RC_ASSERT_THROWS_AS(engine_.step(last, state_), Error);
    RC_ASSERT_THROWS_AS(engine_.step(last.subspan(1), state_), Error);
    RC_ASSERT_THROWS_AS(engine_.step(known_.frame(0), state_, std::numeric_limits<double>::infinity()), Error);
    RC_ASSERT_THROWS_AS(engine_.run(bad, state_, known_.times(0, known_.frames())), Error);
  }
  // A step and a clip that end at one of their taps leave the state as it was.
  void interrupt(int64_t end, size_t taps_before) {
    for (const bool clip : {false, true}) {
      InterruptingSink sink(taps_before);
      StreamState fork = state_.fork();
      try {
        if (clip) {
          engine_.run(known_.clip(at_, end), fork, known_.times(at_, end), &sink);
        } else {
          engine_.step(known_.frame(at_), fork, known_.time(at_), &sink);
        }
      } catch (const InterruptingSink::Interrupted&) {
        known_.expect_state(at_, fork);
      }
    }
  }
  // The same weights in any provider of this machine.
  const std::shared_ptr<const Model>& in_provider(size_t choice) {
    const auto names = provider_names();
    others_.resize(names.size());
    auto& other = others_[choice % names.size()];
    if (!other) other = any_.made(names[choice % names.size()]);
    return other;
  }

  const AnyModel& any_;
  std::shared_ptr<const Model> model_;
  const KnownVideo& known_;
  Engine engine_;
  StreamState state_;
  int64_t at_ = 0;  // frames seen
  std::vector<std::shared_ptr<const Model>> others_;
  TempDir folder_;
};

rc::Gen<int> any_threads() { return rc::gen::inRange(1, 4); }

// Steps and clips of any length, forks, saved and loaded states, moves to another provider and back, refused and
// interrupted frames, and resets: results and states are, bit for bit, those of single steps; all results are finite.
RC_GTEST_PROP(StreamProperty, AnyActionsGiveTheSameBits, ()) {
  const AnyModel any = *any_model();
  const AnyVideo video = *any_video();
  const int threads = *any_threads();
  const auto moves =
      *rc::gen::scale(0.4, rc::gen::container<std::vector<Move>>(rc::gen::resize(rc::kNominalSize, any_move())));
  const auto model = any.made();
  const KnownVideo known(model, video);
  StreamDriver driver(any, model, known, threads);
  for (const auto& move : moves) driver.go(move);
  driver.finish();
}

// Streams that share calls, in any order and number, get the results of each stream alone. One that ends begins again.
RC_GTEST_PROP(StreamProperty, StreamsInOneCallMatchSingleStreams, ()) {
  const AnyModel any = *any_model();
  const int threads = *any_threads();
  const auto videos = *rc::gen::nonEmpty(
      rc::gen::scale(0.05, rc::gen::container<std::vector<AnyVideo>>(rc::gen::resize(rc::kNominalSize, any_video()))));
  const auto stream = rc::gen::resize(rc::kNominalSize, rc::gen::inRange<size_t>(0, videos.size()));
  const auto calls = *rc::gen::scale(0.2, rc::gen::container<std::vector<std::vector<size_t>>>(
                                              rc::gen::unique<std::vector<size_t>>(videos.size(), stream)));
  const auto shares = *rc::gen::container<std::vector<size_t>>(calls.size(), rc::gen::inRange<size_t>(1, 6));
  const auto model = any.made();
  Engine engine(model, threads);
  std::vector<KnownVideo> known;
  std::vector<StreamState> states;
  for (const auto& video : videos) {
    known.emplace_back(model, video);
    states.push_back(model->make_state(known.back().readout()));
  }
  std::vector<int64_t> at(videos.size());
  for (size_t i = 0; i < calls.size(); ++i) {
    const auto members = std::span(calls[i]).first(std::min(shares[i], calls[i].size()));
    std::vector<StreamFrame> frames;
    for (const size_t s : members) {
      if (at[s] == known[s].frames()) {
        states[s].reset();
        at[s] = 0;
      }
      frames.push_back({known[s].frame(at[s]), &states[s], known[s].time(at[s]), nullptr});
    }
    const auto results = engine.step(frames);
    RC_ASSERT(results.size() == members.size());
    for (size_t m = 0; m < members.size(); ++m)
      known[members[m]].expect_result(at[members[m]]++, KnownVideo::flat(results[m]));
    for (size_t s = 0; s < known.size(); ++s) known[s].expect_state(at[s], states[s]);
  }
}

// A state file with one byte changed, or cut, is refused and leaves the state alone, or gives the state that was saved.
RC_GTEST_PROP(StreamProperty, DamagedStatesAreRefusedOrTheSame, ()) {
  const AnyModel any = *any_model();
  const auto model = any.made();
  const KnownVideo known(model, *any_video());
  Engine engine(model);
  StreamState state = model->make_state(known.readout());
  for (int64_t t = 0; t < known.frames(); ++t) engine.step(known.frame(t), state, known.time(t));
  const TempDir folder;
  state.save(folder.file("state"), Overwrite::kNo);
  const std::string bytes = content(folder.file("state"));
  const auto places = *rc::gen::container<std::vector<std::pair<size_t, uint8_t>>>(
      8, rc::gen::resize(rc::kNominalSize,
                         rc::gen::pair(rc::gen::inRange<size_t>(0, bytes.size()), rc::gen::arbitrary<uint8_t>())));
  for (const auto& [place, change] : places) {  // change 0: cut
    std::string damaged = change == 0 ? bytes.substr(0, place) : bytes;
    if (change != 0) damaged[place] = static_cast<char>(damaged[place] ^ change);
    StreamState read = model->make_state(known.readout());
    try {
      read.load(*open_memory(std::as_bytes(std::span(damaged)), "damaged"));
      RC_ASSERT(change != 0);
      known.expect_state(known.frames(), read);
    } catch (const Error& error) {
      RC_ASSERT(error.kind() == ErrorKind::kInput);
      known.expect_state(0, read);
    }
  }
}

// The providers of this machine agree with the plain loops, within the tolerance of the other tests. Not for the
// narrowest models: a norm of two to four numbers that are close to each other multiplies every rounding error.
RC_GTEST_PROP(StreamProperty, ProvidersAgree, ()) {
  AnyModel any = *any_model();
  any.head_width += 15;
  const AnyVideo video = *any_video();
  const auto plain = any.made("reference");
  Engine reference(plain), ours(any.made());
  const KnownVideo known(plain, video);
  StreamState want = plain->make_state(known.readout()), got = ours.model().make_state(known.readout());
  std::vector<float> wanted, given;
  for (int64_t t = 0; t < known.frames(); ++t) {
    const auto a = KnownVideo::flat(reference.step(known.frame(t), want, known.time(t)));
    const auto b = KnownVideo::flat(ours.step(known.frame(t), got, known.time(t)));
    wanted.insert(wanted.end(), a.begin(), a.end());
    given.insert(given.end(), b.begin(), b.end());
  }
  RC_ASSERT(relative_difference(given, wanted) <= kBetweenProviders);
  RC_ASSERT(relative_difference(state_contents(got), state_contents(want)) <= kBetweenProviders);
}

}  // namespace
}  // namespace trecvit::test
