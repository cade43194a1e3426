#include "trecvit/cli/model_execution.h"

#include "trecvit/cli/flags.h"

namespace trecvit::cli {

ModelExecution& model_execution() {
  static ModelExecution execution;
  return execution;
}

ModelFiles open_trainable_files(const ModelOptionsArgs& args) {
  ModelOptionsArgs on_cpu = args;
  on_cpu.device = "cpu";
  ModelFiles files = open_model_files(on_cpu);
  check_budget(files.config, args.budget, args.model);
  return files;
}

void check_execution(const std::string& execution, const std::vector<std::string>& words) {
  const bool here = model_execution().collect_taps != nullptr;
  check_in_build("--execution", execution, here ? words : std::vector<std::string>{"engine"},
                 {words.begin() + 1, words.end()});
}

}  // namespace trecvit::cli
