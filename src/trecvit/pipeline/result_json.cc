#include "trecvit/pipeline/result_json.h"

#include <fmt/format.h>

#include <cmath>

#include "trecvit/base/parse_number.h"

namespace trecvit {
namespace {

// The number shown by the text, independent of the locale.
double shown(const std::string& text, double value) { return parse_number<double>(text).value_or(value); }

}  // namespace

Json to_json(const std::vector<Prediction>& top) {
  Json list = Json::array();
  for (const auto& prediction : top) {
    list.push_back({{"index", prediction.index}, {"label", prediction.label}, {"prob", shortest(prediction.prob)}});
  }
  return list;
}

Json to_json(const VideoAnswer& answer, const std::vector<Prediction>& top, bool logits) {
  Json object{{"schema", "trecvit.classify/1"},
              {"source", answer.source},
              {"frames", answer.frames},
              {"seconds", readable_time(answer.seconds)},
              {"clips", answer.clips},
              {"dropped_frames", answer.dropped},
              {"damaged_packets", answer.faults.damaged_packets},
              {"top", to_json(top)}};
  for (size_t i = 0; logits && i < answer.logits.size(); ++i) object["logits"].push_back(shortest(answer.logits[i]));
  return object;
}

Json to_json(const Event& event, const std::string& label, bool is_over) {
  return {{"label", label},
          {"start_s", readable_time(event.start_seconds)},
          {"end_s", is_over ? Json(readable_time(event.end_seconds)) : Json()},
          {"peak", readable(event.peak)},
          {"mean", readable(event.mean)}};
}

double readable(double value) { return shown(fmt::format("{:.6g}", value), value); }

double readable_time(double seconds) { return std::round(seconds * 1e9) / 1e9; }

double shortest(float value) { return shown(fmt::format("{}", value), value); }

}  // namespace trecvit
