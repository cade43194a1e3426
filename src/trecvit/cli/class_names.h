// --labels: the names of a model's classes from the command line.
#pragma once

#include <string>

#include "trecvit/config/model_config.h"

namespace trecvit::cli {

// Gives the classes the names of `labels`: kinetics400, ssv2 or a file (config/label_file.h). Names that replace the
// model's own are told in a note. Throws Error(kUsage) where one of them is the model's own for another class: all
// predictions would have wrong names. Throws Error(kUsage) or Error(kInput) for names that are not there or not as many
// as classes.
// model: its name, for the note.
void set_class_names(const std::string& labels, const std::string& model, ModelConfig& config);

}  // namespace trecvit::cli
