// The report of a run (report.h), from its folder and from what its task adds.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "trecvit/report/report.h"
#include "trecvit/report/run_facts.h"

namespace trecvit::report {

// A chart of columns of metrics.csv, each with its name in the chart.
struct Curves {
  std::string title;
  std::vector<std::pair<const char*, const char*>> columns;
};

// Reads the folder's metrics.csv and writes its report.html. curves: those of the task, shown before those of every
// run. report: what the task and its newest test add; title, charts, facts and settings are filled in here. Throws
// Error(kInput), with what to do, if metrics.csv is no longer a table.
void write_run_report(const std::string& folder, const RunFacts& facts, std::vector<Curves> curves, Report report);

}  // namespace trecvit::report
