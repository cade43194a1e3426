// A list of labelled videos as a set of clips: sample i is row i.
#pragma once

#include "trecvit/data/clip_set.h"

namespace trecvit {

// Training takes random frames and looks of each video; testing takes its views (ordered by time, with the crops of one
// time next to each other). See clip_sampling.h and augment.h.
std::unique_ptr<ClipDataset> make_video_dataset(std::shared_ptr<const ClipSet> set);

}  // namespace trecvit
