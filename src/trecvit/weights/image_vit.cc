#include "trecvit/weights/image_vit.h"

#include <algorithm>
#include <cmath>

#include "trecvit/weights/image_vit_layout.h"
#include "trecvit/weights/position_table.h"
#include "trecvit/weights/tensor_table.h"

namespace trecvit {
namespace {

using Kind = ImageVitLayout::Kind;

// The position table of a file: an optional entry for the class token, then a grid.
struct Positions {
  PatchGrid grid;
  bool class_entry = false;
};

std::optional<Positions> read_grid(const ImageVitLayout& layout, const ModelConfig& target, int64_t entries,
                                   bool has_class_token) {
  // If the layout leaves it open: a table with as many entries as the target has patches, or one more, is taken as
  // such; else a square table has no entry for the class token, since a square number's neighbour is not a square.
  const bool of_target = entries == target.patches(), with_class = entries == target.patches() + 1;
  const bool open = has_class_token && !layout.position_first;
  const bool class_entry = open ? with_class || (!of_target && !square_grid(entries)) : has_class_token;
  const int64_t patches = entries - (class_entry ? 1 : 0);
  if (const auto square = square_grid(patches)) return Positions{*square, class_entry};
  if (patches == target.patches()) return Positions{{target.patch_rows(), target.patch_columns()}, class_entry};
  return std::nullopt;
}

// Where everything is stored in a file that fits.
struct Plan {
  ImageVitLayout layout;
  std::map<std::string, StoredTensor> tensors;
  std::optional<Positions> positions;
  bool has_class_token = false;
};

// Compares a file with what the target needs from it.
class Comparison {
 public:
  Comparison(const WeightSource& file, const ModelConfig& target) : file_(file), target_(target) {}

  Plan plan() {
    plan_.layout = find_image_vit_layout(file_).value();
    plan_.tensors = image_vit_tensors(plan_.layout, target_);
    plan_.has_class_token = file_.tensors().contains(plan_.layout.cls);
    check_blocks();
    std::map<std::string, Shape> expected;  // a map, so that attn.qkv, which holds three tensors, is reported once
    for (const auto& [name, stored] : plan_.tensors) expected[stored.name] = stored.shape;
    if (plan_.has_class_token) expected[plan_.layout.cls] = {1, 1, target_.width};
    for (const auto& [name, shape] : expected) check(name, shape);
    check_positions();
    for (const auto& [name, info] : file_.tensors()) {
      if (!expected.contains(name) && !is_beside(name)) {
        add(fmt::format("{}: not a tensor of this model, {}", spelled(name), to_string(info.shape)));
      }
    }
    if (problems_.empty()) return std::move(plan_);
    fail_input(
        file_.name(),
        "expected an image ViT with D={}, depth={}, F={}, {} heads and patches of {} pixels, got {} differences:{}",
        target_.width, target_.depth, target_.mlp_dim, target_.num_heads, target_.patch_size, count_, Lines{problems_});
  }

 private:
  static constexpr size_t kMaxText = 100'000;  // characters of differences; the rest is counted

  std::string spelled(const std::string& name) const {
    return printable(plan_.layout.kind == Kind::kFlax ? published_name(name) : name);
  }
  void add(const std::string& problem) {
    if (problems_.size() < kMaxText) problems_ += "\n  " + problem;
    ++count_;
  }
  void check_blocks() {
    if (plan_.layout.blocks == target_.depth) return;
    add(fmt::format("blocks: expected {}, got {}", target_.depth, plan_.layout.blocks));
  }
  void check(const std::string& name, const Shape& shape) {
    const auto found = file_.tensors().find(name);
    if (found == file_.tensors().end()) {
      add(fmt::format("{}: expected {}, missing", spelled(name), to_string(shape)));
    } else if (found->second.shape != shape) {
      add(fmt::format("{}: expected {}, got {}", spelled(name), to_string(shape), to_string(found->second.shape)));
    }
  }
  void check_positions() {
    const std::string& name = plan_.layout.positions;
    const auto found = file_.tensors().find(name);
    std::string got = "missing";
    if (found == file_.tensors().end()) {
      if (target_.position != Position::kLearned) return;
    } else {
      const Shape& shape = found->second.shape;
      if (shape.size() == 3 && shape[0] == 1 && shape[2] == target_.width) {
        plan_.positions = read_grid(plan_.layout, target_, shape[1], plan_.has_class_token);
      }
      if (plan_.positions) return;
      got = "got " + to_string(shape);
    }
    add(fmt::format("{}: expected [1, patches of a square picture, {}], {}", spelled(name), target_.width, got));
  }
  // Tensors that the model neither takes nor needs, and blocks that were already reported by their number.
  bool is_beside(const std::string& name) const {
    const ImageVitLayout& layout = plan_.layout;
    return name == layout.positions || !name.starts_with(layout.prefix) || is_image_vit_head(layout, name) ||
           image_vit_block(layout, name) >= target_.depth;
  }

