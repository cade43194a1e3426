// The kinds of files that recognise() knows, and the magic strings at fixed offsets that identify most of them.
#pragma once

#include <string_view>

#include "trecvit/io/file_kind.h"

namespace trecvit::known_files {

using Family = FileFamily;
using std::string_view_literals::operator""sv;

inline constexpr std::string_view kToSafetensors =
    "in Python: safetensors.torch.save_file(torch.load(FILE, map_location=\"cpu\", weights_only=True), "
    "\"model.safetensors\"), where the tensors may lie one level down, under a key such as \"model\" or \"state_dict\"";
inline constexpr std::string_view kToNpz =
    "load it in Python with the program that wrote it, and save each array under its name: numpy.savez(\"model.npz\", "
    "**{name: array})";
inline constexpr std::string_view kUnpack = "unpack it and give the file inside";

inline constexpr FileKind kEmpty{Family::kStandsIn, "an empty file", "truncated download?"};
inline constexpr FileKind kZeros{Family::kStandsIn, "a file of zeros",
                                 "an interrupted copy or download leaves such a file; fetch it again"};
inline constexpr FileKind kLfs{
    Family::kStandsIn, "a Git LFS pointer, not the file itself",
    "run `git lfs install` and `git lfs pull` where it was cloned, or download the file by itself"};
inline constexpr FileKind kAnnex{Family::kStandsIn, "a git-annex pointer, not the file itself",
                                 "run `git annex get FILE`"};
inline constexpr FileKind kDvc{Family::kStandsIn, "a DVC pointer, not the file itself", "run `dvc pull`"};
inline constexpr FileKind kWebPage{
    Family::kStandsIn, "a web page (HTML), not the file itself",
    "a download link that asks for a login, or that leads to a page about the file, returns one"};
inline constexpr FileKind kXml{Family::kStandsIn, "an XML document, not the file itself",
                               "a refused download often leaves such a file; read what it says"};
inline constexpr FileKind kNpy{Family::kNpy, "a NumPy array (.npy)", ""};
inline constexpr FileKind kNpz{Family::kNpz, "a NumPy archive (.npz)", ""};
inline constexpr FileKind kSafetensors{Family::kSafetensors, "a safetensors file", ""};
inline constexpr FileKind kState{Family::kState, "the saved state of a stream", "load it with stream --load-state"};
inline constexpr FileKind kTorch{Family::kModel, "a PyTorch archive", kToSafetensors};
inline constexpr FileKind kTorchScript{
    Family::kModel, "a TorchScript archive",
    "in Python: safetensors.torch.save_file(torch.jit.load(FILE).state_dict(), \"model.safetensors\")"};
inline constexpr FileKind kKeras{Family::kModel, "a Keras archive", kToNpz};
inline constexpr FileKind kOffice{Family::kOther, "an office document", ""};
inline constexpr FileKind kCutZip{
    Family::kNpz, "a zip archive without its directory (.npz and .xlsx are such archives)", "truncated download?"};
inline constexpr FileKind kZip{Family::kPacked, "a zip archive without arrays", kUnpack};
inline constexpr FileKind kZlib{Family::kPacked, "a zlib stream",
                                "unpack it, in Python with zlib.decompress, and give what was inside"};
inline constexpr FileKind kPickle{Family::kModel, "a Python pickle, which is a program and is never run",
                                  "load it in Python if you trust it, and save each array under its name: "
                                  "numpy.savez(\"model.npz\", **{name: array})"};
inline constexpr FileKind kOnnx{Family::kModel, "an ONNX model", kToNpz};
inline constexpr FileKind kMsgpack{
    Family::kModel, "a msgpack file (Flax)",
    "in Python: flax.serialization.msgpack_restore, flax.traverse_util.flatten_dict with "
    "sep=\"/\", then numpy.savez(\"model.npz\", **arrays)"};
inline constexpr FileKind kTensorFlow{Family::kModel, "a TensorFlow checkpoint", kToNpz};
inline constexpr FileKind kSavedModel{Family::kModel, "a TensorFlow SavedModel", kToNpz};
inline constexpr FileKind kHdf5{
    Family::kModel, "an HDF5 file",
    "read its arrays in Python with h5py and save each under its name: numpy.savez(\"model.npz\", "
    "**{name: array})"};
inline constexpr FileKind kShards{
    Family::kText, "an index of a model in several files",
    "put the tensors of all files into one model.safetensors with the safetensors library"};
inline constexpr FileKind kJson{Family::kText, "a JSON file", ""};
inline constexpr FileKind kText{Family::kText, "a text file", ""};
inline constexpr FileKind kUtf16{Family::kText, "a text file in UTF-16", ""};
inline constexpr FileKind kMp4{Family::kVideo, "an MP4 or QuickTime video", ""};
inline constexpr FileKind kHeif{Family::kPicture, "a HEIF or AVIF picture", ""};
inline constexpr FileKind kM4a{Family::kSound, "an MPEG-4 sound file", ""};
inline constexpr FileKind kTransport{Family::kVideo, "an MPEG transport stream", ""};

// A magic string at a fixed offset. Formats other than text have control characters soon after it, so a text that
// happens to contain the string there is still recognised as text.
struct Magic {
  size_t offset;
  std::string_view bytes;
  FileKind kind;
  bool of_text = false;  // the format itself is text
};

inline constexpr Magic kMagics[] = {
    {0, "version https://git-lfs.github.com/spec/"sv, kLfs, true},
    {0, "version https://hawser.github.com/spec/"sv, kLfs, true},
    {0, "/annex/objects/"sv, kAnnex, true},
    {0, "outs:\n- md5:"sv, kDvc, true},
    {0, "\x93NUMPY"sv, kNpy},
    {0, "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"sv, kTorch},  // torch.save before 1.6
    {0, "\x89HDF\r\n\x1a\n"sv, kHdf5},
    {512, "\x89HDF\r\n\x1a\n"sv, {Family::kModel, "a MATLAB file (HDF5)", kHdf5.way_out}},
    {0, "MATLAB 5.0 MAT-file"sv, {Family::kModel, "a MATLAB file", kToNpz}},
    {0, "GGUF"sv, {Family::kModel, "a GGUF model", kToNpz}},
    {0, "tjgg"sv, {Family::kModel, "a GGML model", kToNpz}},
    {0, "lmgg"sv, {Family::kModel, "a GGML model", kToNpz}},
    {4, "TFL3"sv, {Family::kModel, "a TensorFlow Lite model", kToNpz}},
    {0, "model_checkpoint_path:"sv, kTensorFlow, true},
    {0, "\x0c\xdb\x3a\x2a"sv, {Family::kModel, "part of an Orbax checkpoint", kToNpz}},
    {0, "\x1f\x8b"sv, {Family::kPacked, "a file compressed with gzip", "unpack it with gunzip, or tar -xzf"}},
    {0, "\x28\xb5\x2f\xfd"sv, {Family::kPacked, "a file compressed with zstd", "unpack it with zstd -d"}},
    {0, "\xfd\x37zXZ\0"sv, {Family::kPacked, "a file compressed with xz", "unpack it with xz -d, or tar -xJf"}},
    {0, "BZh"sv, {Family::kPacked, "a file compressed with bzip2", "unpack it with bunzip2, or tar -xjf"}},
    {0, "\x04\x22\x4d\x18"sv, {Family::kPacked, "a file compressed with lz4", "unpack it with lz4 -d"}},
    {0, "\x78\x01"sv, kZlib},
    {0, "x^"sv, kZlib},
    {0, "\x78\x9c"sv, kZlib},
    {0, "\x78\xda"sv, kZlib},
    {0, "7z\xbc\xaf\x27\x1c"sv, {Family::kPacked, "a 7z archive", kUnpack}},
    {0, "Rar!\x1a\x07"sv, {Family::kPacked, "a RAR archive", kUnpack}},
    {257, "ustar"sv, {Family::kPacked, "a tar archive", "unpack it with tar -xf and give the file inside"}},
    {0, "\x89PNG\r\n\x1a\n"sv, {Family::kPicture, "a PNG picture", ""}},
    {0, "\xff\xd8\xff"sv, {Family::kPicture, "a JPEG picture", ""}},
    {0, "GIF8"sv, {Family::kPicture, "a GIF picture", ""}},
    {8, "WEBPVP8"sv, {Family::kPicture, "a WebP picture", ""}},
    {0, "II*\0"sv, {Family::kPicture, "a TIFF picture", ""}},
    {0, "MM\0*"sv, {Family::kPicture, "a TIFF picture", ""}},
    {4, "moov"sv, kMp4},
    {4, "mdat"sv, kMp4},
    {4, "wide"sv, kMp4},
    {4, "free"sv, kMp4},
    {4, "styp"sv, kMp4},
    {0, "\x1a\x45\xdf\xa3"sv, {Family::kVideo, "a Matroska or WebM video", ""}},
    {8, "AVI LIST"sv, {Family::kVideo, "an AVI video", ""}},
    {8, "WAVEfmt"sv, {Family::kSound, "a WAVE sound file", ""}},
    {0, "\x30\x26\xb2\x75\x8e\x66\xcf\x11"sv, {Family::kVideo, "a Windows Media file (ASF)", ""}},
    {0, "FLV\x01"sv, {Family::kVideo, "a Flash video (FLV)", ""}},
    {0, "OggS"sv, {Family::kVideo, "an Ogg file", ""}},
    {0, "\0\0\1\xba"sv, {Family::kVideo, "an MPEG program stream", ""}},
    {0, "\0\0\1\xb3"sv, {Family::kVideo, "an MPEG video", ""}},
    {0, "\0\0\0\1\x67"sv, {Family::kVideo, "an H.264 stream without a container", ""}},
    {0, "\0\0\0\1\x40"sv, {Family::kVideo, "an H.265 stream without a container", ""}},
    {0, "YUV4MPEG2 "sv, {Family::kVideo, "a Y4M video", ""}},
    {0, "DKIF"sv, {Family::kVideo, "an IVF video", ""}},
    {0, "\x06\x0e\x2b\x34"sv, {Family::kVideo, "an MXF video", ""}},
    {0, "fLaC"sv, {Family::kSound, "a FLAC sound file", ""}},
    {0, "ID3"sv, {Family::kSound, "an MP3 sound file", ""}},
    {0, "%PDF-"sv, {Family::kOther, "a PDF document", ""}, true},
    {0, "\x7f\x45LF"sv, {Family::kOther, "a program", ""}},
    {0, "SQLite format 3\0"sv, {Family::kOther, "an SQLite database", ""}},
    {0, "PAR1"sv, {Family::kOther, "a Parquet table", ""}},
    {0, "ARROW1"sv, {Family::kOther, "an Arrow table", ""}},
};

}  // namespace trecvit::known_files
