#include "support/fuzz_manifest.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  trecvit::test::fuzz_manifest(std::as_bytes(std::span(data, size)));
  return 0;
}
