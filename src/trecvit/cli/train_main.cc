// trecvit-train: the verbs that need LibTorch. trecvit starts it, and its verbs are documented there.
#include <malloc.h>

#include "trecvit/cli/train_command.h"
#include "trecvit/terminal/command_line.h"
#include "trecvit/terminal/usage.h"
#include "trecvit/train/trainable_model.h"

// MKL looks this symbol up; with it, MKL uses its fast kernels on processors of other vendors too, if they pass its
// tests.
extern "C" __attribute__((visibility("default"))) int mkl_serv_intel_cpu_true() { return 1; }

int main(int argc, char** argv) {
  using namespace trecvit::cli;
  // A step frees and allocates the same large blocks repeatedly: returning them to the system in between would cost a
  // page fault per 4 kB.
  constexpr int kKeep = 1 << 30;
  mallopt(M_MMAP_THRESHOLD, kKeep);
  mallopt(M_TRIM_THRESHOLD, kKeep);
  trecvit::model_execution() = trecvit::train::trainable_model();
  return exit_code_of([&] {
    return run_command_line(arguments_of(argc, argv),
                            {add_train, add_pretrain, add_probe, add_eval, add_check, add_dump});
  });
}
