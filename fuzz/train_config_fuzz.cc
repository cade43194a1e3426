#include "support/fuzz_train_config.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  trecvit::test::fuzz_train_config(std::as_bytes(std::span(data, size)));
  return 0;
}
