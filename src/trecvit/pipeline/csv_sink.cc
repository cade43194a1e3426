#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "trecvit/engine/engine.h"
#include "trecvit/io/csv.h"
#include "trecvit/pipeline/prediction.h"
#include "trecvit/pipeline/result_json.h"
#include "trecvit/pipeline/sink_kinds.h"

namespace trecvit {
namespace {

class CsvSink : public ResultSink {
 public:
  explicit CsvSink(const SinkOptions& options)
      : options_(options), config_(*options.config), file_(options.path, options.overwrite) {
    std::string header = "source,frame,time_s";
    for (int64_t i = 0; options.probs && i < config_.num_classes; ++i) header += "," + csv_field(config_.label(i));
    const int64_t best = std::min(options.topk, config_.num_classes);
    for (int64_t k = 1; !options.probs && k <= best; ++k) header += fmt::format(",top{0},prob{0}", k);
    file_.write(header + "\n");
    probs_.resize(static_cast<size_t>(config_.num_classes));
  }

  void begin(const SourceInfo& source) override {
    source_ = csv_field(source.name);
    begun_ = true;
  }

  void frame(const FrameResult& result) override {
    std::string row = fmt::format("{},{},{}", source_, result.frame.index, readable_time(result.frame.pts_seconds));
    if (options_.probs) {
      class_probs(config_, result.answer.logits, probs_);
      for (const float prob : probs_) row += fmt::format(",{}", prob);
    } else {
      for (const auto& [index, label, prob] : top_classes_of_logits(result.answer.logits, config_, options_.topk))
        row += fmt::format(",{},{}", csv_field(label), prob);
    }
    file_.write(row + "\n");
  }

  // Without a source that could be opened, an old file is kept.
  void finish() override {
    if (begun_) file_.commit();
  }

 private:
  SinkOptions options_;
  const ModelConfig& config_;
  AtomicFile file_;
  std::string source_;
  bool begun_ = false;
  std::vector<float> probs_;
};

}  // namespace

std::unique_ptr<ResultSink> open_csv_sink(const SinkOptions& options) { return std::make_unique<CsvSink>(options); }

}  // namespace trecvit
