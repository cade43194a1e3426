#include "trecvit/weights/name_prefix.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "trecvit/base/list_some.h"
#include "trecvit/weights/tensor_table.h"

namespace trecvit {
namespace {

// Where one of the model's scopes begins: at the start of the name or after a dot.
std::optional<size_t> find_scope(std::string_view name, const std::vector<std::string>& scopes) {
  for (const auto& scope : scopes) {
    const size_t at = name.find(scope);
    if (at != std::string_view::npos && (at == 0 || name[at - 1] == '.')) return at;
  }
  return std::nullopt;
}

// The tensors of a model that share one prefix.
struct Set {
  size_t tensors = 0;
  bool encoder = false;  // at least one tensor is not the head's
  std::string example;   // canonical name
};

std::map<std::string, Set> find_sets(const WeightSource& file) {
  const auto of_encoder = beginnings_of_encoder(), of_head = beginnings_of_decoder(), endings = endings_of_names();
  std::map<std::string, Set> sets;
  for (const auto& [name, info] : file.tensors()) {
    const auto is_end = [&name](std::string_view ending) { return name.ends_with(ending); };
    if (std::none_of(endings.begin(), endings.end(), is_end)) continue;
    const auto encoder = find_scope(name, of_encoder), head = find_scope(name, of_head);
    if (!encoder && !head) continue;
    Set& set = sets[name.substr(0, encoder ? *encoder : *head)];
    ++set.tensors;
    set.encoder = set.encoder || encoder;
    set.example = name;
  }
  return sets;
}

// The prefix as spelled in the file: '/' and '.' are one character each in any spelling.
std::string spelled(const std::string& prefix, const Set& set, const WeightSource& file) {
  return file.name_in_file(set.example).substr(0, prefix.size());
}

[[noreturn]] void fail_ambiguous(const std::map<std::string, Set>& sets, const WeightSource& file) {
  std::vector<std::string> found;
  for (const auto& [prefix, set] : sets) {
    found.push_back(fmt::format("{} with {} in front", set.tensors,
                                prefix.empty() ? "nothing" : "'" + spelled(prefix, set, file) + "'"));
  }
  fail_input(file.name(), "expected the tensors of one model, all with the same prefix, got {}; keep one set",
             list_some(found));
}

class WithoutPrefix : public WeightSource {
 public:
  WithoutPrefix(std::unique_ptr<WeightSource> file, std::string prefix, const std::string& in_file)
      : file_(std::move(file)), prefix_(std::move(prefix)), notes_(file_->notes()) {
    for (const auto& [name, info] : file_->tensors()) {
      if (name.starts_with(prefix_)) {
        tensors_.emplace(name.substr(prefix_.size()), info);
      } else {
        outside_.push_back(name);
      }
    }
    notes_.push_back(fmt::format("names are read without the prefix '{}'", printable(in_file)));
  }
  const std::map<std::string, TensorInfo>& tensors() const override { return tensors_; }
  const std::string& name() const override { return file_->name(); }
  HostTensor read(const std::string& name) const override { return file_->read(prefix_ + name); }
  std::string name_in_file(const std::string& name) const override { return file_->name_in_file(prefix_ + name); }
  std::vector<std::string> notes() const override { return notes_; }
  const std::vector<std::string>& outside() const { return outside_; }

 private:
  std::unique_ptr<WeightSource> file_;
  std::string prefix_;
  std::vector<std::string> notes_, outside_;
  std::map<std::string, TensorInfo> tensors_;
};

// A decoder may have blocks with the same names as the encoder's.
void drop_decoders(std::map<std::string, Set>& sets) {
  const std::map<std::string, Set> all = sets;
  for (const auto& [prefix, set] : all) {
    std::erase_if(sets, [&prefix](const auto& other) {
      return other.first.starts_with(prefix + scope_of(NetworkPart::kDecoder));
    });
  }
}

}  // namespace

Unprefixed without_prefix(std::unique_ptr<WeightSource> file) {
  auto sets = find_sets(*file);
  drop_decoders(sets);
  const auto plain = sets.find("");
  // If there are plain names, those with a prefix are reported as ignored, like every tensor that the model does not
  // have.
  if (sets.empty() || (plain != sets.end() && plain->second.encoder)) return {std::move(file), {}};
  if (sets.size() > 1) fail_ambiguous(sets, *file);
  const auto& [prefix, set] = *sets.begin();
  if (!set.encoder) return {std::move(file), {}};
  const std::string in_file = spelled(prefix, set, *file);
  auto weights = std::make_unique<WithoutPrefix>(std::move(file), prefix, in_file);
  auto outside = weights->outside();
  return {std::move(weights), std::move(outside)};
}

}  // namespace trecvit
