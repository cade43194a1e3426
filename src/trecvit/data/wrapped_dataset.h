// Sets whose labels depend on time, made from the clips of any list. In pairs and reversed, the classes have the same
// frames, so a model that sees a bag of frames stays at chance; in retimed and moves, the choice of frames also gives
// information.
//
// Labels are a function of the sample's number alone. In training, the video of a sample and the part of it that is
// seen are drawn for each (seed, epoch, number); testing is a fixed list that uses all videos evenly. Frames are chosen
// by choose_paced_frames if a still end would reveal the class.
#pragma once

#include <string_view>

#include "trecvit/data/camera_clip.h"
#include "trecvit/data/clip_set.h"

namespace trecvit {

// Half of the frames come from a clip of one class, then half from a clip of another, both with the same look. Class 0
// "in_order": the first clip's class comes earlier in the list of classes; class 1 "swapped". All pairs of classes that
// have clips occur equally often (over several epochs, if one epoch has too few samples), each in both orders; in
// testing, samples 2k and 2k + 1 are the same two clips in the two orders. samples: 0 means as many as there are
// videos; an odd number is rounded down. Throws Error(kInput) if fewer than two classes have clips, Error(kUsage) for
// clips with an odd number of frames.
std::unique_ptr<ClipDataset> make_pairs(std::shared_ptr<const ClipSet> set, int64_t samples);

// Classes "forward" and "reversed": in testing, samples 2k and 2k + 1 have the same frames. samples: 0 means every
// video once in each class.
std::unique_ptr<ClipDataset> make_reversed(std::shared_ptr<const ClipSet> set, int64_t samples);

// Classes "x1", "x2", "x4": frames that are 1, 2 or 4 times as far apart, over a part of the video that is longer by
// the same factor. samples: 0 means every video once in each class.
std::unique_ptr<ClipDataset> make_retimed(std::shared_ptr<const ClipSet> set, int64_t samples);

struct MovesOptions {
  CameraClasses classes = CameraClasses::kTen;
  int objects = 0;  // maximum number that move on their own
};
// "classes=ten|directions&objects=N"; empty: the defaults. Throws Error(kUsage).
MovesOptions parse_moves_options(std::string_view text);

// A virtual camera over a still: a picture of the list, or one frame of a video (random in training, otherwise the
// middle frame). Stills are scaled so that their shorter side is 2 to 4 times the clip's longer side. AugmentConfig is
// not applied. samples: 0 means every still once in each class.
std::unique_ptr<ClipDataset> make_moves(std::shared_ptr<const ClipSet> set, const MovesOptions& options,
                                        int64_t samples);

}  // namespace trecvit
