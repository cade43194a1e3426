#include "support/fuzz_weights.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  trecvit::test::fuzz_generated_name(std::as_bytes(std::span(data, size)));
  return 0;
}
