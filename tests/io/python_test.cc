// Files cross over to NumPy and safetensors in Python and back. Skipped where these are not installed.
#include <gtest/gtest.h>

#include "io/counting_tensor.h"
#include "support/python.h"
#include "trecvit/io/npz.h"
#include "trecvit/io/safetensors.h"

namespace trecvit {
namespace {

using test::counting_tensor;
using test::has_module;
using test::log_of;
using test::python;
using test::TempDir;

TEST(Python, NumpyReadsOurArchives) {
  const TempDir dir;
  if (!has_module(dir, "numpy")) GTEST_SKIP() << "python3 with numpy is not installed";
  const int64_t numbers[] = {INT64_MIN, INT64_MAX};
  for (const auto& [name, how] : {std::pair{"stored.npz", NpzWriter::Compression::kStored},
                                  std::pair{"deflated.npz", NpzWriter::Compression::kDeflated}}) {
    NpzWriter writer(dir.file(name), Overwrite::kNo, how);
    writer.add("a/matrix", counting_tensor({30, 40}).view());
    writer.add("scalar", counting_tensor({}).view());
    writer.add("empty", counting_tensor({0, 3}).view());
    writer.add("integers", HostTensor::from<int64_t>({2}, numbers).view());
    writer.finish();
  }
  EXPECT_TRUE(python(dir, R"(
import numpy, zipfile
for name in ("stored.npz", "deflated.npz"):
    assert zipfile.ZipFile(name).testzip() is None
    arrays = numpy.load(name, allow_pickle=False)
    assert sorted(arrays.files) == ["a/matrix", "empty", "integers", "scalar"], arrays.files
    assert arrays["a/matrix"].dtype == numpy.float32
    assert (arrays["a/matrix"] == numpy.arange(1200).reshape(30, 40)).all()
    assert arrays["scalar"].shape == () and arrays["scalar"] == 0
    assert arrays["empty"].shape == (0, 3)
    assert arrays["integers"].tolist() == [-2**63, 2**63 - 1]
)")) << log_of(dir);
}

TEST(Python, WeReadNumpysArchives) {
  const TempDir dir;
  if (!has_module(dir, "numpy")) GTEST_SKIP() << "python3 with numpy is not installed";
  ASSERT_TRUE(python(dir, R"(
import io, numpy, zipfile
arrays = {t: numpy.arange(24).reshape(2, 3, 4).astype(t) for t in
          ("float16", "float32", "float64", "uint8", "int8", "int16", "int32", "int64", "uint16", "uint32", "uint64")}
arrays["bool"] = numpy.arange(24).reshape(2, 3, 4) % 2 == 1
numpy.savez("stored.npz", **arrays)
numpy.savez_compressed("deflated.npz", **arrays)

class Pipe(io.RawIOBase):  # cannot seek, so that sizes follow the data
    def __init__(self): self.data = b""
    def writable(self): return True
    def write(self, b): self.data += bytes(b); return len(b)
pipe = Pipe()
numpy.savez(pipe, **arrays)
open("piped.npz", "wb").write(pipe.data)
for version in ((1, 0), (2, 0), (3, 0)):
    with open("version%d.npy" % version[0], "wb") as f:
        numpy.lib.format.write_array(f, arrays["float32"], version=version)
)")) << log_of(dir);
  for (const char* name : {"stored.npz", "deflated.npz", "piped.npz"}) {
    const NpzReader reader(open_file(dir.file(name)));
    ASSERT_EQ(reader.names().size(), 12u) << name;
    for (const auto& array : reader.names()) {
      const HostTensor tensor = reader.read(array);
      EXPECT_EQ(word_of(tensor.dtype()), array);
      EXPECT_EQ(tensor.shape(), (Shape{2, 3, 4}));
    }
    EXPECT_EQ(reader.read("float32").as<float>()[23], 23.0f);
    EXPECT_EQ(reader.read("int64").as<int64_t>()[23], 23);
    EXPECT_EQ(to_float32(reader.read("float16"), "w").as<float>()[23], 23.0f);
  }
  for (const char* name : {"version1.npy", "version2.npy", "version3.npy"}) {
    EXPECT_EQ(read_npy(*open_file(dir.file(name)), 1000).as<float>()[23], 23.0f) << name;
  }
}

TEST(Python, SafetensorsCrossesBothWays) {
  const TempDir dir;
  if (!has_module(dir, "numpy, safetensors.numpy")) {
    GTEST_SKIP() << "python3 with numpy and safetensors is not installed";
  }
  SafetensorsWriter writer(dir.file("ours.safetensors"), Overwrite::kNo,
                           {{"a.matrix", {3, 4}, DType::kF32}, {"scalar", {}, DType::kF32}, {"none", {0}, DType::kF32}},
                           {{"format", "np"}});
  writer.add("a.matrix", counting_tensor({3, 4}).view());
  writer.add("scalar", counting_tensor({}).view());
  writer.add("none", counting_tensor({0}).view());
  writer.finish();
  ASSERT_TRUE(python(dir, R"(
import numpy, safetensors, safetensors.numpy
tensors = safetensors.numpy.load_file("ours.safetensors")
assert sorted(tensors) == ["a.matrix", "none", "scalar"]
assert (tensors["a.matrix"] == numpy.arange(12).reshape(3, 4)).all()
assert safetensors.safe_open("ours.safetensors", "np").metadata() == {"format": "np"}
safetensors.numpy.save_file(tensors, "theirs.safetensors", metadata={"k": "v"})
)")) << log_of(dir);
  const SafetensorsReader reader(open_file(dir.file("theirs.safetensors")));
  EXPECT_EQ(reader.metadata().at("k"), "v");
  EXPECT_EQ(reader.read("a.matrix").as<float>()[11], 11.0f);
  EXPECT_EQ(reader.info("scalar").shape, Shape{});
  EXPECT_EQ(reader.info("none").shape, Shape{0});
}

}  // namespace
}  // namespace trecvit
