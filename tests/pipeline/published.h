// What answers may differ from those of the published implementation.
#pragma once

namespace trecvit::test {

// What the README of the fixtures states for another float32 implementation of the small models.
inline constexpr double kPublished = 2e-5;
// A softmax of the mean logits would be off by twice as much and more in every video of the fixtures.
inline constexpr double kSoftmaxOfMeanIsOff = 1e-3;

}  // namespace trecvit::test
