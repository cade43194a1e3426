// Video of a virtual camera that makes one known move over a picture, with up to three figures that move on their own,
// and the exact motion of everything visible.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <vector>

#include "trecvit/synth/camera_path.h"
#include "trecvit/synth/sprite.h"

namespace trecvit {

inline constexpr int kMaxCameraObjects = 3;
// Sides of the painted picture, as a multiple of the view's.
inline constexpr int kSceneSides = 3;
// Size of the picture for views of this size: square, kSceneSides times the longer side, at most kMaxSynthSide.
FrameSize scene_size(const FrameSize& view);

struct CameraMovesOptions {
  uint64_t seed = 1;
  FrameSize size = {};  // of the view
  CameraMove move = CameraMove::kStatic;
  int objects = 2;      // 0 to kMaxCameraObjects
  double jitter = 0;    // as CameraPathOptions
  int64_t frames = 16;  // as CameraPathOptions
  // The plane; null: paint_scene with the seed. A view shows an area of about its own size, so photographs should have
  // 2 to 4 times the view's side.
  std::shared_ptr<const Picture> picture = nullptr;
};

// Each object (a disc, box or polygon, plain or striped) moves in a straight line through the view at 0.5 to 2.5 pixels
// per frame at 64, independently of the camera, and turns back when its center meets a border. Later objects pass in
// front of earlier ones. Brightness, contrast and tint of the whole video are drawn from the seed.
class CameraMoves : public FrameGenerator {
 public:
  // Throws Error(kUsage) for an impossible size or number of objects, a jitter outside 0 to 8, or less than one frame.
  explicit CameraMoves(const CameraMovesOptions& options);

  void render(int64_t t, std::span<uint8_t> rgb) const override;
  // out: [rows, columns, 2]: how far the thing visible in frame t at the middle of each patch has moved since frame t -
  // 1, in pixels, x then y. That thing is the frontmost object there, else the picture. Zeros for t = 0. Thread-safe.
  void motion(int64_t t, int rows, int columns, std::span<float> out) const;

  CameraMove move() const { return move_; }
  // The number of frames, from the first one, that show the move (CameraPath); a zoom turns back eventually.
  int64_t labelled_frames() const { return path_.labelled_frames(); }
  View view(int64_t t) const { return path_.at(t); }
  Point object_center(size_t object, int64_t t) const;

 private:
  struct Object {
    Sprite sprite;
    Point start, speed;  // pixels, pixels per frame
  };
  void add_object(Draws& draws);
  void draw_tones(Draws& draws);
  // Motion of what is visible at a point of frame t, given the views of t - 1 and t.
  Point motion_at(int64_t t, const std::array<View, 2>& views, const Point& at) const;

  FrameSize size_;
  CameraMove move_;
  std::shared_ptr<const Picture> picture_;
  CameraPath path_;
  std::vector<Object> objects_;                      // back to front
  std::array<std::array<uint8_t, 256>, 3> tones_{};  // per channel: what a byte becomes
};

}  // namespace trecvit
