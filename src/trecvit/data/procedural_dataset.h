// Sets of clips that are generated, not read, with exactly known labels and image motion:
//
//   camera_moves?classes=ten|directions&objects=3&pool=64&seed=1   what a virtual camera does (synth/camera_path.h)
//   shape_events?event=order|occlusion&seed=1                      what two figures do (synth/shape_events.h)
//   shape_row?ask=first|previous&seed=1                            which figure came first, or in the previous frame: a
//                                                                  separate label for every frame (synth/shape_row.h)
//
// Training clips are new in every epoch: each is a pure function of the source's seed, Draw::seed, the epoch and its
// index. Test clips depend only on the source's seed and the index, and differ from every training clip, including the
// pictures behind them. The class of sample i is i modulo the number of classes. Clips are consecutive frames, whatever
// ClipConfig::sampling and stride say; AugmentConfig is not applied.
#pragma once

#include <memory>
#include <string_view>

#include "trecvit/data/clip_dataset.h"

namespace trecvit {

// text: one of the above, with or without the prefix "synthetic:". The set has data.clips samples, or 1000 if that is
// 0, and at most data.limit if that is not 0. pool: the number of painted pictures that camera_moves clips share, each
// three times the view's longer side, painted when first used. Only camera_moves knows motion. Throws Error(kUsage)
// naming the known sets, parameters or values if the text is wrong, and for a pool or a clip that is too large.
std::unique_ptr<ClipDataset> make_procedural_dataset(std::string_view text, const DataConfig& data,
                                                     const ClipOptions& options);

}  // namespace trecvit
