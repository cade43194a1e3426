// Samples that show a camera move over a picture of a real clip; declared in wrapped_dataset.h.
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>

#include "trecvit/base/error.h"
#include "trecvit/base/hash.h"
#include "trecvit/base/parameters.h"
#include "trecvit/data/wrapped_dataset.h"
#include "trecvit/image/resize.h"

namespace trecvit {
namespace {

constexpr std::string_view kMovesOptions = "moves";

Picture copy_of(const ImageView& image) {
  Picture picture{image.height, image.width, {}};
  for (int y = 0; y < image.height; ++y) {
    const auto* row = image.row<uint8_t>(y);
    picture.rgb.insert(picture.rgb.end(), row, row + ptrdiff_t{3} * image.width);
  }
  return picture;
}

// The central part of the picture, with an aspect ratio of at most four to one and a shorter side of 2 to 4 times
// `side`.
Picture fit(const ImageView& picture, int64_t side) {
  const int shorter = std::min(picture.height, picture.width);
  const int64_t wanted = std::clamp<int64_t>(shorter, 2 * side, 4 * side);
  const auto axis = [&](int in) {
    const int kept = std::min(in, 4 * shorter);
    const int full = static_cast<int>(std::max<int64_t>(1, kept * wanted / shorter));
    return AxisGeometry{in, (in - kept) / 2.0, static_cast<double>(kept), full, 0, full};
  };
  const AxisGeometry rows = axis(picture.height), columns = axis(picture.width);
  if (rows.out == picture.height && columns.out == picture.width) return copy_of(picture);
  Picture out{rows.out, columns.out, std::vector<uint8_t>(size_t{3} * rows.out * columns.out)};
  Resizer(rows, columns).run(picture, out.rgb.data(), columns.out);
  return out;
}

class MovesDataset : public ClipDataset {
 public:
  MovesDataset(std::shared_ptr<const ClipSet> set, const MovesOptions& moves, int64_t size)
      : set_(std::move(set)), moves_(moves), classes_(camera_class_names(moves.classes)), size_(size) {}

  int64_t size() const override { return size_; }
  const std::vector<std::string>& classes() const override { return classes_; }
  bool knows_motion() const override { return true; }

  SampleInfo info(int64_t index) const override {
    const int64_t label = index % std::ssize(classes_);
    const std::string& name = classes_[static_cast<size_t>(label)];
    if (set_->options().training) return {fmt::format("{} {}", name, index), label, ""};
    const ClipRow& row = set_->row(row_of(index, {}));
    return {row.name + " " + name, label, row.group};
  }

  Clip load(int64_t index, const Draw& draw) const override {
    TRECVIT_CHECK(index >= 0 && index < size_);
    const ClipOptions& options = set_->options();
    const RandomStream random = options.training ? sample_stream("move", index, draw) : kTesting;
    CameraClipOptions camera;
    camera.picture = std::make_shared<const Picture>(read_still(row_of(index, draw), random.bits(kStill)));
    camera.classes = moves_.classes;
    camera.label = index % std::ssize(classes_);
    camera.seed = options.training ? random.bits(kSeed) : random.bits(kFirstTested + static_cast<uint64_t>(index));
    camera.objects = moves_.objects;
    camera.wanted = options;
    return make_camera_clip(camera);
  }

  uint64_t fingerprint() const override {
    return hash_text(fmt::format("{} {} {}", size_, moves_.objects, fmt::join(classes_, " ")), set_->fingerprint());
  }
  std::vector<std::string> remarks() const override { return set_->remarks(); }
  std::vector<std::string> summary() const override {
    auto lines = set_->summary();
    lines.push_back(fmt::format("{} samples of the classes {}; up to {} objects", size_, fmt::join(classes_, ", "),
                                moves_.objects));
    return lines;
  }

 private:
  enum : uint64_t { kStill, kSeed, kFirstTested };  // the purpose of each value of a stream
  inline static const RandomStream kTesting{1, "moves of testing"};

  int64_t row_of(int64_t index, const Draw& draw) const {
    const int64_t rows = set_->size();
    if (set_->options().training) {
      return static_cast<int64_t>(sample_stream("row", index, draw).bits(0) % static_cast<uint64_t>(rows));
    }
    const int64_t turn = index / std::ssize(classes_), turns = (size_ - 1) / std::ssize(classes_) + 1;
    return turns <= rows ? turn * rows / turns : turn % rows;
  }

  Picture read_still(int64_t row, uint64_t draw) const {
    const ClipOptions& options = set_->options();
    const auto choose = [&](int64_t frames) {
      const auto count = static_cast<uint64_t>(frames);
      return std::vector{static_cast<int64_t>(options.training ? draw % count : count / 2)};
    };
    Picture still;
    set_->cache().read(set_->row(row).path, choose, [&](int64_t, const ImageView& picture) {
      still = fit(picture, std::max(options.height, options.width));
    });
    return still;
  }

  std::shared_ptr<const ClipSet> set_;
  MovesOptions moves_;
  std::vector<std::string> classes_;
  int64_t size_;
};

}  // namespace

MovesOptions parse_moves_options(std::string_view text) {
  constexpr int kMostObjects = 3;
  MovesOptions options;
  if (text.empty()) return options;
  for (const Parameter& given : split_parameters(kMovesOptions, text)) {
    if (given.key == "classes") {
      options.classes = parse_choice<CameraClasses>(kMovesOptions, "classes", given.value);
    } else if (given.key == "objects") {
      options.objects = parse_number<int>(kMovesOptions, given.value, {"objects", 0, kMostObjects});
    } else {
      fail_usage(kMovesOptions, "expected one of the parameters classes, objects, got '{}'", printable(given.key));
    }
  }
  return options;
}

std::unique_ptr<ClipDataset> make_moves(std::shared_ptr<const ClipSet> set, const MovesOptions& options,
                                        int64_t samples) {
  check_camera_frames(options.classes, set->options().clip.frames);
  const int64_t size = samples > 0 ? samples : std::ssize(camera_class_names(options.classes)) * set->size();
  return std::make_unique<MovesDataset>(std::move(set), options, size);
}

}  // namespace trecvit
