#include "trecvit/model/vector_maths.h"

#include <ATen/ATen.h>

#include <mutex>

namespace trecvit::model {

void ready_vector_maths() {
  static std::once_flag once;
  // One function sets up all of them; few enough elements for one thread.
  std::call_once(once, [] { at::zeros({16}, at::kFloat).exp(); });
}

}  // namespace trecvit::model
