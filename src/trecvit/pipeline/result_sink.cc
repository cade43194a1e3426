#include "trecvit/pipeline/result_sink.h"

#include <exception>
#include <utility>

namespace trecvit {
namespace {

// Calls `function` with every sink and throws the first exception after the last call.
template <class Sinks, class Function>
void call_all(const Sinks& sinks, const Function& function) {
  std::exception_ptr first;
  for (const auto& sink : sinks) {
    try {
      function(*sink);
    } catch (...) {
      if (!first) first = std::current_exception();
    }
  }
  if (first) std::rethrow_exception(first);
}

}  // namespace

void ResultSinks::add(std::unique_ptr<ResultSink> sink) { sinks_.push_back(std::move(sink)); }

void ResultSinks::begin(const SourceInfo& source) {
  for (const auto& sink : sinks_) sink->begin(source);
}

void ResultSinks::frame(const FrameResult& result) {
  for (const auto& sink : sinks_) sink->frame(result);
}

void ResultSinks::end(const SessionTotals& totals) {
  call_all(sinks_, [&](ResultSink& sink) { sink.end(totals); });
}

void ResultSinks::finish() {
  call_all(sinks_, [](ResultSink& sink) { sink.finish(); });
}

}  // namespace trecvit
