// The report of a run (report.h), from its folder and what its task adds.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "trecvit/report/report.h"
#include "trecvit/report/run_facts.h"

namespace trecvit::report {

// A chart of columns of metrics.csv, each with what it is called there.
struct Curves {
  std::string title;
  std::vector<std::pair<const char*, const char*>> columns;
};

// Reads the folder's metrics.csv and writes its report.html. curves: those of the task, before those of every run.
// report: what the task and its newest test add; title, charts, facts and settings are filled in here. Throws
// Error(kInput) for a metrics.csv that is no table any more, with what to do.
void write_run_report(const std::string& folder, const RunFacts& facts, std::vector<Curves> curves, Report report);

}  // namespace trecvit::report
