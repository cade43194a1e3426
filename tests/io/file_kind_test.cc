// Every kind of file by bytes made here: its name, its advice, and the message if another kind is wanted.
#include "trecvit/io/file_kind.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "io/hostile.h"
#include "io/raw_zip.h"
#include "support/errors.h"
#include "support/temp_dir.h"
#include "trecvit/io/known_files.h"

namespace trecvit {
namespace {

using Family = FileFamily;
using namespace std::string_literals;

std::string zip_of(const std::vector<std::string>& names) {
  test::RawZip raw;
  for (const auto& name : names) raw.entries.push_back(test::raw_entry(name, "content"));
  return bytes_of(raw);
}

std::string repeated(const std::string& packet, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += packet;
  return out;
}

// Eight bytes of length, a header, values.
std::string safetensors_with(const std::string& header) {
  std::string out;
  zip::put(out, uint64_t{header.size()});
  return out + header;
}

constexpr const char* kPointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 547221864\n";

struct ExampleFile {
  std::string bytes;
  Family family;
  std::string words;  // of what describe() says
};

using ExampleFiles = std::vector<ExampleFile>;

ExampleFiles stand_ins_and_arrays() {
  return {
      {"", Family::kStandsIn, "an empty file; truncated download?"},
      {kPointer, Family::kStandsIn, "Git LFS pointer, not the file itself; run `git lfs install` and `git lfs pull`"},
      {"/annex/objects/SHA256E-s12--ab.npz\n", Family::kStandsIn, "git-annex pointer"},
      {"outs:\n- md5: 0123\n  size: 12\n  path: m.npz\n", Family::kStandsIn, "DVC pointer"},
      {"\n<!DOCTYPE html>\n<html><body>Sign in</body></html>", Family::kStandsIn, "a web page (HTML)"},
      {"<HTML lang=en>", Family::kStandsIn, "a web page (HTML)"},
      {"\xef\xbb\xbf<html>", Family::kStandsIn, "a web page (HTML)"},
      {"<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>", Family::kStandsIn, "an XML document"},
      {"<?xml version=\"1.0\"?><html>", Family::kStandsIn, "a web page (HTML)"},
      {test::counting_npy({2}), Family::kNpy, "a NumPy array (.npy)"},
      {zip_of({"a/b.npy"}), Family::kNpz, "a NumPy archive (.npz)"},
      {zip_of({"a/", "a/b.npy", "note.txt"}), Family::kNpz, "a NumPy archive (.npz)"},
      {zip_of({}), Family::kNpz, "a NumPy archive (.npz)"},
      {zip_of({"a.npy"}).substr(0, 60), Family::kNpz, "a NumPy archive (.npz)"},
      {safetensors_with(R"({"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}})") + "1234", Family::kSafetensors,
       "a safetensors file"},
      {safetensors_with(R"({"__metadata__":{"format":"trecvit.state/2"}})"), Family::kState, "--load-state"},
  };
}

