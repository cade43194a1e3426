// The safetensors format: a little-endian 64-bit header length, a JSON header that maps names to type, shape and byte
// range, then the values. https://github.com/huggingface/safetensors
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "trecvit/base/tensor.h"
#include "trecvit/io/atomic_file.h"
#include "trecvit/io/byte_source.h"

namespace trecvit {

// Opening reads and checks the whole header: at most 100,000,000 bytes of JSON, no duplicate keys, known types, ranges
// that equal shape times type size, tile the data without gaps and end where the file ends. Values are read on demand.
class SafetensorsReader {
 public:
  struct Info {
    Shape shape;
    DType dtype = DType::kF32;
    uint64_t offset = 0, bytes = 0;  // within the file
  };
  // Takes the source. Throws Error(kInput).
  explicit SafetensorsReader(std::unique_ptr<ByteSource> source);

  const std::vector<std::string>& names() const { return names_; }  // sorted
  bool contains(const std::string& name) const { return tensors_.contains(name); }
  // Throws Error(kInput) for an unknown name.
  const Info& info(const std::string& name) const;
  HostTensor read(const std::string& name) const;
  // The "__metadata__" strings.
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  const std::string& source_name() const { return source_->name(); }

 private:
  std::unique_ptr<ByteSource> source_;
  std::map<std::string, Info> tensors_;
  std::vector<std::string> names_;
  std::map<std::string, std::string> metadata_;
};

// Writes tensors whose names, shapes and types are declared first, so that memory holds only one at a time.
class SafetensorsWriter {
 public:
  struct Declared {
    std::string name;
    Shape shape;
    DType dtype;
  };
  // Writes the header. The data has the order of `tensors`. The header is padded with blanks so that the data starts at
  // a multiple of 8 bytes.
  SafetensorsWriter(const std::string& path, Overwrite overwrite, std::vector<Declared> tensors,
                    const std::map<std::string, std::string>& metadata);
  // The next tensor in the declared order; shape and type must be the declared ones.
  void add(const std::string& name, const TensorView& tensor);
  // Throws std::logic_error if a declared tensor was not added.
  void finish();

 private:
  AtomicFile file_;
  std::vector<Declared> tensors_;
  size_t next_ = 0;
};

}  // namespace trecvit
