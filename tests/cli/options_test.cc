// Every option of every verb has the effect that its help text describes. The options are taken from --help, so the
// test fails if a new option has no row here.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <regex>
#include <set>

#include "cli/command.h"
#include "support/tiny_model.h"
#include "trecvit/io/npz.h"

namespace trecvit::test {
namespace {

namespace fs = std::filesystem;

const std::string kNoise = "'synthetic:noise?frames=12&size=32'";

// The command of each verb, unless a row says otherwise. The files it writes are called out*.
const std::map<std::string, std::string> kBase = {
    {"classify", "classify -m m --json --logits " + kNoise},
    {"stream", "stream -m m --json --readout mean " + kNoise},
    {"embed", "embed -m m -o out.npz " + kNoise},
    {"dump", "dump -m m -o out.npz " + kNoise},
    {"check", "check -m m --json " + kNoise},
    {"eval", "eval -m four --data clips.csv --frames 4 --json"},
    {"info", "info -m m --json"},
    {"convert", "convert m out"},
    {"bench", "bench -m m --json --frames 2 --warmup 0"},
    {"demo", "demo -m m " + kNoise},
    {"data check", "data check clips.csv --json"},
    {"data stats", "data stats clips.csv --json"},
    {"data preview", "data preview clips.csv -o out.png --size 32"},
};

// One option of some verbs. The command `with` must give another result than `without` (empty: the base) and, if `same`
// is given, the same result as `same`; or it must be refused with `code` and `word`.
struct Row {
  std::string verbs, option;
  std::string with;  // expanded by line_of
  std::string without = "", same = "";
  int code = 0;  // not 0: refused
  std::string word = "";
};

Row refused(const std::string& verbs, const std::string& option, const std::string& with, int code,
            const std::string& word) {
  return {verbs, option, with, "", "", code, word};
}

const std::vector<Row> kRows = {
    // Options of every verb.
    refused("classify stream embed dump check eval info convert bench demo data_check data_stats data_preview",
            "--progress", " --progress loud", 2, "[--progress]"),
    refused("classify stream embed dump check eval info convert bench demo data_check data_stats data_preview",
            "--seed", " --seed x", 2, "[--seed]"),
    {"stream embed dump convert", "--quiet", " --quiet"},
    {"classify", "--quiet", "classify -m generated:mu --quiet " + kNoise, "classify -m generated:mu " + kNoise},
    {"info", "--quiet", "info -m generated:mu --quiet", "info -m generated:mu"},
    {"bench", "--quiet", "bench -m both --frames 2 --quiet --json", "bench -m both --frames 2 --json"},
    {"check", "--quiet", "check -m generated:mu --quiet", "check -m generated:mu"},
    {"demo", "--quiet", "demo -m generated:mu --quiet " + kNoise, "demo -m generated:mu " + kNoise},
    {"eval", "--quiet", " --quiet"},
    {"data_check data_stats data_preview", "--quiet", " --quiet"},
    // Frames.
    {"classify stream embed dump check", "SOURCE", "+'synthetic:noise?frames=12&size=32&seed=5'"},
    {"classify", "--start", " --start 0.2"},
    {"stream embed dump", "--start", " --start 0.2"},
    refused("check", "--start", " --start 100", 3, "at least one frame"),
    {"classify stream embed dump", "--duration", " --duration 0.2", "", "+ --max-frames 5"},
    refused("check", "--duration", " --duration 0", 2, "[--duration]"),
    {"classify stream embed dump", "--max-frames", " --max-frames 5", "", "+'synthetic:noise?frames=5&size=32'"},
    refused("check", "--max-frames", " --max-frames 0", 2, "[--max-frames]"),
    {"classify stream embed dump", "--step", " --step 3"},
    refused("check", "--step", " --step 0", 2, "[--step]"),
    refused("classify stream check", "--max-pixels", " --max-pixels 1023", 2, "at most 1023 pixels"),
    refused("embed dump", "--max-pixels", " --max-pixels 1023 --force", 2, "at most 1023 pixels"),
    refused("classify stream check", "--raw", " --raw 32", 2, "[--raw]"),
    refused("embed dump", "--raw", " --raw 32 --force", 2, "[--raw]"),
    refused("classify stream embed dump check", "--max-tracks", " --max-tracks 0", 2, "[--max-tracks]"),
    refused("classify stream embed dump check", "--probe-bytes", " --probe-bytes 0", 2, "[--probe-bytes]"),
    {"classify stream embed dump", "--policy", " --policy fps=5"},
    refused("check", "--policy", " --policy newest", 2, "[--policy]"),
    refused("classify stream embed dump check", "--max-latency", " --max-latency 0", 2, "[--max-latency]"),
    refused("classify stream embed dump check", "--timeout", " --timeout 0", 2, "[--timeout]"),
    refused("classify stream embed dump check", "--reconnect", " --reconnect -1", 2, "[--reconnect]"),
    refused("eval", "--max-pixels", " --max-pixels 1791", 3, "at most 1791 pixels"),
    refused("data_preview", "--max-pixels", " --max-pixels 1791 --force", 3, "at most 1791 pixels"),
    {"data_check data_stats", "--max-pixels", " --max-pixels 1791"},
    // The model.
    {"classify stream embed dump check demo", "-m", "-m other"},
    {"info bench", "-m", "-m four"},
    {"eval", "-m", "-m other_four"},
    {"classify", "--labels", " --labels labels.txt"},
    {"stream", "--labels", " --labels labels.txt"},
    {"info", "--labels", " --labels labels.txt"},
    {"convert", "--labels", " --labels labels.txt"},
    {"demo", "--labels", " --labels labels.txt"},
    refused("eval", "--labels", " --labels names.txt", 3, "classes of the model"),
    refused("classify stream embed dump info check bench demo convert", "--image-size", " --image-size 0", 2,
            "--image-size"),
    refused("eval", "--image-size", " --image-size 0", 2, "--image-size"),
    refused("classify stream embed dump eval check demo", "--provider", " --provider sse9", 2, "[--provider]"),
    {"bench", "--provider", " --provider reference", "bench -m m --json --frames 2 --warmup 0 --provider sse9"},
    refused("classify stream embed dump eval check demo bench", "--precision", " --precision int8", 4, "[--precision]"),
    refused("classify stream embed dump eval check demo", "--threads", " --threads 0", 2, "[--threads]"),
    {"bench", "--threads", " --threads 2"},
    refused("dump eval check", "--device", " --device cuda", 4, "[--device]"),
    {"classify", "--readout", " --readout last"},
    {"stream", "--readout", "stream -m m --json --readout last " + kNoise},
    {"demo", "--readout", " --readout last"},
    // Outputs.
    {"classify stream", "--topk", " --topk 2"},
    {"classify stream", "--csv", " --csv out.csv"},
    {"classify", "--logits", "classify -m m --json --logits " + kNoise, "classify -m m --json " + kNoise},
    {"classify", "--json", "classify -m m --json " + kNoise, "classify -m m " + kNoise},
    {"stream", "--json", "stream -m m --json " + kNoise, "stream -m m " + kNoise},
    {"check", "--json", "check -m m --json " + kNoise, "check -m m " + kNoise},
    {"eval", "--json", "eval -m four --data clips.csv --frames 4 --json", "eval -m four --data clips.csv --frames 4"},
    {"info", "--json", "info -m m --json", "info -m m"},
    {"bench", "--json", "bench -m m --json", "bench -m m"},
    {"data_check", "--json", "data check clips.csv --json", "data check clips.csv"},
    {"data_stats", "--json", "data stats clips.csv --json", "data stats clips.csv"},
    {"classify stream check eval info bench data_check data_stats", "--force", "=.json --force", "=.json"},
    {"embed dump", "--force", "=.npz --force", "=.npz"},
    {"convert", "--force", "=folder --force", "=folder"},
    {"data_preview", "--force", "=.png --force", "=.png"},
    {"embed", "-o", "embed -m m -o out_of_here.npz " + kNoise},
    {"dump", "-o", "dump -m m -o out_of_here.npz " + kNoise},
    {"data_preview", "-o", "data preview clips.csv -o out_of_here.png --size 32"},
    {"embed", "--tokens", " --tokens"},
    // Options of a single verb.
    {"classify", "--num-frames", " --num-frames 4"},
    {"stream", "--reset-every", " --reset-every 0.2"},
    refused("stream", "--on-gap", " --on-gap forget", 2, "[--on-gap]"),
    {"stream", "--probs", " --probs"},
    {"stream", "--events", " --events out.csv"},
    {"stream", "--srt", " --srt out.srt"},
    {"stream", "--video", " --video out.mp4"},
    {"stream", "--html", " --html out.html"},
    {"stream", "--event-on", " --event-on 0.01"},
    refused("stream", "--event-off", " --event-on 0.5 --event-off 0.6", 2, "off <= on"),
    {"stream", "--event-min", " --event-on 0.01 --event-min 0", " --event-on 0.01"},
    refused("stream", "--event-gap", " --event-gap -1", 2, "[--event-gap]"),
    {"stream", "--load-state", " --load-state s.state"},
    {"stream", "--save-state", " --save-state out.state"},
    {"dump", "--taps", " --taps tokenizer"},
    refused("dump", "--mode", " --mode frames", 2, "[--mode]"),
    {"dump", "--num-frames", " --num-frames 6"},
    refused("dump check eval", "--execution", " --execution other", 2, "[--execution]"),
    refused("check", "--frames", "check -m m --json --frames 0", 2, "[--frames]"),
    {"check", "--against", " --against taps.npz"},
    {"check", "--tolerance", " --tolerance 0.5"},
    {"info", "--env", "info --env --json"},
    {"convert", "IN", "convert other out"},
    {"convert", "OUT", "convert m out_of_here"},
    {"convert", "--drop-config", "convert named out.npz --drop-config", "convert named out.npz"},
    {"bench", "--frames", "bench -m m --json --frames 3 --warmup 0"},
    {"bench", "--warmup", "bench -m m --json --frames 2 --warmup 1"},
    {"demo", "SOURCE", "demo -m m 'synthetic:noise?frames=30&size=32'"},
    {"classify stream embed dump check bench demo eval", "--max-tokens", " --max-tokens 4"},
    {"classify stream embed dump check bench demo eval", "--max-gflops", " --max-gflops 1e-6"},
    {"classify stream embed dump check bench demo eval", "--max-memory", " --max-memory 1e-6"},
    {"classify stream embed dump check eval data_check data_preview", "--max-pixels", " --max-pixels 1000"},
    // eval.
    {"eval", "--config", " --config run.toml"},
    {"eval", "--set", " --set data.val.limit=2"},
    {"eval", "--data", "eval -m four --data more.csv --frames 4 --json"},
    {"eval", "--split", " --split a"},
    {"eval", "--order", " --order reversed"},
    {"eval", "--views", " --views 3"},
    {"eval", "--crops", " --crops 3"},
    {"eval", "--frames", "eval -m four --data clips.csv --frames 8 --json"},
    {"eval", "--stride", " --stride 2"},
    {"eval", "--baseline", " --baseline mean_frame"},
    // Lists.
    {"data_check", "SOURCE", "data check more.csv --json"},
    {"data_stats", "SOURCE", "data stats more.csv --json"},
    {"data_preview", "SOURCE", "data preview more.csv -o out.png --size 32"},
    {"data_check data_stats data_preview", "--format", " --format list"},
    {"data_check data_stats data_preview", "--root", " --root elsewhere"},
    {"data_check data_stats data_preview", "--split", " --split a"},
    {"data_check data_stats data_preview", "--group", " --group g"},
    {"data_check data_stats data_preview", "--without-group", " --without-group g", "", ""},
    {"data_check data_stats data_preview", "--limit", " --limit 2"},
    {"data_stats", "--max-pixels", " --max-pixels 1000"},
    {"data_stats", "--multi-label", "data stats several.csv --json --multi-label", "data stats several.csv --json"},
    {"data_check", "--multi-label", "data check several.csv --json --multi-label", "data check several.csv --json"},
    {"data_check", "--frames", " --frames 3"},
    {"data_check", "--stride", " --frames 8 --stride 1", " --frames 8"},
    {"eval", "--predictions", " --predictions out.csv"},
    {"data_preview", "--config", "data preview --config run.toml -o out.png"},
    {"data_preview", "--set", "data preview --config run.toml --set clip.frames=2 -o out.png",
     "data preview --config run.toml -o out.png"},
    {"data_preview", "--part", "data preview --config run.toml --part val -o out.png",
     "data preview --config run.toml -o out.png"},
    {"data_preview", "--samples", " --samples 2"},
    {"data_preview", "--frames", " --frames 3"},
    {"data_preview", "--size", "data preview clips.csv -o out.png --size 48"},
    {"data_preview", "--sampling", " --sampling span"},
    {"data_preview", "--stride", " --stride 1"},
    {"data_preview", "--wrap", " --wrap reversed"},
    {"data_preview", "--augment", " --augment"},
    {"data_preview", "--testing", " --testing --augment", "+ --augment"},
};

void write_text(const std::string& path, const std::string& text) {
  AtomicFile file(path, Overwrite::kNo);
  file.write(text);
  file.commit();
}

// A folder in which the commands run: models, lists, labels, a state and taps.
class Options : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    dir = std::make_unique<TempDir>();
    for (const std::string line : {"convert --image-size 32 'generated:mu?classes=6' m",
                                   "convert --image-size 32 'generated:mu?classes=6&seed=2' other",
                                   "convert --image-size 32 'generated:mu?classes=4' four",
                                   "convert --image-size 32 'generated:mu?classes=4&seed=2' other_four"})
      ASSERT_EQ(trecvit(*dir, line).code, 0) << line;
    write_text(dir->file("labels.txt"), "a\nb\nc\nd\ne\nf\n");
    write_text(dir->file("names.txt"), "w\nx\ny\nz\n");
    ASSERT_EQ(trecvit(*dir, "convert --labels labels.txt m named").code, 0);
    // The weights in two formats in one folder: a note says which one is read.
    for (const std::string line : {"convert m both", "convert m/model.safetensors both/model.npz --drop-config"})
      ASSERT_EQ(trecvit(*dir, line).code, 0) << line;
    ASSERT_EQ(
        trecvit(*dir, "stream -m m --readout mean --save-state s.state 'synthetic:noise?frames=3&size=32&seed=9'").code,
        0);
    ASSERT_EQ(trecvit(*dir, "dump -m m -o taps.npz " + kNoise).code, 0);
    fs::create_directory(dir->file("elsewhere"));
    std::string clips = "path,label,split,group\n", more = clips;
    for (int i = 0; i < 8; ++i) {
      const std::string name = "clip" + std::to_string(i) + ".npz";
      write_clip(name, i);
      if (i % 2 == 0) write_clip("elsewhere/" + name, i + 20);
      const std::string row = name + "," + std::string(1, static_cast<char>('p' + i % 4)) + "," +
                              (i < 4 ? "a," : "b,") + (i % 2 ? "g" : "h") + "\n";
      (i < 7 ? clips : more) += row;
      if (i < 7) more += row;
    }
    write_text(dir->file("clips.csv"), clips);
    write_text(dir->file("more.csv"), more);
    write_text(dir->file("several.csv"), "path,label\nclip0.npz,p;q\nclip1.npz,r\nclip2.npz,\n");
    write_text(
        dir->file("run.toml"),
        std::string("[data.train]\nsource = 'clips.csv'\n[data.val]\nsource = 'more.csv'\n[clip]\nframes = 4\n") +
            kTinyModel);
  }
  static void TearDownTestSuite() { dir.reset(); }

