#include "trecvit/train/checkpoint.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <filesystem>

#include "trecvit/base/error.h"
#include "trecvit/base/hash.h"
#include "trecvit/config/config_json.h"
#include "trecvit/io/atomic_file.h"
#include "trecvit/io/disk.h"
#include "trecvit/io/run_record.h"
#include "trecvit/io/safetensors.h"
#include "trecvit/model/model_weights.h"
#include "trecvit/train/checkpoint_state.h"

namespace trecvit::train {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPart = ".part-", kOld = ".old-", kBroken = "broken-";
constexpr uint64_t kMostText = uint64_t{1} << 26;

void rename_folder(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (error) fail(ErrorKind::kResource, from.string(), "expected to rename the folder, got: {}", error.message());
}

std::string checksum_of(const HostTensor& tensor) {
  return fmt::format("{:016x}", hash_bytes({tensor.data(), tensor.bytes()}, static_cast<uint64_t>(tensor.dtype())));
}

// Writes tensors and returns their checksums by name.
Json write_tensors(const fs::path& path, const std::map<std::string, Tensor>& tensors) {
  std::vector<SafetensorsWriter::Declared> declared;
  for (const auto& [name, tensor] : tensors) {
    const DType type = tensor.scalar_type() == at::kDouble ? DType::kF64 : DType::kF32;
    declared.push_back({name, tensor.sizes().vec(), type});
  }
  SafetensorsWriter writer(path.string(), Overwrite::kNo, declared, {{"format", "pt"}});
  Json sums = Json::object();
  for (const auto& [name, tensor] : tensors) {
    const HostTensor host = model::to_host(tensor);
    sums[name] = checksum_of(host);
    writer.add(name, host.view());
  }
  writer.finish();
  return sums;
}

std::map<std::string, Tensor> read_tensors(const fs::path& path, const Json& sums) {
  const SafetensorsReader reader(open_file(path.string()));
  if (reader.names().size() != sums.size())
    fail_input(path.string(), "expected {} tensors, got {}", sums.size(), reader.names().size());
  std::map<std::string, Tensor> out;
  for (const auto& name : reader.names()) {
    const DType type = reader.info(name).dtype;
    if (type != DType::kF32 && type != DType::kF64)
      fail_input(path.string(), "expected float32 or float64 in {}, got {}", printable(name), word_of(type));
    const HostTensor tensor = reader.read(name);
    if (!sums.contains(name) || sums.at(name) != checksum_of(tensor))
      fail_input(path.string(), "expected {} as it was written, got other bytes", printable(name));
    out[name] = model::from_host(tensor);
  }
  return out;
}

void write_text(const fs::path& path, const std::string& text) {
  AtomicFile file(path.string(), Overwrite::kNo);
  file.write(text);
  file.commit();
}

void check_finite(const std::map<std::string, Tensor>& tensors) {
  for (const auto& [name, tensor] : tensors) {
    if (!at::isfinite(tensor).all().item<bool>())
      fail(ErrorKind::kCheckFailed, "checkpoint", "expected finite numbers in {}, got NaN or infinity; not saved",
           name);
  }
}

void write_into(const fs::path& folder, const Checkpoint& checkpoint) {
  CheckpointState state;
  state.step = checkpoint.step;
  state.model = write_tensors(folder / "model.safetensors", checkpoint.model);
  state.training = write_tensors(folder / "training.safetensors", checkpoint.training);
  const std::string config = print_model_config(checkpoint.config);
  write_text(folder / "config.json", config);
  state.config = checksum(config);
  state.run = checkpoint.state;
  write_text(folder / "state.json", print_checkpoint_state(state));
  sync_folder(folder.string());
}

// Removes a folder such that it never exists half-removed under its own name.
void remove_folder(const fs::path& folder) {
  const fs::path old = folder.parent_path() / (std::string(kOld) + folder.filename().string());
  std::error_code error;
  fs::remove_all(old, error);
  fs::rename(folder, old, error);
  fs::remove_all(error ? folder : old, error);
}

}  // namespace