ExampleFiles models_and_archives() {
  const auto rest = [](const std::string& begin) { return begin + std::string(600, '\1'); };
  return {
      {zip_of({"archive/data.pkl", "archive/data/0"}), Family::kModel,
       "a PyTorch archive; in Python: safetensors.torch"},
      {zip_of({"m/data.pkl", "m/code/__torch__.py", "m/constants.pkl"}), Family::kModel, "a TorchScript archive"},
      {rest("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M"), Family::kModel, "PyTorch archive"},
      {zip_of({"metadata.json", "config.json", "model.weights.h5"}), Family::kModel, "a Keras archive"},
      {zip_of({"[Content_Types].xml", "xl/workbook.xml"}), Family::kOther, "an office document"},
      {zip_of({"mimetype", "content.xml"}), Family::kOther, "an office document"},
      {zip_of({"[Content_Types].xml"}).substr(0, 60), Family::kNpz, "a zip archive without its directory"},
      {"PK\3\4", Family::kNpz, "a zip archive without its directory"},
      {zip_of({"model/model.safetensors"}), Family::kPacked, "a zip archive without arrays; unpack it"},
      {"\x80\x04\x95\x10\0\0\0\0\0\0\0}\x94."s, Family::kModel, "a Python pickle"},
      {"\x80\x03}q\0."s, Family::kModel, "a Python pickle"},
      {"(dp0\nS'a'\np1\n.", Family::kModel, "a Python pickle"},
      {rest("\x89HDF\r\n\x1a\n"), Family::kModel, "an HDF5 file; read its arrays in Python with h5py"},
      {rest("MATLAB 5.0 MAT-file, Platform"), Family::kModel, "a MATLAB file"},
      {"\x08\x07\x12\x07pytorch\x1a\x05"s + "1.9.0", Family::kModel, "an ONNX model"},
      {rest("\x08\x08\x3a"), Family::kModel, "an ONNX model"},
      {rest("\x08\x01\x12\xf0\x20"), Family::kModel, "a TensorFlow SavedModel"},
      {"\x20\0\0\0TFL3\0\0"s, Family::kModel, "a TensorFlow Lite model"},
      {std::string(64, '\0') + "\x57\xfb\x80\x8b\x24\x75\x47\xdb", Family::kModel, "a TensorFlow checkpoint"},
      {"model_checkpoint_path: \"ckpt-1\"\n", Family::kModel, "a TensorFlow checkpoint"},
      {"\x81\xa6params\x83\xa3"s + "cls", Family::kModel, "a msgpack file (Flax)"},
      {"\xde\0\x10\xa6params"s, Family::kModel, "a msgpack file (Flax)"},
      {"GGUF\x03\0\0\0"s, Family::kModel, "a GGUF model"},
      {rest("\x0c\xdb\x3a\x2a"), Family::kModel, "an Orbax checkpoint"},
      {"\x1f\x8b\x08\0\0"s, Family::kPacked, "a file compressed with gzip; unpack it with gunzip"},
      {"\x28\xb5\x2f\xfd\x04"s, Family::kPacked, "zstd"},
      {"\xfd\x37zXZ\0\0"s, Family::kPacked, "xz"},
      {"BZh91AY&SY\x01", Family::kPacked, "bzip2"},
      {"\x04\x22\x4d\x18\x60", Family::kPacked, "lz4"},
      {"7z\xbc\xaf\x27\x1c\0"s, Family::kPacked, "7z"},
      {"Rar!\x1a\x07\x01", Family::kPacked, "RAR"},
      {"model/" + std::string(251, '\0') + "ustar\0"s + std::string(250, '\0'), Family::kPacked, "a tar archive"},
  };
}

ExampleFiles text_and_media() {
  return {
      {R"({"metadata": {"total_size": 12}, "weight_map": {}})", Family::kText, "an index of a model in several files"},
      {R"(  {"width": 32})", Family::kText, "a JSON file"},
      {"[model]\nwidth = 16\n", Family::kText, "a JSON file"},
      {"no model", Family::kText, "a text file"},
      {"\x89PNG\r\n\x1a\n\0\0"s, Family::kPicture, "a PNG picture"},
      {"\xff\xd8\xff\xe0", Family::kPicture, "a JPEG picture"},
      {"RIFF\x10\0\0\0WEBPVP8 "s, Family::kPicture, "a WebP picture"},
      {"\0\0\0\x18"s + "ftypheic", Family::kPicture, "HEIF"},
      {"\0\0\0\x18"s + "ftypisom", Family::kVideo, "an MP4 or QuickTime video"},
      {"\0\0\0\x18"s + "ftypqt  ", Family::kVideo, "an MP4 or QuickTime video"},
      {"\0\0\0\x18"s + "ftypM4A ", Family::kSound, "sound"},
      {"\0\0\0\x08wide\0\0\1\0mdat"s, Family::kVideo, "an MP4 or QuickTime video"},
      {"\x1a\x45\xdf\xa3\x01", Family::kVideo, "Matroska"},
      {"RIFF\x10\0\0\0AVI LIST"s, Family::kVideo, "an AVI video"},
      {"RIFF\x10\0\0\0WAVEfmt "s, Family::kSound, "WAVE"},
      {repeated("G" + std::string(187, '\xff'), 4), Family::kVideo, "an MPEG transport stream"},
      {repeated("\0\0\0\0G"s + std::string(187, '\xff'), 4), Family::kVideo, "an MPEG transport stream"},
      {"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6", Family::kVideo, "Windows Media"},
      {"FLV\x01\x05", Family::kVideo, "FLV"},
      {"OggS\0\x02"s, Family::kVideo, "Ogg"},
      {"\0\0\1\xba\x44"s, Family::kVideo, "program stream"},
      {"%PDF-1.7\n", Family::kOther, "PDF"},
      {"\x7f\x45LF\x02", Family::kOther, "a program"},
  };
}

