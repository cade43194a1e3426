#include "support/fuzz_zip.h"
#include "support/replay.h"

namespace trecvit {
namespace {

TEST(Corpus, Npy) { test::replay("npy", test::fuzz_npy); }
TEST(Corpus, Zip) { test::replay("zip", test::fuzz_zip); }
TEST(Corpus, Npz) { test::replay("npz", test::fuzz_npz); }
TEST(Corpus, Safetensors) { test::replay("safetensors", test::fuzz_safetensors); }
TEST(Corpus, FileKind) { test::replay("file_kind", test::fuzz_file_kind); }
TEST(Corpus, Json) { test::replay("json", test::fuzz_json); }
TEST(Corpus, EventFile) { test::replay("event_file", test::fuzz_event_file); }
TEST(Corpus, RunLog) { test::replay("run_log", test::fuzz_run_log); }

}  // namespace
}  // namespace trecvit
