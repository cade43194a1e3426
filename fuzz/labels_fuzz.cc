#include "support/fuzz_labels.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  trecvit::test::fuzz_labels(std::as_bytes(std::span(data, size)));
  return 0;
}