ExampleFiles nearly_another_kind() {
  return {
      {"PK", Family::kUnknown, ""},
      {"\x01\x02\x03 any bytes", Family::kUnknown, ""},
      {std::string(500, '\0'), Family::kStandsIn, "a file of zeros; an interrupted copy or download"},
      {std::string(50'000, '\0'), Family::kStandsIn, "a file of zeros"},
      {std::string(50'000, '\0') + "\1", Family::kUnknown, ""},
      {std::string(1000, '\xff'), Family::kUnknown, ""},
      {"\xff\xfe" + "a\0,\0b\0\n\0"s, Family::kText, "a text file in UTF-16"},
      {"\xfe\xff" + "\0a\0,\0b\0\n"s, Family::kText, "a text file in UTF-16"},
      {"\xff\xfe" + "a\0\0\0\1\0"s, Family::kUnknown, ""},
      {"\xcf\xf0\xe8\xe2\xe5\xf2 \xec\xe8\xf0\n", Family::kText, "a text file"},
      {"\x78\x9c\x4b\x4c"s, Family::kPacked, "a zlib stream; unpack it"},
      {"\x78\xda\x4b\x4c"s, Family::kPacked, "a zlib stream"},
      {"}q\0X\1\0\0\0aq\1K\1s."s, Family::kModel, "a Python pickle"},
      {"]q\0(K\1K\2e."s, Family::kModel, "a Python pickle"},
  };
}

ExampleFiles example_files() {
  ExampleFiles all;
  for (const auto& part : {stand_ins_and_arrays(), models_and_archives(), text_and_media(), nearly_another_kind()})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

FileKind kind_of(const std::string& bytes) { return recognise(*test::source_of(bytes)); }

TEST(FileKind, EveryKindByItsFirstBytes) {
  for (const ExampleFile& c : example_files()) {
    SCOPED_TRACE(c.words + ": " + printable(c.bytes, 40));
    const FileKind kind = kind_of(c.bytes);
    EXPECT_EQ(kind.family, c.family);
    EXPECT_NE(describe(kind).find(c.words), std::string::npos) << describe(kind);
    EXPECT_EQ(kind.name.empty(), c.family == Family::kUnknown);
  }
}

// The length of a header may begin with the magic of any other kind.
TEST(FileKind, SafetensorsOfAnyHeaderLength) {
  for (const std::string begin : {"PK", "BZh", "\x1f\x8b", "ID3", "\x80\x02}", "FLV", "\x81\xa1"}) {
    std::string bytes = begin;
    bytes.resize(8, '\0');
    bytes += "{";
    EXPECT_EQ(kind_of(bytes).family, Family::kSafetensors) << begin;
  }
}

TEST(FileKind, EveryBeginningOfEveryKindIsRead) {
  for (const ExampleFile& c : example_files()) {
    for (size_t length = 0; length < std::min<size_t>(c.bytes.size(), 900); ++length) {
      EXPECT_NO_THROW(kind_of(c.bytes.substr(0, length))) << c.words << " " << length;
    }
  }
}

TEST(FileKind, DamagedZipFilesAreRead) {
  const std::string bytes = zip_of({"archive/data.pkl", "archive/data/0"});
  for (size_t at = 0; at + 8 <= bytes.size(); ++at) {
    for (const uint64_t value : test::kBoundaries) {
      std::string changed = bytes;
      test::patch(changed, at, value, 8);
      EXPECT_NO_THROW(kind_of(changed)) << at << " " << value;
    }
  }
}

// Lists, labels and configs may hold the magic string of any format that is not text.
TEST(FileKind, TextIsTextWhateverItBeginsWith) {
  for (const std::string text : {"run/free_throw.mp4 0\n", "# a wide model\n", "the free world\n", "run moov",
                                 "cut/mdat.mp4 1\n", "a, styp\n", "to, ftyp\n"}) {
    EXPECT_EQ(kind_of(text).family, Family::kText) << text;
  }
  int tried = 0;
  for (const auto& magic : known_files::kMagics) {
    const bool printable =
        std::all_of(magic.bytes.begin(), magic.bytes.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
    if (!printable || magic.of_text) continue;
    std::string text(600, 'x');
    text.replace(magic.offset, magic.bytes.size(), magic.bytes);
    EXPECT_EQ(kind_of(text).family, Family::kText) << magic.bytes;
    ++tried;
  }
  EXPECT_GT(tried, 10);
}

TEST(FileKind, TextInUtf8MayBeCutAfterTheFirstLook) {
  for (size_t before = 4090; before < 4100; ++before) {
    const std::string text = "GIF8" + std::string(before - 4, 'x') + "\xe2\x82\xac\xf0\x9f\x8e\xac and more";
    EXPECT_EQ(kind_of(text).family, Family::kText) << before;
  }
}

void expect_kind_refused(const std::string& bytes, Wanted wanted, const std::vector<std::string>& words) {
  auto all = words;
  all.push_back("[memory] expected ");
  test::expect_error(ErrorKind::kInput, all, [&] { refuse_other_kinds(*test::source_of(bytes), wanted); });
}

TEST(RefuseOtherKinds, NamesWhatWasExpectedAndTheRemedy) {
  expect_kind_refused(kPointer, Wanted::kWeights,
                      {"weights as .safetensors or .npz", "Git LFS pointer", "git lfs pull"});
  expect_kind_refused(kPointer, Wanted::kVideo, {"expected a video", "Git LFS pointer"});
  expect_kind_refused(kPointer, Wanted::kText, {"expected text", "Git LFS pointer"});
  expect_kind_refused(kPointer, Wanted::kState, {"the saved state of a stream", "Git LFS pointer"});
  expect_kind_refused(kPointer, Wanted::kNpz, {"(.npz)", "Git LFS pointer"});
  expect_kind_refused(kPointer, Wanted::kNpy, {"(.npy)", "Git LFS pointer"});
  expect_kind_refused(kPointer, Wanted::kSafetensors, {"a safetensors file", "Git LFS pointer"});
  expect_kind_refused("\x1f\x8b\x08", Wanted::kText, {"expected text", "gzip"});
  expect_kind_refused(zip_of({"[Content_Types].xml"}), Wanted::kText, {"expected text", "office document", "as CSV"});
  expect_kind_refused("PK\3\4\1\2", Wanted::kText, {"expected text", "zip archive", ".xlsx", "as CSV"});
  expect_kind_refused("", Wanted::kWeights, {"an empty file"});
  const std::string zeros(5000, '\0');
  for (const auto wanted : {Wanted::kWeights, Wanted::kState, Wanted::kNpz, Wanted::kSafetensors, Wanted::kText})
    expect_kind_refused(zeros, wanted, {"got a file of zeros; an interrupted copy or download"});
}

TEST(RefuseOtherKinds, ShowsTheBeginningOfText) {
  const char* kRefused = "a refused download";
  expect_kind_refused(R"({"error":"Repository not found"})", Wanted::kWeights,
                      {R"(a JSON file that begins with '{"error":"Repository not found"}')", kRefused});
  expect_kind_refused("\xef\xbb\xbf\n  Entry not\tfound\r\n\n", Wanted::kWeights,
                      {"a text file that begins with 'Entry not found';", kRefused});
  expect_kind_refused("Access denied\n", Wanted::kVideo, {"a text file that begins with 'Access denied'"});
  expect_kind_refused("\xe9t\xe9 \xe2\x80\xae a text", Wanted::kVideo, {"begins with '?t? ? a text'"});
  expect_kind_refused("text " + std::string(1000, 'x'), Wanted::kVideo, {"begins with 'text xxx", "xxx...'"});
  const std::string config = R"({"width": 32})";
  test::expect_error(ErrorKind::kInput, {"a JSON file", "give the folder that holds config.json"}, [&] {
    refuse_other_kinds(*open_memory(std::as_bytes(std::span(config)), "m/config.json"), Wanted::kWeights);
  });
}

TEST(RefuseOtherKinds, FilesOfOtherArgumentsAreNamed) {
  const std::string video = "\0\0\0\x18"s + "ftypisom", weights = safetensors_with("{}"),
                    torch = zip_of({"a/data.pkl"});
  expect_kind_refused(video, Wanted::kWeights, {"an MP4", "source and model", "--model"});
  expect_kind_refused(weights, Wanted::kVideo, {"safetensors", "source and model", "--model"});
  expect_kind_refused(torch, Wanted::kVideo, {"PyTorch", "source and model", "--model"});
  expect_kind_refused(weights, Wanted::kState, {"safetensors", "--model"});
  expect_kind_refused(safetensors_with(R"({"__metadata__":{"format":"trecvit.state/2"}})"), Wanted::kWeights,
                      {"saved state", "--load-state"});
  expect_kind_refused(test::counting_npy({2}), Wanted::kWeights, {"(.npy)", "numpy.savez"});
  expect_kind_refused(test::counting_npy({2}), Wanted::kVideo, {"named .npy or .npz"});
}

TEST(RefuseOtherKinds, TheWantedAndTheUnknownPass) {
  const auto passes = [](const std::string& bytes, Wanted wanted) {
    return refuse_other_kinds(*test::source_of(bytes), wanted).family;
  };
  EXPECT_EQ(passes(zip_of({"a.npy"}), Wanted::kWeights), Family::kNpz);
  EXPECT_EQ(passes(safetensors_with("{}"), Wanted::kWeights), Family::kSafetensors);
  EXPECT_EQ(passes(safetensors_with("{}"), Wanted::kSafetensors), Family::kSafetensors);
  EXPECT_EQ(passes("label one\n", Wanted::kText), Family::kText);
  EXPECT_EQ(passes("", Wanted::kText), Family::kStandsIn) << "what is missing in it, its reader says";
  for (const auto wanted : {Wanted::kWeights, Wanted::kState, Wanted::kNpy, Wanted::kNpz, Wanted::kVideo}) {
    EXPECT_EQ(passes(std::string(9, '\1'), wanted), Family::kUnknown);
  }
}

TEST(ReadTextFile, RefusesOtherKinds) {
  const test::TempDir dir;
  std::ofstream(dir.file("labels.txt")) << "one\ntwo\n";
  EXPECT_EQ(read_text_file(dir.file("labels.txt"), 100), "one\ntwo\n");
  test::expect_error(ErrorKind::kInput, {"labels.txt", "at most 3 bytes"},
                     [&] { read_text_file(dir.file("labels.txt"), 3); });
  std::ofstream(dir.file("labels.txt")) << "\x89PNG\r\n\x1a\n";
  test::expect_error(ErrorKind::kInput, {"labels.txt", "expected text", "PNG"},
                     [&] { read_text_file(dir.file("labels.txt"), 100); });
}

TEST(FormatOfEnding, ByTheLastEndingInAnyCase) {
  EXPECT_EQ(format_of_ending("a/b.onnx"), "ONNX");
  EXPECT_EQ(format_of_ending("model.tar.GZ"), "gzip");
  EXPECT_EQ(format_of_ending("x.NPZ"), "NumPy");
  EXPECT_EQ(format_of_ending("x.ndjson"), "JSON lines");
  for (const char* none : {"", "model", "runs.pt/model", "trecvit_B-v1.2", "a/.", "x."}) {
    EXPECT_EQ(format_of_ending(none), "") << none;
  }
}

}  // namespace
}  // namespace trecvit
