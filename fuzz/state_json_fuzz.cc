#include "support/fuzz_checkpoint_state.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  trecvit::test::fuzz_checkpoint_state(std::as_bytes(std::span(data, size)));
  return 0;
}
