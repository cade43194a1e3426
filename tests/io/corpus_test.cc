#include "support/replay.h"

namespace trecvit {
namespace {

TEST(Corpus, Npy) { test::replay("npy", test::fuzz_npy); }
TEST(Corpus, Npz) { test::replay("npz", test::fuzz_npz); }
TEST(Corpus, Safetensors) { test::replay("safetensors", test::fuzz_safetensors); }
TEST(Corpus, Json) { test::replay("json", test::fuzz_json); }

}  // namespace
}  // namespace trecvit