  // A wide clip whose pixels differ from frame to frame and from left to right.
  static void write_clip(const std::string& name, int which) {
    constexpr int64_t kFrames = 12, kHeight = 32, kWidth = 56;
    std::vector<uint8_t> pixels;
    for (int64_t t = 0; t < kFrames; ++t)
      for (int64_t y = 0; y < kHeight; ++y)
        for (int64_t x = 0; x < kWidth; ++x)
          pixels.insert(pixels.end(), 3,
                        static_cast<uint8_t>(t * (11 + which) + (which * 37 + x) % 97 + y * (which % 3)));
    NpzWriter writer(dir->file(name), Overwrite::kNo);
    writer.add("video", HostTensor::from<uint8_t>({kFrames, kHeight, kWidth, 3}, pixels).view());
    writer.finish();
  }

  // What a command did: its exit code, what it printed and what it wrote, without timings.
  static std::string digest(const std::string& line) {
    for (const auto& entry : fs::directory_iterator(dir->path()))
      if (entry.path().filename().string().starts_with("out")) fs::remove_all(entry.path());
    const Output output = trecvit(*dir, line);
    static const std::regex clock(
        R"re("(latency_ms|load_s|[a-z0-9]+_ms|frames_per_second|g?flops|peak_[a-z]+|share_of_peak|peak_memory_bytes|source|model)":[^,}]+|synthetic:[^ :]+|[0-9.]+ ?(ms|s|kB|MB|frames/s)\b)re");
    std::string text = std::to_string(output.code) + "\n" + std::regex_replace(output.out + output.err, clock, "");
    std::set<std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(dir->path())) {
      const std::string name = fs::relative(entry.path(), dir->path()).string();
      if (entry.is_regular_file() && name.starts_with("out")) files.insert(name);
    }
    for (const auto& name : files) text += "\n" + name + ":" + read_text(*open_file(dir->file(name)), 1 << 26);
    return text;
  }

  static std::unique_ptr<TempDir> dir;
};
std::unique_ptr<TempDir> Options::dir;

