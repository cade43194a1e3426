// Recognises what a file is by its first bytes, not by its name, so that a message can say what was found instead of
// weights, video, a state or text, and what to do about it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "trecvit/io/byte_source.h"

namespace trecvit {

enum class FileFamily {
  kUnknown,  // none of the following
  kNpy,
  kNpz,  // also a zip archive whose directory is missing, as after a download that ended early
  kSafetensors,
  kState,     // a stream state of this program, which is a safetensors file too
  kModel,     // weights or arrays in a format of other programs
  kVideo,     // video containers
  kPicture,   // single pictures
  kSound,     // sound without pictures
  kPacked,    // compressed files and archives
  kStandsIn,  // found in place of the real file: a pointer, a web page, zeros, nothing at all
  kText,      // JSON and any other text
  kOther,     // documents, programs, databases
};

struct FileKind {
  FileFamily family = FileFamily::kUnknown;
  std::string_view name;     // with its article, for messages: "a PyTorch archive"; empty for kUnknown
  std::string_view way_out;  // what to do so that it can be read; empty if there is no advice
};

// Never throws because of the content, only if the bytes cannot be read (see ByteSource::read). Reads a few kilobytes
// and, for a zip archive, at most 4 MB of its directory.
FileKind recognise(const ByteSource& source);

// The part of a message after "got ": name and way out, "a file compressed with gzip; unpack it with gunzip".
std::string describe(const FileKind& kind);

// What a reader is about to read.
enum class Wanted { kWeights, kState, kNpy, kNpz, kSafetensors, kVideo, kText };

// Throws Error(kInput) "[name] expected weights ..., got a Git LFS pointer ...; run ..." if the file is known to be of
// a different kind than the one wanted. Otherwise returns the kind, including kUnknown: the reader itself can say more
// about such a file.
FileKind refuse_other_kinds(const ByteSource& source, Wanted wanted);

// Opens and reads a user's text file, such as labels or a config. Throws Error(kInput), also if it is another kind of
// file or larger than max_bytes.
std::string read_text_file(const std::string& path, uint64_t max_bytes);

// The format that the ending of a file name promises, in words: "ONNX" for x.onnx or X.ONNX, "NumPy" for x.npz; empty
// for names without an ending and for endings that promise nothing. Writers compare it with what they write.
std::string_view format_of_ending(std::string_view path);

}  // namespace trecvit
