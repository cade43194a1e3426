// Sets whose labels need time, made from the clips of any list. Of pairs and reversed the classes have the same frames,
// so a model that sees a bag of frames stays at chance; retimed and moves also show in which frames there are.
//
// Labels are a function of the sample's number alone. In training the video of a sample and what is seen of it are
// drawn for each (seed, epoch, number); testing is a fixed list that uses all videos evenly. Frames are chosen by
// choose_paced_frames where a still end would give a class away.
#pragma once

#include <string_view>

#include "trecvit/data/clip_set.h"
#include "trecvit/data/procedural_dataset.h"

namespace trecvit {

// Half of the frames from a clip of one class, then half from a clip of another, both seen in the same way. Class 0
// "in_order": the class of the first comes earlier in the list of classes; class 1 "swapped". Every two classes of
// which there are clips occur equally often (over the epochs, where an epoch has fewer samples), each in both orders;
// in testing samples 2k and 2k + 1 are the same two clips in the two orders. samples: 0 means as many as there are
// videos; an odd number is rounded down. Throws Error(kInput) where fewer than two classes have clips, Error(kUsage)
// for clips of an odd number of frames.
std::unique_ptr<ClipDataset> make_pairs(std::shared_ptr<const ClipSet> set, int64_t samples);

// Classes "forward" and "reversed": in testing samples 2k and 2k + 1 have the same frames. samples: 0 means every video
// once in each class.
std::unique_ptr<ClipDataset> make_reversed(std::shared_ptr<const ClipSet> set, int64_t samples);

// Classes "x1", "x2", "x4": frames that many times as far apart, over a part of the video that is as much longer.
// samples: 0 means every video once in each class.
std::unique_ptr<ClipDataset> make_retimed(std::shared_ptr<const ClipSet> set, int64_t samples);

struct MovesOptions {
  CameraClasses classes = CameraClasses::kTen;
  int objects = 0;  // that move on their own, at most
};
// "classes=ten|directions&objects=N"; empty: the defaults. Throws Error(kUsage).
MovesOptions parse_moves_options(std::string_view text);

// A virtual camera over a still: a picture of the list, or one frame of a video (a random one in training, else the
// middle). Stills are scaled so that their shorter side is 2 to 4 times the clip's longer side. AugmentConfig is not
// applied. samples: 0 means every still once in each class.
std::unique_ptr<ClipDataset> make_moves(std::shared_ptr<const ClipSet> set, const MovesOptions& options,
                                        int64_t samples);

}  // namespace trecvit