std::string verb_name(std::string word) {
  std::replace(word.begin(), word.end(), '_', ' ');
  return word;
}

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find(' ', at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

// The whole command for the text of a row.
std::string line_of(const std::string& verb, const std::string& option, const std::string& text) {
  const std::string& base = kBase.at(verb);
  if (text.empty()) return base;
  if (text.starts_with("-m ")) {  // another model instead of the base's
    const size_t at = base.find("-m ");
    return base.substr(0, at) + text + base.substr(base.find(' ', at + 3));
  }
  if (text.starts_with("=")) {  // an output that already exists
    const std::string file = "kept" + text.substr(1, text.find(' ') - 1),
                      more = text.find(' ') == std::string::npos ? "" : " --force";
    std::string line = base;
    for (const std::string output : {" --json", " out.npz", " out.png", " out"}) {
      const size_t at = line.find(output);
      if (at == std::string::npos) continue;
      return line.replace(at, output.size(), output == " --json" ? " --json=" + file : " " + file) + more;
    }
  }
  if (text.starts_with("+'")) return base.substr(0, base.find(kNoise)) + text.substr(1);
  if (text.starts_with("+ ")) return base + text.substr(1);
  if (text.starts_with(" ")) return base + text;
  EXPECT_TRUE(text.starts_with(verb)) << option << ": " << text;
  return text;
}

TEST_F(Options, EachHasItsDocumentedEffect) {
  std::map<std::string, std::string> known;
  const auto digest_of = [&](const std::string& line) -> const std::string& {
    if (!known.contains(line)) known[line] = digest(line);
    return known[line];
  };
  for (const char* kept : {"kept.json", "kept.npz", "kept.png"}) write_text(dir->file(kept), "kept");
  fs::copy(dir->file("m"), dir->file("keptfolder"));
  for (const Row& row : kRows) {
    for (const auto& word : words_of(row.verbs)) {
      const std::string verb = verb_name(word);
      const std::string with = line_of(verb, row.option, row.with);
      if (row.code != 0) {
        const Output output = trecvit(*dir, with);
        EXPECT_EQ(output.code, row.code) << with << "\n" << output.err;
        EXPECT_NE(output.err.find(row.word), std::string::npos) << with << "\n" << output.err;
        continue;
      }
      const std::string without = line_of(verb, row.option, row.without);
      EXPECT_FALSE(digest_of(with) == digest_of(without)) << with << "\nand\n"
                                                          << without << "\n"
                                                          << digest_of(with).substr(0, 500);
      if (row.same.starts_with("+")) {
        EXPECT_TRUE(digest_of(with) == digest_of(line_of(verb, row.option, row.same))) << with << "\n" << row.same;
      }
    }
  }
}

// The words in the first column of a help text that are names of options.
std::set<std::string> options_of_help(const std::string& help) {
  std::set<std::string> options;
  for (size_t at = 0; at < help.size();) {
    const std::string line = help.substr(at, help.find('\n', at) - at);
    at += line.size() + 1;
    if (line.size() < 3 || !line.starts_with("  ") || line[2] == ' ') continue;
    options.insert(line.substr(2, line.find_first_of(" ,", 2) - 2));
  }
  options.erase("-h");
  return options;
}

TEST_F(Options, EachHasARow) {
  for (const auto& [verb, line] : kBase) {
    const Output help = trecvit(*dir, verb + " --help");
    const auto options = options_of_help(help.out);
    EXPECT_GE(options.size(), 5u) << verb;
    std::set<std::string> rows;
    for (const Row& row : kRows)
      for (const auto& word : words_of(row.verbs))
        if (verb_name(word) == verb) rows.insert(row.option);
    for (const auto& option : options) EXPECT_TRUE(rows.contains(option)) << verb << " " << option;
    for (const auto& row : rows) EXPECT_TRUE(options.contains(row)) << verb << " has no " << row;
  }
}

}  // namespace
}  // namespace trecvit::test
