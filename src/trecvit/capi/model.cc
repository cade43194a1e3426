// The models of the C API (include/trecvit/trecvit.h).
#include "trecvit/engine/model.h"

#include "trecvit/capi/handles.h"
#include "trecvit/capi/structs.h"

namespace {

using namespace trecvit;
using capi::guarded;
using capi::require;

ModelOptions options_of(const trecvit_model_options* given, const char* function) {
  const trecvit_model_options known = capi::read_struct(given, function);
  ModelOptions options;
  if (known.provider) options.provider.name = known.provider;
  if ((known.image_height > 0) != (known.image_width > 0) || known.image_height < 0 || known.image_width < 0) {
    fail_usage(function, "expected image_height and image_width both above 0 or both 0, got {} and {}",
               known.image_height, known.image_width);
  }
  if (known.image_height > 0) options.image_size = InputSize{known.image_height, known.image_width};
  const auto limit = [function](auto given_limit, auto& kept, const char* name) {
    if (!(given_limit >= 0)) fail_usage(function, "expected {} of 0 or more, got {}", name, given_limit);
    if (given_limit > 0) kept = given_limit;
  };
  limit(known.max_tokens, options.budget.tokens, "max_tokens");
  limit(known.max_gflops, options.budget.gflops_per_frame, "max_gflops");
  limit(known.max_memory_gb, options.budget.memory_gb, "max_memory_gb");
  return options;
}

trecvit_model* make_handle(std::shared_ptr<const Model> model) {
  const ModelConfig& config = model->config();
  std::vector<std::string> labels;
  labels.reserve(static_cast<size_t>(config.num_classes));
  for (int64_t i = 0; i < config.num_classes; ++i) {
    labels.push_back(config.label(i));
    if (labels.back().find('\0') != std::string::npos)
      fail_input("trecvit_model_load", "expected labels without zero bytes, got one in the label of class {}", i);
  }
  std::string readout = to_string(config.readout);
  return new trecvit_model{std::move(model), std::move(labels), std::move(readout)};
}

trecvit_model_info info_of(const trecvit_model& handle) {
  const Model& model = *handle.model;
  const ModelConfig& c = model.config();
  trecvit_model_info info{};
  info.width = c.width;
  info.depth = c.depth;
  info.mlp_dim = c.mlp_dim;
  info.num_heads = c.num_heads;
  info.lru_width = c.lru_width;
  info.conv1d_width = c.conv1d_width;
  info.patch_size = c.patch_size;
  info.image_height = c.image_height;
  info.image_width = c.image_width;
  info.num_tokens = c.tokens();
  info.num_classes = c.num_classes;
  info.head_dim = c.head_dim;
  info.frame_stride = c.frame_stride;
  info.clip_frames = c.clip_frames;
  info.parameter_count = c.parameter_count();
  info.weight_bytes = static_cast<int64_t>(model.weight_bytes());
  info.state_bytes = static_cast<int64_t>(model.state_bytes());
  info.flops_per_frame = c.flops_per_frame();
  info.fingerprint = model.fingerprint();
  info.provider = model.provider().c_str();
  info.readout = handle.readout.c_str();
  info.ignored = model.ignored().c_str();
  return info;
}

}  // namespace

extern "C" {

trecvit_status trecvit_model_load(const char* path, const trecvit_model_options* options,
                                  trecvit_model** model) noexcept {
  return guarded([&] {
    constexpr const char* kHere = "trecvit_model_load";
    trecvit_model*& out = require(model, kHere, "a pointer for the model");
    out = nullptr;
    const std::string file = &require(path, kHere, "a path");
    const ModelOptions known = options_of(options, kHere);
    if (file.starts_with("generated:"))
      fail_usage(
          kHere,
          "expected a path, got '{}', a name that only the command knows; trecvit_model_generated makes such models",
          printable(file));
    out = make_handle(Model::load(file, known));
  });
}

trecvit_status trecvit_model_generated(const char* size, uint64_t seed, const trecvit_model_options* options,
                                       trecvit_model** model) noexcept {
  return guarded([&] {
    constexpr const char* kHere = "trecvit_model_generated";
    trecvit_model*& out = require(model, kHere, "a pointer for the model");
    out = nullptr;
    ModelConfig config = named_model_config(&require(size, kHere, "the name of a size"));
    const ModelOptions known = options_of(options, kHere);
    if (known.image_size) {
      config.image_height = known.image_size->height;
      config.image_width = known.image_size->width;
      validate(config, kHere);
    }
    out = make_handle(Model::make(config, *generated_weights(config, seed), known.provider, known.budget));
  });
}

void trecvit_model_free(trecvit_model* model) noexcept { delete model; }

trecvit_status trecvit_model_get_info(const trecvit_model* model, trecvit_model_info* info) noexcept {
  return guarded([&] {
    constexpr const char* kHere = "trecvit_model_get_info";
    const trecvit_model& handle = require(model, kHere, "a model");
    trecvit_model_info& out = require(info, kHere, "a pointer for the info");
    capi::require_struct_size(out, kHere);
    capi::write_struct(info_of(handle), out);
  });
}

const char* trecvit_model_label(const trecvit_model* model, int64_t class_index) noexcept {
  return capi::guarded_value<const char*>(nullptr, [&] {
    constexpr const char* kHere = "trecvit_model_label";
    const auto& labels = require(model, kHere, "a model").labels;
    if (labels.empty()) fail_usage(kHere, "expected a model with a head, got an encoder without one; num_classes is 0");
    if (class_index < 0 || class_index >= static_cast<int64_t>(labels.size())) {
      fail_usage(kHere, "expected a class from 0 to {}, got {}", labels.size() - 1, class_index);
    }
    return labels[static_cast<size_t>(class_index)].c_str();
  });
}

}  // extern "C"
