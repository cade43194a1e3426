// What the program trecvit delegates to trecvit-train.
#pragma once

#include <string>
#include <vector>

namespace trecvit::cli {

// Replaces this program by trecvit-train with the same arguments if they ask for a verb or an execution that only
// trecvit-train has; otherwise returns. It is searched for next to this program and in ../libexec/trecvit. Throws
// Error(kUnavailable) if it is in neither place.
void hand_over_to_trainer(const std::vector<std::string>& arguments);

}  // namespace trecvit::cli
