#include "support/fuzz_synthetic_name.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  trecvit::test::fuzz_synthetic_name(std::as_bytes(std::span(data, size)));
  return 0;
}
