#include "trecvit/base/tensor.h"

#include "trecvit/base/checked.h"

namespace trecvit {
namespace {

template <class Source, class Convert>
HostTensor converted(const HostTensor& in, Convert convert) {
  HostTensor out(in.shape(), DType::kF32);
  auto values = out.as<float>();
  const auto* source = reinterpret_cast<const Source*>(in.data());
  for (size_t i = 0; i < values.size(); ++i) values[i] = convert(source[i]);
  return out;
}

std::string_view way_out(DType dtype) {
  if (dtype == DType::kI8 || dtype == DType::kU8) return "; quantised weights are not supported";
  if (dtype == DType::kU16 || dtype == DType::kI16) {
    return "; if these are the bits of bfloat16, in Python: array.view(ml_dtypes.bfloat16).astype(numpy.float32)";
  }
  return "; save it with .astype(numpy.float32)";
}

}  // namespace

std::optional<size_t> byte_count(const Shape& shape, DType dtype) {
  auto count = element_count(shape);
  if (!count) return std::nullopt;
  return checked_mul(static_cast<size_t>(*count), size_of(dtype));
}

HostTensor::HostTensor(Shape shape, DType dtype) : shape_(std::move(shape)), dtype_(dtype) {
  auto bytes = byte_count(shape_, dtype_);
  if (!bytes) fail(ErrorKind::kResource, "tensor", "expected a shape that fits in memory, got {}", to_string(shape_));
  buffer_ = Buffer(*bytes);
}

HostTensor to_float32(HostTensor tensor, std::string_view where) {
  switch (tensor.dtype()) {
    case DType::kF32:
      return tensor;
    case DType::kF64:
      return converted<double>(tensor, [](double v) { return static_cast<float>(v); });
    case DType::kF16:
      return converted<uint16_t>(tensor, f16_to_float);
    case DType::kBF16:
      return converted<uint16_t>(tensor, bf16_to_float);
    default:
      fail_input(where, "expected float32, float64, float16 or bfloat16 values, got {}{}", word_of(tensor.dtype()),
                 way_out(tensor.dtype()));
  }
}

}  // namespace trecvit
