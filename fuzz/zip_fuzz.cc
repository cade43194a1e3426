#include "support/fuzz_zip.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  trecvit::test::fuzz_zip(std::as_bytes(std::span(data, size)));
  return 0;
}