void save_checkpoint(const std::string& parent, const Checkpoint& checkpoint) {
  check_finite(checkpoint.model);
  check_finite(checkpoint.training);
  std::error_code error;
  if (fs::create_directories(parent, error)) sync_folder(folder_of(parent));
  const fs::path final = fs::path(parent) / checkpoint_name(checkpoint.step);
  const fs::path part = fs::path(parent) / (std::string(kPart) + checkpoint_name(checkpoint.step));
  fs::remove_all(part, error);
  if (!fs::create_directory(part, error))
    fail(ErrorKind::kResource, part.string(), "expected to create the folder, got: {}", error.message());
  write_into(part, checkpoint);
  if (fs::exists(final, error)) remove_folder(final);
  rename_folder(part, final);
  sync_folder(parent);
}

Checkpoint load_checkpoint(const std::string& folder) {
  const fs::path path = folder;
  const std::string state_path = (path / "state.json").string(), config_path = (path / "config.json").string();
  CheckpointState state = parse_checkpoint_state(read_text(*open_file(state_path), kMostText), state_path);
  const auto named = step_of_checkpoint(path.filename().string());
  if (named && *named != state.step)
    fail_input(folder, "expected the checkpoint of step {}, got that of step {}", *named, state.step);
  Checkpoint out;
  out.step = state.step;
  const std::string config = read_text(*open_file(config_path), kMostText);
  if (state.config != checksum(config)) fail_input(folder, "expected config.json as it was written, got another");
  out.config = parse_model_config(config, config_path).config;
  out.model = read_tensors(path / "model.safetensors", state.model);
  out.training = read_tensors(path / "training.safetensors", state.training);
  out.state = std::move(state.run);
  return out;
}

std::vector<std::string> list_checkpoints(const std::string& parent) {
  std::vector<std::pair<int64_t, std::string>> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(parent, error)) {
    if (const auto step = step_of_checkpoint(entry.path().filename().string()))
      found.emplace_back(*step, entry.path().string());
  }
  std::sort(found.rbegin(), found.rend());
  std::vector<std::string> folders;
  for (auto& [step, folder] : found) folders.push_back(std::move(folder));
  return folders;
}

std::optional<Checkpoint> newest_checkpoint(const std::string& parent,
                                            const std::function<void(const std::string&)>& report) {
  const auto folders = list_checkpoints(parent);
  for (const auto& folder : folders) {
    try {
      return load_checkpoint(folder);
    } catch (const OtherVersion&) {
      throw;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kInput) throw;
      report(error.what());
    }
  }
  if (folders.empty()) return std::nullopt;
  fail_input(parent, "expected one of {} checkpoints to be intact, got none; start another run, or move them away",
             folders.size());
}

void set_aside_checkpoints_after(const std::string& parent, int64_t step) {
  std::error_code error;
  for (const fs::path folder : list_checkpoints(parent)) {
    const std::string name = folder.filename().string();
    if (step_of_checkpoint(name).value_or(0) <= step) break;
    const fs::path aside = fs::path(parent) / (std::string(kBroken) + name);
    fs::remove_all(aside, error);
    rename_folder(folder, aside);
  }
}

void prune_checkpoints(const std::string& parent, int64_t keep) {
  const auto folders = list_checkpoints(parent);
  for (auto i = static_cast<size_t>(keep); i < folders.size(); ++i) remove_folder(folders[i]);
  const int64_t newest =
      folders.empty() ? -1 : step_of_checkpoint(fs::path(folders[0]).filename().string()).value_or(-1);
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(parent, error)) {
    const std::string name = entry.path().filename().string();
    const bool passed =
        name.starts_with(kBroken) && step_of_checkpoint(name.substr(kBroken.size())).value_or(newest + 1) <= newest;
    if (passed || name.starts_with(kPart) || name.starts_with(kOld)) fs::remove_all(entry.path(), error);
  }
}

}  // namespace trecvit::train
