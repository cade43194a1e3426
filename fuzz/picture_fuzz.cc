#include "support/fuzz_video.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  trecvit::test::fuzz_picture(std::as_bytes(std::span(data, size)));
  return 0;
}