  const WeightSource& file_;
  const ModelConfig& target_;
  Plan plan_;
  std::string problems_;
  size_t count_ = 0;
};

class ImageVitWeights : public WeightSource {
 public:
  ImageVitWeights(std::unique_ptr<WeightSource> file, const ModelConfig& target, const ImageVitInput& input)
      : file_(std::move(file)),
        plan_(Comparison(*file_, target).plan()),
        input_(input),
        grid_{target.patch_rows(), target.patch_columns()} {
    for (const auto& spec : tensor_table(target)) {
      const bool given = plan_.tensors.contains(spec.name) || spec.layer == Layer::kPositions ||
                         (spec.layer == Layer::kClassToken && plan_.has_class_token);
      if (given) tensors_[spec.name] = {spec.shape, DType::kF32};
    }
  }
  const std::map<std::string, TensorInfo>& tensors() const override { return tensors_; }
  const std::string& name() const override { return file_->name(); }
  HostTensor read(const std::string& name) const override {
    if (!tensors_.contains(name))
      fail_input(file_->name(), "expected a tensor of an image ViT, got {}", printable(name));
    if (name == positions_) return read_positions();
    if (name == class_token_) return read_class_token();
    if (name == patch_.weight) return read_patch_kernel();
    if (name == patch_.bias) return read_patch_bias();
    return read_arranged(name);
  }
  const Plan& plan() const { return plan_; }

 private:
  // The rows of a stored tensor that form this one, as [inputs, outputs].
  HostTensor read_arranged(const std::string& name) const {
    const StoredTensor& stored = plan_.tensors.at(name);
    const HostTensor file = file_->read(stored.name);
    HostTensor tensor(tensors_.at(name).shape, DType::kF32);
    const auto out = tensor.as<float>();
    const size_t inputs = stored.transposed ? static_cast<size_t>(stored.shape[1]) : 1;
    const auto in = file.as<float>().subspan(static_cast<size_t>(stored.first) * inputs, out.size());
    const size_t outputs = out.size() / inputs;
    for (size_t o = 0; o < outputs; ++o) {
      for (size_t i = 0; i < inputs; ++i) out[i * outputs + o] = in[o * inputs + i];
    }
    return tensor;
  }
  // [1, P, P, 3, D], as in the image network.
  HostTensor read_raw_patch_kernel() const {
    const StoredTensor& stored = plan_.tensors.at(patch_.weight);
    const HostTensor file = file_->read(stored.name);
    HostTensor kernel(tensors_.at(patch_.weight).shape, DType::kF32);
    const auto in = file.as<float>();
    const auto out = kernel.as<float>();
    if (!stored.transposed) {
      std::copy(in.begin(), in.end(), out.begin());
      return kernel;
    }
    const auto pixels = static_cast<size_t>(stored.shape[2] * stored.shape[3]), width = out.size() / 3 / pixels;
    for (size_t i = 0; i < out.size(); ++i) {
      const size_t d = i % width, channel = i / width % 3, pixel = i / width / 3;
      out[i] = in[(d * 3 + channel) * pixels + pixel];
    }
    return kernel;
  }
  HostTensor read_patch_kernel() const {
    HostTensor kernel = read_raw_patch_kernel();
    const auto width = static_cast<size_t>(kernel.shape()[4]);
    const auto values = kernel.as<float>();
    for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(values[i] / input_.std[i / width % 3]);
    return kernel;
  }
  HostTensor read_patch_bias() const {
    const HostTensor kernel = read_raw_patch_kernel();
    HostTensor bias = file_->read(plan_.tensors.at(patch_.bias).name);
    const auto weights = kernel.as<float>();
    const auto values = bias.as<float>();
    for (size_t d = 0; d < values.size(); ++d) {
      double sum = values[d];
      for (size_t i = d; i < weights.size(); i += values.size()) {
        const size_t channel = i / values.size() % 3;
        sum -= weights[i] * input_.mean[channel] / input_.std[channel];
      }
      values[d] = static_cast<float>(sum);
    }
    return bias;
  }
  HostTensor read_positions() const {
    const HostTensor file = file_->read(plan_.layout.positions);
    const int64_t width = file.shape()[2];
    const auto grid = file.as<float>().subspan(plan_.positions->class_entry ? static_cast<size_t>(width) : 0);
    const PatchGrid from = plan_.positions->grid;
    return resize_positions(HostTensor::from<float>({1, from.rows * from.columns, width}, grid), from, grid_);
  }
  HostTensor read_class_token() const {
    HostTensor token = file_->read(plan_.layout.cls);
    if (!plan_.positions || !plan_.positions->class_entry) return token;
    const HostTensor positions = file_->read(plan_.layout.positions);
    const auto values = token.as<float>();
    for (size_t d = 0; d < values.size(); ++d) values[d] += positions.as<float>()[d];
    return token;
  }

