// What the program trecvit leaves to trecvit-train.
#pragma once

#include <string>
#include <vector>

namespace trecvit::cli {

// Starts trecvit-train with the same arguments in the place of this program where they ask for a verb or an execution
// that lives there, else returns. It is looked for next to this program and in ../libexec/trecvit. Throws
// Error(kUnavailable) where it is in neither.
void hand_over_to_trainer(const std::vector<std::string>& arguments);

}  // namespace trecvit::cli
