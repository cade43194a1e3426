// What is said about a file of another kind than the one wanted.
#include <utility>

#include "trecvit/base/error.h"
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

// What to do about it where that depends on what was wanted, else the way out of any such file.
std::string_view way_out(Wanted wanted, const FileKind& kind) {
  const Family family = kind.family;
  const bool pictures = family == Family::kVideo || family == Family::kPicture;
  const bool weights = family == Family::kModel || family == Family::kSafetensors;
  const bool arrays = family == Family::kNpy || family == Family::kNpz;
  if (wanted == Wanted::kWeights && pictures) return "have source and model changed places? --model names the model";
  if (wanted == Wanted::kWeights && family == Family::kNpy) {
    return "weights are many arrays, each under its name: numpy.savez(\"model.npz\", **{name: array})";
  }
  if (wanted == Wanted::kWeights && is_same(kind, kJson)) return "give the folder that holds config.json and weights";
  if (wanted == Wanted::kVideo && weights) return "have source and model changed places? --model names the model";
  if (wanted == Wanted::kVideo && arrays) return "an array of frames must be named .npy or .npz";
  if (wanted == Wanted::kState && weights) return "is it the model? --model names that";
  if (wanted == Wanted::kText && (is_same(kind, kOffice) || is_same(kind, kCutZip)))
    return "save a table (.xlsx, .ods) as CSV";
  return kind.way_out;
}

}  // namespace

std::string describe(const FileKind& kind) {
  return fmt::format("{}{}{}", kind.name, kind.way_out.empty() ? "" : "; ", kind.way_out);
}

FileKind refuse_other_kinds(const ByteSource& source, Wanted wanted) {
  FileKind kind = recognise(source);
  if (is_fine(wanted, kind)) return kind;
  kind.way_out = way_out(wanted, kind);
  fail_input(source.name(), "expected {}, got {}", text_of(wanted), describe(kind));
}

std::string read_text_file(const std::string& path, uint64_t max_bytes) {
  const auto source = open_file(path);
  refuse_other_kinds(*source, Wanted::kText);
  return read_text(*source, max_bytes);
}

std::string_view format_of_ending(std::string_view path) {
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
      {".tsv", "a table"},
      {".xlsx", "a spreadsheet"},
      {".parquet", "Parquet"},
      {".json", "JSON"},
      {".jsonl", "JSON lines"},
      {".yaml", "YAML"},
      {".toml", "TOML"},
      {".txt", "text"},
      {".zip", "zip"},
      {".tar", "tar"},
      {".gz", "gzip"},
      {".tgz", "gzip"},
      {".zst", "zstd"},
      {".xz", "xz"},
      {".mp4", "video"},
      {".mov", "video"},
      {".mkv", "video"},
      {".webm", "video"},
      {".avi", "video"},
      {".gif", "GIF"},
      {".png", "PNG"},
      {".jpg", "JPEG"},
      {".jpeg", "JPEG"},
      {".safetensors", "safetensors"},
      {".npz", "NumPy"},
  };
  const size_t dot = path.find_last_of("./");
  if (dot == std::string_view::npos || path[dot] == '/') return "";
  std::string ending(path.substr(dot));
  for (char& c : ending) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  for (const auto& [known, format] : kEndings) {
    if (ending == known) return format;
  }
  return "";
}

}  // namespace trecvit
