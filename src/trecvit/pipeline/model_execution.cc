#include "trecvit/pipeline/model_execution.h"

#include "trecvit/pipeline/model_choice.h"

namespace trecvit {

ModelExecution& model_execution() {
  static ModelExecution execution;
  return execution;
}

void check_execution(const std::string& execution, const std::vector<std::string>& words) {
  const bool here = model_execution().collect_taps != nullptr;
  check_in_build("--execution", execution, here ? words : std::vector<std::string>{"engine"},
                 {words.begin() + 1, words.end()});
}

}  // namespace trecvit
