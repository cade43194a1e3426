#include "support/fuzz_entries.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  trecvit::test::fuzz_file_kind(std::as_bytes(std::span(data, size)));
  return 0;
}
