// The .npz format of NumPy: a zip archive of .npy files, stored or deflated, with zip64 where needed.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "trecvit/base/tensor.h"
#include "trecvit/io/atomic_file.h"
#include "trecvit/io/byte_source.h"
#include "trecvit/io/npy.h"

namespace trecvit {

// Opening reads the central directory and each entry's .npy header, and checks all of it: names, sizes, offsets, types,
// that directory and local headers agree and that entries do not overlap. An array whose own header is wrong or has an
// unsupported type is refused when it is requested; others can be read. Values are read on demand, one array at a time,
// and their CRC is verified then. Entries without an array that packing programs add, such as folders and __MACOSX/,
// are skipped; any other entry that is not an .npy file is an error, like everything else unexpected.
class NpzReader {
 public:
  struct Limits {
    uint64_t max_array_bytes = uint64_t{16} << 30;
    uint64_t max_entries = 65536;
  };
  // Takes the source. Throws Error(kInput).
  explicit NpzReader(std::unique_ptr<ByteSource> source) : NpzReader(std::move(source), Limits{}) {}
  NpzReader(std::unique_ptr<ByteSource> source, Limits limits);
  ~NpzReader();

  // Array names without ".npy", sorted; '/' separates levels.
  const std::vector<std::string>& names() const;
  bool contains(const std::string& name) const;
  // Shape and type without reading values. Throws Error(kInput) for an unknown name or an array that cannot be read.
  const NpyHeader& header(const std::string& name) const;
  // The values; inflating stops at the declared size. Throws Error(kInput) for damage, Error(kResource) over a limit.
  HostTensor read(const std::string& name) const;
  const std::string& source_name() const;

 private:
  struct Entry;
  const Entry& find(const std::string& name) const;
  std::unique_ptr<ByteSource> source_;
  Limits limits_;
  std::map<std::string, Entry> entries_;
  std::vector<std::string> names_;
};

// Writes arrays one after the other; the file appears when finish() returns.
class NpzWriter {
 public:
  enum class Compression { kStored, kDeflated };
  NpzWriter(const std::string& path, Overwrite overwrite, Compression compression = Compression::kStored);
  ~NpzWriter();
  // name: without ".npy"; Error(kInput) if it is empty or has characters that the reader refuses. A name given twice
  // and bfloat16 values, for which NumPy has no type, are logic errors.
  void add(const std::string& name, const TensorView& array);
  // For arrays that come in pieces along the first axis: begin with the shape of the whole, then append bytes in C
  // order until it is complete.
  void begin(const std::string& name, const Shape& shape, DType dtype);
  void append(std::span<const std::byte> bytes);
  void finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace trecvit
