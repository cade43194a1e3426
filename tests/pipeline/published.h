// Tolerances for comparisons with the published implementation.
#pragma once

namespace trecvit::test {

// The tolerance that the README of the fixtures gives for a float32 implementation of the small models.
inline constexpr double kPublished = 2e-5;
// In every video of the fixtures, a softmax of the mean logits differs by more than twice this number.
inline constexpr double kSoftmaxOfMeanIsOff = 1e-3;

}  // namespace trecvit::test
