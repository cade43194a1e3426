// The message about a file of a different kind than the one wanted, and what the ending of a name promises; declared in
// file_kind.h.
#include <algorithm>
#include <span>
#include <string>
#include <utility>

#include "trecvit/base/error.h"
#include "trecvit/base/text.h"
#include "trecvit/io/file_kind.h"
#include "trecvit/io/known_files.h"

namespace trecvit {
namespace {

using namespace known_files;

std::string_view text_of(Wanted wanted) {
  switch (wanted) {
    case Wanted::kWeights:
      return "weights as .safetensors or .npz";
    case Wanted::kState:
      return "the saved state of a stream";
    case Wanted::kNpy:
      return kNpy.name;
    case Wanted::kNpz:
      return kNpz.name;
    case Wanted::kSafetensors:
      return kSafetensors.name;
    case Wanted::kVideo:
      return "a video";
    case Wanted::kText:
      return "text";
  }
  return "";
}

bool is_same(const FileKind& a, const FileKind& b) { return a.name == b.name; }

bool is_fine(Wanted wanted, const FileKind& kind) {
  const Family family = kind.family;
  if (family == Family::kUnknown) return true;
  switch (wanted) {
    case Wanted::kWeights:
      return family == Family::kNpz || family == Family::kSafetensors;
    case Wanted::kState:
      return family == Family::kState;
    case Wanted::kNpy:
      return family == Family::kNpy;
    case Wanted::kNpz:
      return family == Family::kNpz;
    case Wanted::kSafetensors:
      return family == Family::kSafetensors || family == Family::kState;
    case Wanted::kVideo:
      return family == Family::kVideo || family == Family::kPicture || family == Family::kSound;
    case Wanted::kText:
      return family == Family::kText || is_same(kind, kEmpty);
  }
  return true;
}

// What to do about it, if that depends on the kind wanted; otherwise the general advice for such a file.
std::string_view way_out(Wanted wanted, const FileKind& kind, std::string_view name) {
  const Family family = kind.family;
  const bool of_model = wanted == Wanted::kWeights || wanted == Wanted::kNpz || wanted == Wanted::kSafetensors;
  const bool pictures = family == Family::kVideo || family == Family::kPicture;
  const bool weights = family == Family::kModel || family == Family::kSafetensors;
  const bool arrays = family == Family::kNpy || family == Family::kNpz;
  if (wanted == Wanted::kWeights && pictures) return "are source and model swapped? --model names the model";
  if (wanted == Wanted::kWeights && family == Family::kNpy) {
    return "weights are many arrays, each under its name: numpy.savez(\"model.npz\", **{name: array})";
  }
  if (wanted == Wanted::kVideo && weights) return "are source and model swapped? --model names the model";
  if (wanted == Wanted::kVideo && arrays) return "an array of frames must be named .npy or .npz";
  if (wanted == Wanted::kState && weights) return "is it the model? --model names the model";
  if (wanted == Wanted::kText && (is_same(kind, kOffice) || is_same(kind, kCutZip)))
    return "save a table (.xlsx, .ods) as CSV";
  if (of_model && is_same(kind, kJson) && name.ends_with(".json"))
    return "give the folder that holds config.json and weights";
  if (of_model && (is_same(kind, kJson) || is_same(kind, kText))) return "a refused download often leaves such a file";
  return kind.way_out;
}

// The beginning of a text, on one line: after a refused download, the file contains the reason. Empty for other kinds.
std::string beginning(const ByteSource& source, const FileKind& kind) {
  constexpr uint64_t kLook = 400;
  constexpr size_t kMostShown = 60;
  if (!is_same(kind, kText) && !is_same(kind, kJson)) return {};
  std::string bytes(static_cast<size_t>(std::min(source.size(), kLook)), '\0');
  source.read(0, std::as_writable_bytes(std::span(bytes)));
  std::string_view text = bytes;
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  std::string line;
  for (const char c : text) {
    const bool blank = c == ' ' || (c >= '\t' && c <= '\r');
    if (!blank) line += c;
    if (blank && !line.empty() && line.back() != ' ') line += ' ';
  }
  if (line.ends_with(' ')) line.pop_back();
  return fmt::format(" that begins with '{}'", printable(line, kMostShown));
}

// What the ending of a name promises.
constexpr std::pair<std::string_view, std::string_view> kEndings[] = {
    {".onnx", "ONNX"},
    {".pt", "PyTorch"},
    {".pth", "PyTorch"},
    {".pt2", "PyTorch"},
    {".bin", "PyTorch"},
    {".ckpt", "a checkpoint of another program"},
    {".torchscript", "TorchScript"},
    {".pkl", "a Python pickle"},
    {".pickle", "a Python pickle"},
    {".h5", "HDF5"},
    {".hdf5", "HDF5"},
    {".keras", "Keras"},
    {".mat", "MATLAB"},
    {".pb", "TensorFlow"},
    {".tflite", "TensorFlow Lite"},
    {".msgpack", "msgpack"},
    {".gguf", "GGUF"},
    {".ggml", "GGML"},
    {".mlmodel", "Core ML"},
    {".mlpackage", "Core ML"},
    {".engine", "TensorRT"},
    {".npy", "a single NumPy array"},
    {".csv", "CSV"},
    {".srt", "SubRip subtitles"},
    {".vtt", "WebVTT subtitles"},
    {".edl", "an edit decision list"},
    {".tsv", "a table"},
    {".xls", "a spreadsheet"},
    {".xlsx", "a spreadsheet"},
    {".ods", "a spreadsheet"},
    {".parquet", "Parquet"},
    {".feather", "Arrow"},
    {".arrow", "Arrow"},
    {".sqlite", "SQLite"},
    {".json", "JSON"},
    {".jsonl", "JSON lines"},
    {".ndjson", "JSON lines"},
    {".yaml", "YAML"},
    {".yml", "YAML"},
    {".xml", "XML"},
    {".html", "HTML"},
    {".htm", "HTML"},
    {".md", "Markdown"},
    {".pdf", "PDF"},
    {".toml", "TOML"},
    {".txt", "text"},
    {".zip", "zip"},
    {".tar", "tar"},
    {".gz", "gzip"},
    {".tgz", "gzip"},
    {".zst", "zstd"},
    {".xz", "xz"},
    {".bz2", "bzip2"},
    {".7z", "7-Zip"},
    {".mp4", "MP4 video"},
    {".mov", "video"},
    {".mkv", "video"},
    {".webm", "video"},
    {".avi", "video"},
    {".gif", "GIF"},
    {".png", "PNG"},
    {".jpg", "JPEG"},
    {".jpeg", "JPEG"},
    {".bmp", "BMP"},
    {".webp", "WebP"},
    {".tif", "TIFF"},
    {".tiff", "TIFF"},
    {".svg", "SVG"},
    {".safetensors", "safetensors"},
    {".npz", "NumPy"},
};

}  // namespace

std::string describe(const FileKind& kind) {
  return fmt::format("{}{}{}", kind.name, kind.way_out.empty() ? "" : "; ", kind.way_out);
}

FileKind refuse_other_kinds(const ByteSource& source, Wanted wanted) {
  FileKind kind = recognise(source);
  if (is_fine(wanted, kind)) return kind;
  kind.way_out = way_out(wanted, kind, source.name());
  const std::string name = std::string(kind.name) + beginning(source, kind);
  fail_input(source.name(), "expected {}, got {}", text_of(wanted), describe({kind.family, name, kind.way_out}));
}

std::string read_text_file(const std::string& path, uint64_t max_bytes) {
  const auto source = open_file(path);
  refuse_other_kinds(*source, Wanted::kText);
  return read_text(*source, max_bytes);
}

std::string_view format_of_ending(std::string_view path) {
  const size_t dot = path.find_last_of("./");
  if (dot == std::string_view::npos || path[dot] == '/') return "";
  const std::string ending = ascii_lower(path.substr(dot));
  for (const auto& [known, format] : kEndings) {
    if (ending == known) return format;
  }
  return "";
}

}  // namespace trecvit
