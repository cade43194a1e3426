// Video of a virtual camera that makes one known move over a picture, past up to three figures that move on their own,
// with the exact motion of everything that is seen.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <vector>

#include "trecvit/synth/camera_path.h"
#include "trecvit/synth/sprite.h"

namespace trecvit {

inline constexpr int kMaxCameraObjects = 3;
// The painted picture's sides, in sides of the view.
inline constexpr int kSceneSides = 3;
// Of the picture for views of this size: square, kSceneSides times the longer side, at most kMaxSynthSide.
FrameSize scene_size(const FrameSize& view);

struct CameraMovesOptions {
  uint64_t seed = 1;
  FrameSize size = {};  // of the view
  CameraMove move = CameraMove::kStatic;
  int objects = 2;      // 0 to kMaxCameraObjects
  double jitter = 0;    // as CameraPathOptions
  int64_t frames = 16;  // as CameraPathOptions
  // The plane; null: paint_scene of the seed. A view shows about its own size of it, so photographs had best come at 2
  // to 4 times the view's side.
  std::shared_ptr<const Picture> picture = nullptr;
};

// Each object (a disc, box or polygon, plain or striped) moves in a straight line through the view at 0.5 to 2.5 pixels
// a frame at 64, whatever the camera does, and turns back where its center meets a border. A later one passes in front
// of an earlier one. Brightness, contrast and tint of the whole video are drawn from the seed.
class CameraMoves : public FrameGenerator {
 public:
  // Throws Error(kUsage) for an impossible size or number of objects, a jitter outside 0 to 8, less than one frame.
  explicit CameraMoves(const CameraMovesOptions& options);

  void render(int64_t t, std::span<uint8_t> rgb) const override;
  // out: [rows, columns, 2], how far what is seen in frame t at the middle of each patch has moved since frame t - 1,
  // in pixels, x then y: the frontmost object there, else the picture. Zeros for t = 0. Thread-safe.
  void motion(int64_t t, int rows, int columns, std::span<float> out) const;

  CameraMove move() const { return move_; }
  // So many frames from the first one on show the move (CameraPath); zooms turn back some time.
  int64_t labelled_frames() const { return path_.labelled_frames(); }
  View view(int64_t t) const { return path_.at(t); }
  Point object_center(size_t object, int64_t t) const;

 private:
  struct Object {
    Sprite sprite;
    Point start, speed;  // pixels, pixels a frame
  };
  void add_object(Draws& draws);
  void draw_tones(Draws& draws);
  // Of what is seen at a point of frame t, with the views of t - 1 and t.
  Point motion_at(int64_t t, const std::array<View, 2>& views, const Point& at) const;

  FrameSize size_;
  CameraMove move_;
  std::shared_ptr<const Picture> picture_;
  CameraPath path_;
  std::vector<Object> objects_;                      // back to front
  std::array<std::array<uint8_t, 256>, 3> tones_{};  // of each channel: what a byte becomes
};

}  // namespace trecvit
