#include "trecvit/pipeline/answer_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "trecvit/io/csv.h"
#include "trecvit/pipeline/result_json.h"

namespace trecvit {

AnswerTable::AnswerTable(const std::string& path, Overwrite overwrite, int64_t topk, const ModelConfig& config)
    : file_(path, overwrite) {
  std::string header = "source,frames,seconds";
  for (int64_t k = 1; k <= std::min(topk, config.num_classes); ++k) header += fmt::format(",top{0},prob{0}", k);
  file_.write(header + "\n");
}

void AnswerTable::add(const VideoAnswer& answer, const std::vector<Prediction>& top) {
  std::string row = fmt::format("{},{},{}", csv_field(answer.source), answer.frames, readable_time(answer.seconds));
  for (const auto& [index, label, prob] : top) row += fmt::format(",{},{}", csv_field(label), prob);
  file_.write(row + "\n");
}

}  // namespace trecvit
