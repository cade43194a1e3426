// The layers of layer_cases.h, computed with reference_ops.h in float or double.
#pragma once

#include "engine/layer_cases.h"
#include "trecvit/engine/reference_ops.h"

namespace trecvit::test {

template <class Real>
void append_to(std::vector<double>& out, const std::vector<Real>& values) {
  out.insert(out.end(), values.begin(), values.end());
}

template <class Real>
std::vector<Real> part_of(const std::vector<Real>& all, int64_t row, int64_t rows) {
  const auto size = static_cast<int64_t>(all.size()) / rows;
  return {all.begin() + row * size, all.begin() + (row + 1) * size};
}

inline std::vector<uint8_t> starts_of(const LayerFile& file, const std::string& name, int64_t row, int64_t rows) {
  std::vector<uint8_t> starts;
  for (const auto position : part_of(file.values<int64_t>(name + "/pos"), row, rows)) starts.push_back(position == 0);
  return starts;
}

template <class Real>
LayerOutputs plain_recurrence(const LayerFile& file, const std::string& name) {
  const auto values = [&](const std::string& array) { return file.values<Real>(name + "/" + array); };
  const int64_t rows = file.extent(name + "/x", 0), frames = file.extent(name + "/x", 1);
  const int64_t width = file.extent(name + "/x", 2), heads = file.extent(name + "/param/a_gate/w", 0);
  auto decay = values("param/a_param");
  for (Real& value : decay) value = reference::decay_of(value);
  const auto gate = [&](const std::vector<Real>& x, const std::string& scope) {
    std::vector<Real> g(x.size());
    reference::gate(x.data(), frames, width, heads, values(scope + "/w").data(), values(scope + "/b").data(), g.data());
    return g;
  };
  const bool carried = file.contains(name + "/h0");
  LayerOutputs out;
  for (int64_t row = 0; row < rows; ++row) {
    const auto x = part_of(values("x"), row, rows);
    const auto gx = gate(x, "param/input_gate"), ga = gate(x, "param/a_gate");
    auto h = carried ? part_of(values("h0"), row, rows) : std::vector<Real>(static_cast<size_t>(width));
    std::vector<Real> y(x.size());
    reference::rg_lru_clip(x.data(), gx.data(), ga.data(), frames, 1, width, decay.data(),
                           starts_of(file, name, row, rows).data(), false, h.data(), y.data());
    append_to(out.outputs, y);
    append_to(out.memory, h);
  }
  return out;
}

template <class Real>
LayerOutputs plain_convolution(const LayerFile& file, const std::string& name) {
  const auto values = [&](const std::string& array) { return file.values<Real>(name + "/" + array); };
  const int64_t rows = file.extent(name + "/x", 0), frames = file.extent(name + "/x", 1);
  const int64_t width = file.extent(name + "/x", 2), taps = file.extent(name + "/w", 0);
  const bool carried = file.contains(name + "/cache");
  LayerOutputs out;
  for (int64_t row = 0; row < rows; ++row) {
    const auto x = part_of(values("x"), row, rows);
    const auto history =
        carried ? part_of(values("cache"), row, rows) : std::vector<Real>(static_cast<size_t>((taps - 1) * width));
    std::vector<Real> y(x.size());
    reference::causal_conv_clip(x.data(), frames, 1, width, taps, values("w").data(), values("b").data(),
                                history.data(), starts_of(file, name, row, rows).data(), y.data());
    append_to(out.outputs, y);
  }
  return out;
}

template <class Real>
LayerOutputs plain_attention(const LayerFile& file, const std::string& name) {
  const auto values = [&](const std::string& array) { return file.values<Real>(name + "/" + array); };
  const int64_t rows = file.extent(name + "/x", 0), tokens = file.extent(name + "/x", 1);
  const int64_t width = file.extent(name + "/x", 2), heads = file.extent(name + "/param/query/bias", 0);
  const auto dense = [&](const std::vector<Real>& x, const std::string& scope) {
    std::vector<Real> y(x.size());
    reference::dense(x.data(), tokens, width, values("param/" + scope + "/kernel").data(),
                     values("param/" + scope + "/bias").data(), width, y.data());
    return y;
  };
  LayerOutputs out;
  for (int64_t row = 0; row < rows; ++row) {
    const auto x = part_of(values("x"), row, rows);
    const auto q = dense(x, "query"), k = dense(x, "key"), v = dense(x, "value");
    std::vector<Real> scores(static_cast<size_t>(tokens)), mixed(x.size());
    reference::attention(q.data(), tokens, k.data(), v.data(), tokens, heads, width / heads, scores.data(),
                         mixed.data());
    append_to(out.outputs, dense(mixed, "out"));
  }
  return out;
}

// rmsnorm, layernorm*, mha, gelu, sincos*
template <class Real>
LayerOutputs plain_layer(const LayerFile& file, const std::string& name) {
  if (name == "mha") return plain_attention<Real>(file, name);
  LayerOutputs out;
  if (name.starts_with("sincos")) {
    const auto grid = file.values<int64_t>(name + "/hwd");
    append_to(out.outputs, reference::sincos2d<Real>(grid[0], grid[1], grid[2]));
    return out;
  }
  auto x = file.values<Real>(name + "/x"), y = x;
  if (name == "gelu") {
    for (size_t i = 0; i < x.size(); ++i) y[i] = reference::gelu(x[i]);
  } else {
    const auto scale = file.values<Real>(name + "/scale");
    const auto width = static_cast<int64_t>(scale.size()), rows = static_cast<int64_t>(x.size()) / width;
    if (name == "rmsnorm") {
      reference::rms_norm(x.data(), rows, width, scale.data(), y.data());
    } else {
      reference::layer_norm(x.data(), rows, width, scale.data(), file.values<Real>(name + "/bias").data(), y.data());
    }
  }
  append_to(out.outputs, y);
  return out;
}

}  // namespace trecvit::test
