// Names of a model's classes that its user gives.
#pragma once

#include <string>

#include "trecvit/config/model_config.h"

namespace trecvit {

// Gives the classes the names of `labels`: kinetics400, ssv2 or a file (config/label_file.h). Returns a sentence for
// people where names of the model's own are replaced, else nothing. Throws Error(kUsage) where a name is the model's
// own for another class, since all predictions would have wrong names; Error(kUsage) or Error(kInput) for names that
// are not there or not as many as classes.
std::string set_class_names(const std::string& labels, ModelConfig& config);

}  // namespace trecvit
