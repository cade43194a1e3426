// The report of a run (train/report.h), from its folder and what its task adds.
#pragma once

#include <string>

#include "trecvit/train/run_facts.h"
#include "trecvit/train/task.h"

namespace trecvit::train {

// Reads the folder's metrics.csv and writes its report.html. tested: the newest test, null where there was none. Throws
// Error(kInput) for a metrics.csv that is no table any more, with what to do.
void write_run_report(const std::string& folder, const RunFacts& facts, const Task& task, const TestResult* tested);

}  // namespace trecvit::train
