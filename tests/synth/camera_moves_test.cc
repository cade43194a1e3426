#include "trecvit/synth/camera_moves.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "support/errors.h"
#include "synth/synth_test.h"

namespace trecvit {
namespace {

constexpr FrameSize kMovesView{64, 64};

std::vector<CameraMove> all_moves() {
  std::vector<CameraMove> moves;
  for (const auto& [word, move] : enum_words(CameraMove{})) moves.push_back(move);
  return moves;
}

std::vector<uint8_t> moves_frame(const CameraMoves& moves, int64_t t) { return test::rendered(moves, t, kMovesView); }

// Of every pixel, [64, 64, 2].
std::vector<float> dense_motion(const CameraMoves& moves, int64_t t) {
  std::vector<float> motion(2 * 64 * 64);
  moves.motion(t, 64, 64, motion);
  return motion;
}

// Bilinear, at coordinates as Point has them; the point must be 1 or more away from the border.
double pixel_at(const std::vector<uint8_t>& rgb, double x, double y) {
  const int left = static_cast<int>(x - 0.5), top = static_cast<int>(y - 0.5);
  const double fx = x - 0.5 - left, fy = y - 0.5 - top;
  const auto green = [&](int row, int column) { return rgb[(row * 64 + column) * 3 + 1]; };
  return (green(top, left) * (1 - fx) + green(top, left + 1) * fx) * (1 - fy) +
         (green(top + 1, left) * (1 - fx) + green(top + 1, left + 1) * fx) * fy;
}

// Mean difference of a frame from the one before, each pixel looked up where the motion says that it was.
double warp_error(const std::vector<uint8_t>& before, const std::vector<uint8_t>& after,
                  const std::vector<float>& motion) {
  double sum = 0;
  int count = 0;
  for (int y = 0; y < 64; ++y) {
    for (int x = 0; x < 64; ++x) {
      const double was_x = x + 0.5 - motion[(y * 64 + x) * 2], was_y = y + 0.5 - motion[(y * 64 + x) * 2 + 1];
      if (std::min(was_x, was_y) < 1 || std::max(was_x, was_y) > 62.5) continue;
      sum += std::abs(pixel_at(before, was_x, was_y) - after[(y * 64 + x) * 3 + 1]);
      ++count;
    }
  }
  return sum / count;
}

// What is left is that both frames were sampled between the pixels, and edges that objects cover and uncover.
TEST(CameraMoves, MotionExplainsThePixels) {
  constexpr double kPart = 0.6;  // of the difference without motion, at most; a wrong sign makes it 1 or more
  for (const CameraMove move : all_moves()) {
    double with = 0, without = 0;
    for (uint64_t seed = 0; seed < 4; ++seed) {
      const CameraMoves moves({.seed = seed, .size = kMovesView, .move = move, .objects = 3});
      const auto before = moves_frame(moves, 4), after = moves_frame(moves, 5);
      with += warp_error(before, after, dense_motion(moves, 5));
      without += warp_error(before, after, std::vector<float>(2 * 64 * 64));
    }
    EXPECT_LT(with, kPart * without) << word_of(move);
  }
}

// The displacement of whole pixels that makes the 13x13 pixels around a place most alike.
Point match(const std::vector<uint8_t>& before, const std::vector<uint8_t>& after, int x, int y) {
  constexpr int kHalf = 6, kReach = 12;
  Point best{0, 0};
  int64_t least = std::numeric_limits<int64_t>::max();
  for (int dy = -kReach; dy <= kReach; ++dy) {
    for (int dx = -kReach; dx <= kReach; ++dx) {
      int64_t sum = 0;
      for (int i = 0; i < (2 * kHalf + 1) * (2 * kHalf + 1) * 3; ++i) {
        const int row = y - kHalf + i / 3 / (2 * kHalf + 1), column = x - kHalf + i / 3 % (2 * kHalf + 1);
        const int difference =
            after[(row * 64 + column) * 3 + i % 3] - before[((row - dy) * 64 + column - dx) * 3 + i % 3];
        sum += difference * difference;
      }
      if (sum < least) least = sum, best = {static_cast<double>(dx), static_cast<double>(dy)};
    }
  }
  return best;
}

// Block matching knows nothing of how the motion is computed.
TEST(CameraMoves, BlockMatchingFindsTheMotion) {
  constexpr double kTolerance = 1.0;  // whole pixels, and the block itself turns and grows
  constexpr int64_t kLater = 3;
  int right = 0, all = 0;
  for (const CameraMove move : all_moves()) {
    for (uint64_t seed = 0; seed < 3; ++seed) {
      const CameraMoves moves({.seed = seed, .size = kMovesView, .move = move, .objects = 0});
      const auto before = moves_frame(moves, 0), after = moves_frame(moves, kLater);
      for (const auto& [x, y] : {std::pair{20, 20}, {44, 20}, {20, 44}, {44, 44}}) {
        const Point found = match(before, after, x, y);
        const Point known = motion_between(moves.view(0), moves.view(kLater), {x + 0.5, y + 0.5}, kMovesView);
        right += std::abs(found.x - known.x) <= kTolerance && std::abs(found.y - known.y) <= kTolerance;
        ++all;
      }
    }
  }
  EXPECT_GE(right, all * 95 / 100) << "of " << all;
}

// Mean motion and the parts away from the middle and clockwise about it, each in pixels, of the picture alone.
struct Kind {
  double x = 0, y = 0, outward = 0, clockwise = 0;
};

Kind kind_of(const CameraMoves& moves, int64_t t) {
  Kind kind;
  const auto motion = dense_motion(moves, t);
  for (int i = 0; i < 64 * 64; ++i) {
    const int row = i / 64;
    const double dx = i % 64 - 31.5, dy = row - 31.5, mx = motion[2 * i], my = motion[2 * i + 1];
    const double distance = std::hypot(dx, dy) * 64 * 64;
    kind.x += mx / (64 * 64);
    kind.y += my / (64 * 64);
    kind.outward += (mx * dx + my * dy) / distance;
    kind.clockwise += (my * dx - mx * dy) / distance;
  }
  return kind;
}

TEST(CameraMoves, EveryClassMovesAsItsNameSays) {
  constexpr double kVisible = 0.3;  // pixels a frame on average; the slowest zoom and roll reach it
  constexpr double kNone = 0.1;
  struct Expected {
    CameraMove move;
    int x, y, outward, clockwise;
  };
  const std::vector<Expected> table = {
      {CameraMove::kStatic, 0, 0, 0, 0},   {CameraMove::kPanLeft, 1, 0, 0, 0},   {CameraMove::kPanRight, -1, 0, 0, 0},
      {CameraMove::kTiltUp, 0, 1, 0, 0},   {CameraMove::kTiltDown, 0, -1, 0, 0}, {CameraMove::kZoomIn, 0, 0, 1, 0},
      {CameraMove::kZoomOut, 0, 0, -1, 0}, {CameraMove::kRollLeft, 0, 0, 0, 1},  {CameraMove::kRollRight, 0, 0, 0, -1},
  };
  const auto expect = [&](double found, int sign) {
    if (sign == 0) {
      EXPECT_LT(std::abs(found), kNone);
    } else {
      EXPECT_GT(found * sign, kVisible);
    }
  };
  for (const Expected& expected : table) {
    SCOPED_TRACE(word_of(expected.move));
    for (uint64_t seed = 0; seed < 20; ++seed) {
      const CameraMoves moves({.seed = seed, .size = kMovesView, .move = expected.move, .objects = 0});
      for (const int64_t t : {1, 15}) {
        const Kind found = kind_of(moves, t);
        expect(found.x, expected.x);
        expect(found.y, expected.y);
        expect(found.outward, expected.outward);
        expect(found.clockwise, expected.clockwise);
      }
    }
  }
}

TEST(CameraMoves, ShakeStaysInItsPlace) {
  for (uint64_t seed = 0; seed < 10; ++seed) {
    const CameraMoves moves({.seed = seed, .size = kMovesView, .move = CameraMove::kShake, .objects = 0});
    double steps = 0, x = 0, y = 0;
    constexpr int kFrames = 1000;
    for (int64_t t = 1; t <= kFrames; ++t) {
      const Point step = motion_between(moves.view(t - 1), moves.view(t), {32, 32}, kMovesView);
      steps += std::hypot(step.x, step.y) / kFrames;
      x += step.x;
      y += step.y;
    }
    EXPECT_GT(steps, 0.8);
    EXPECT_LT(steps, 3);
    EXPECT_LT(std::hypot(x, y), 5.1);  // twice the largest reach
  }
}

TEST(CameraMoves, ZoomKeepsItsLabelForTheClipAndNeverEnds) {
  for (const int64_t frames : {12, 64, 1000}) {
    for (const CameraMove move : {CameraMove::kZoomIn, CameraMove::kZoomOut}) {
      for (uint64_t seed = 0; seed < 20; ++seed) {
        const CameraMoves moves({.seed = seed, .size = {8, 8}, .move = move, .frames = frames});
        EXPECT_GE(moves.labelled_frames(), std::min<int64_t>(frames, 64));
        for (int64_t t = 1; t < moves.labelled_frames(); ++t) {
          ASSERT_EQ(moves.view(t).scale < moves.view(t - 1).scale, move == CameraMove::kZoomIn) << t;
        }
        for (const int64_t t : {int64_t{999}, int64_t{123'456'789}}) {
          EXPECT_GE(moves.view(t).scale, 0.3 - 1e-9);
          EXPECT_LE(moves.view(t).scale, 3 + 1e-9);
        }
      }
    }
  }
  EXPECT_GT(CameraMoves({.size = {8, 8}, .move = CameraMove::kPanLeft}).labelled_frames(), int64_t{1} << 60);
}

TEST(CameraMoves, ObjectsMoveOnTheirOwn) {
  for (uint64_t seed = 0; seed < 10; ++seed) {
    const CameraMoves moves({.seed = seed, .size = kMovesView, .move = CameraMove::kPanLeft, .objects = 1});
    for (const int64_t t : {1, 40, 1000}) {
      const Point center = moves.object_center(0, t), before = moves.object_center(0, t - 1);
      ASSERT_TRUE(center.x >= 0 && center.x <= 64 && center.y >= 0 && center.y <= 64);
      const int x = std::min(63, static_cast<int>(center.x)), y = std::min(63, static_cast<int>(center.y));
      const auto motion = dense_motion(moves, t);
      EXPECT_NEAR(motion[(y * 64 + x) * 2], center.x - before.x, 1e-5);  // rounding to float
      EXPECT_NEAR(motion[(y * 64 + x) * 2 + 1], center.y - before.y, 1e-5);
    }
  }
}

TEST(CameraMoves, NothingMovesInTheFirstFrame) {
  const CameraMoves moves({.size = kMovesView, .move = CameraMove::kRollLeft, .objects = 3});
  EXPECT_EQ(dense_motion(moves, 0), std::vector<float>(2 * 64 * 64));
}

TEST(CameraMoves, StaticIsStillUnlessItJitters) {
  const CameraMoves still({.size = kMovesView, .objects = 0}), jittery({.size = kMovesView, .objects = 0, .jitter = 1});
  EXPECT_EQ(moves_frame(still, 0), moves_frame(still, 1000));
  EXPECT_NE(moves_frame(jittery, 0), moves_frame(jittery, 1));
}

TEST(CameraMoves, FrameDependsOnOptionsAndTimeAlone) {
  const CameraMovesOptions options{.seed = 5, .size = kMovesView, .move = CameraMove::kShake, .objects = 3};
  const CameraMoves moves(options);
  for (const int64_t t : {7, 0, 1'000'000, 3}) EXPECT_EQ(moves_frame(moves, t), moves_frame(CameraMoves(options), t));
  CameraMovesOptions other = options;
  other.seed = 6;
  EXPECT_NE(moves_frame(CameraMoves(other), 3), moves_frame(moves, 3));
  other = options;
  other.picture = std::make_shared<const Picture>(paint_scene(99, {50, 70}));
  EXPECT_NE(moves_frame(CameraMoves(other), 3), moves_frame(moves, 3));
}

TEST(CameraMoves, EveryClassLooksDifferent) {
  std::set<uint64_t> frames;
  for (const CameraMove move : all_moves())
    frames.insert(test::hash_of(moves_frame(CameraMoves({.size = kMovesView, .move = move}), 5)));
  EXPECT_EQ(frames.size(), 10U);
}

// Pinned, so that nobody's data set changes by accident.
TEST(CameraMoves, BytesAreTheSameEverywhere) {
  const auto pinned_hash = [](const CameraMovesOptions& options, int64_t t) {
    return test::hash_of(moves_frame(CameraMoves(options), t));
  };
  EXPECT_EQ(pinned_hash({.seed = 1, .size = kMovesView, .move = CameraMove::kRollRight}, 9), 15408958655107551090ull);
  EXPECT_EQ(pinned_hash({.seed = 2, .size = kMovesView, .move = CameraMove::kZoomOut}, 1'000'000'007),
            6159852683940557082ull);
}

TEST(CameraMoves, RefusesImpossibleOptions) {
  test::expect_error(ErrorKind::kUsage, {"[camera_moves]", "got 0x64"}, [] { CameraMoves({.size = {0, 64}}); });
  test::expect_error(ErrorKind::kUsage, {"0 to 3 objects", "got 4"}, [] { CameraMoves({.objects = 4}); });
  test::expect_error(ErrorKind::kUsage, {"jitter", "got nan"}, [] { CameraMoves({.jitter = std::nan("")}); });
  test::expect_error(ErrorKind::kUsage, {"one frame", "got 0"}, [] { CameraMoves({.frames = 0}); });
}

}  // namespace
}  // namespace trecvit
