// What a file is, by its first bytes and not by its name, so that a message can say what was found in the place of
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
  kStandsIn,  // stands where the file should be: a pointer, a web page, zeros, nothing at all
  kText,      // JSON and any other text
  kOther,     // documents, programs, databases
};

struct FileKind {
  FileFamily family = FileFamily::kUnknown;
  std::string_view name;     // with its article, for messages: "a PyTorch archive"; empty for kUnknown
  std::string_view way_out;  // what to do to have it read; empty where there is nothing to say
};

// Never throws for what the bytes are, only where they cannot be read (see ByteSource::read). Reads a few kilobytes; of
// a zip archive also the directory, at most 4 MB of it.
FileKind recognise(const ByteSource& source);

// The part of a message after "got ": name and way out, "a file compressed with gzip; unpack it with gunzip".
std::string describe(const FileKind& kind);

// What a reader is about to read.
enum class Wanted { kWeights, kState, kNpy, kNpz, kSafetensors, kVideo, kText };

// Throws Error(kInput) "[name] expected weights ..., got a Git LFS pointer ...; run ..." where the file is known to be
// of another kind than the one wanted; returns the kind otherwise, kUnknown too: of such a file the reader itself has
// more to say.
FileKind refuse_other_kinds(const ByteSource& source, Wanted wanted);

// A text file of a user, such as labels or a config: opened, refused where it is another kind of file, and read. Throws
// Error(kInput), also when it is larger than max_bytes.
std::string read_text_file(const std::string& path, uint64_t max_bytes);

// The format that the ending of a file name promises, in words: "ONNX" for x.onnx or X.ONNX, "NumPy" for x.npz; empty
// for names without an ending and for endings that promise nothing. Writers compare it with what they write.
std::string_view format_of_ending(std::string_view path);

}  // namespace trecvit
