// Names and labels from untrusted sources on their way to a terminal.
#include <gtest/gtest.h>

#include <fstream>

#include "cli/command.h"
#include "trecvit/base/text.h"

namespace trecvit::test {
namespace {

// A second line that looks like a message, a byte and a character that control terminals, a character that reverses the
// text direction, and letters that must be kept.
const std::string kHostile =
    "视频\ntrecvit: all checks passed\x9b"
    "31m\xc2\x9b"
    "2J\u202e";
const std::string kShown = "视频?trecvit: all checks passed?31m?2J?";

void expect_harmless(const Output& output) {
  for (const std::string& text : {output.out, output.err}) {
    EXPECT_EQ(find_invalid_utf8(text), std::string::npos) << text;
    std::string lines = text;
    std::erase(lines, '\n');
    EXPECT_EQ(lines, terminal_text(lines));
    EXPECT_FALSE(text.starts_with("trecvit: all checks"));
    EXPECT_EQ(text.find("\ntrecvit: all checks"), std::string::npos) << text;
  }
}

TEST(Names, OfMissingFilesAreShownOnOneLine) {
  const TempDir dir;
  const std::string name = "'" + kHostile + "'", frames = " 'synthetic:noise?frames=1&size=16' ";
  for (const std::string& line : {"info --model " + name,
                                  "classify --model generated:mu " + name,
                                  "stream --model generated:mu " + name,
                                  "stream --model generated:mu --load-state " + name + frames,
                                  "stream --model generated:mu --labels " + name + frames,
                                  "stream --model generated:mu --save-state " + name + "/x" + frames,
                                  "embed --model generated:mu -o " + name + "/x" + frames,
                                  "stream --model generated:mu --json=" + name + "/x" + frames,
                                  "convert generated:mu " + name + "/x.npz",
                                  "convert " + name + " x",
                                  "dump --model " + name + frames + "-o x",
                                  "check --model " + name,
                                  "bench --model " + name,
                                  "demo " + name,
                                  "data check " + name,
                                  "data stats " + name,
                                  "data preview -o x.png " + name,
                                  "eval --model generated:mu --data " + name,
                                  "stream --model generated:mu --readout " + name + frames,
                                  "stream --model generated:mu --provider " + name + frames,
                                  "info --model generated:" + name,
                                  "stream --model generated:mu synthetic:" + name,
                                  "classify --topk " + name,
                                  name,
                                  "--log-level " + name + " info --env",
                                  "stream --" + name}) {
    SCOPED_TRACE(line);
    const Output output = trecvit(dir, line);
    EXPECT_NE(output.code, 0);
    EXPECT_NE(output.err, "");
    expect_harmless(output);
  }
}

TEST(Names, OfFilesThatAreThereAreShownOnOneLine) {
  const TempDir dir;
  const std::string npz = kHostile + ".npz", frames = " 'synthetic:noise?frames=2&size=16' ";
  ASSERT_EQ(trecvit(dir, "convert generated:mu '" + npz + "' --drop-config").code, 0);
  ASSERT_EQ(trecvit(dir, "convert generated:mu '" + kHostile + "'").code, 0);
  for (const std::string& line :
       {"stream --model '" + npz + "'" + frames, "demo --model '" + npz + "'" + frames, "info --model '" + npz + "'",
        "info --json --model '" + npz + "'", "check --model '" + npz + "'", "check --json --model '" + npz + "'",
        "bench --seconds 0.01 --model '" + npz + "'", "convert '" + npz + "' '" + kHostile + "2'",
        "convert '" + npz + "' '" + kHostile + "'", "classify --model '" + npz + "' '" + npz + "'",
        "stream --model '" + kHostile + "' --json='" + kHostile + ".json'" + frames,
        "embed --model '" + kHostile + "' -o 'e" + npz + "'" + frames}) {
    SCOPED_TRACE(line);
    expect_harmless(trecvit(dir, line));
  }
  EXPECT_NE(trecvit(dir, "convert '" + npz + "' '" + kHostile + "'").err.find(kShown), std::string::npos);
}

TEST(Names, LabelsAreHarmlessAndReadable) {
  const TempDir dir;
  std::ofstream(dir.file("labels.txt")) << "gehen\nläuft\x1b[31m\n跑步\u202e\n\xc2\x9b";
  const std::string line = "--model 'generated:mu?classes=4' --topk 4 --labels labels.txt 'synthetic:noise?frames=1' ";
  const Output text = trecvit(dir, "classify " + line);
  ASSERT_EQ(text.code, 0) << text.err;
  expect_harmless(text);
  for (const char* label : {"gehen", "läuft?[31m", "跑步?"})
    EXPECT_NE(text.out.find(label), std::string::npos) << label;
  // JSON keeps the label unchanged.
  const Output json = trecvit(dir, "stream --json " + line);
  ASSERT_EQ(json.code, 0) << json.err;
  expect_harmless(json);
  EXPECT_NE(json.json()[0].dump().find("跑步\u202e"), std::string::npos) << json.out;
}

TEST(Names, LabelsThatAreNotUtf8AreRefusedWithTheirLine) {
  const TempDir dir;
  for (const std::string& bad : {std::string("\xe4hnlich"), std::string("\x9b"), std::string("a\0b", 3)}) {
    std::ofstream(dir.file("labels.txt"), std::ios::binary) << "one\r\ntwo\n" << bad << "\nfour\n";
    for (const char* line : {"classify --model 'generated:mu?classes=4' --labels labels.txt 'synthetic:noise?frames=1'",
                             "convert 'generated:mu?classes=4' --labels labels.txt out"}) {
      const Output output = trecvit(dir, line);
      EXPECT_EQ(output.code, 3) << output.err;
      EXPECT_NE(output.err.find("[labels.txt:3]"), std::string::npos) << output.err;
      expect_harmless(output);
    }
  }
}

}  // namespace
}  // namespace trecvit::test