  std::unique_ptr<WeightSource> file_;
  Plan plan_;
  ImageVitInput input_;
  PatchGrid grid_;
  std::map<std::string, TensorInfo> tensors_;
  // These are not copied from the file as they are.
  std::string positions_ = names_of(Layer::kPositions).weight, class_token_ = names_of(Layer::kClassToken).weight;
  LayerNames patch_ = names_of(Layer::kEmbedding);
};

std::vector<std::string> notes_of(const Plan& plan, const ModelConfig& target, const ImageVitInput& input) {
  std::vector<std::string> notes = {
      "temporal blocks and head are new",
      fmt::format("pixels are read as (v - [{}, {}, {}]) / [{}, {}, {}]", input.mean[0], input.mean[1], input.mean[2],
                  input.std[0], input.std[1], input.std[2])};
  const PatchGrid grid{target.patch_rows(), target.patch_columns()};
  if (target.position == Position::kSincos2d) {
    if (plan.positions) notes.emplace_back("the position table is not used, the model has fixed positions");
  } else if (plan.positions->grid != grid) {
    notes.push_back(fmt::format("positions resized from {} x {} to {} x {} patches", plan.positions->grid.rows,
                                plan.positions->grid.columns, grid.rows, grid.columns));
  }
  if (target.has_cls() && !plan.has_class_token) notes.emplace_back("the file has no class token, it is new");
  if (plan.layout.kind == Kind::kTimm) notes.emplace_back("gelu is the tanh approximation here, and exact in timm");
  return notes;
}

}  // namespace

bool is_image_vit(const WeightSource& file) { return find_image_vit_layout(file).has_value(); }

ImageVit open_image_vit(std::unique_ptr<WeightSource> file, const ModelConfig& target, const ImageVitInput& input) {
  for (size_t channel = 0; channel < 3; ++channel) {
    const double mean = input.mean[channel], std = input.std[channel];
    if (!std::isfinite(mean) || !std::isfinite(std) || std <= 0) {
      fail_usage(file->name(), "expected a mean and a positive standard deviation of the input, got {} and {}", mean,
                 std);
    }
  }
  auto weights = std::make_unique<ImageVitWeights>(std::move(file), target, input);
  ImageVit vit;
  vit.notes = notes_of(weights->plan(), target, input);
  vit.kind = weights->plan().layout.kind == Kind::kFlax ? "image ViT (npz)" : "image ViT (timm)";
  vit.weights = std::move(weights);
  return vit;
}

}  // namespace trecvit
