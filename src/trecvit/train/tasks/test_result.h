// The result of a test on a set. Needs no LibTorch.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "trecvit/io/json.h"

namespace trecvit::train {

struct TestResult {
  int64_t count = 0;    // samples tested
  double score = 0;     // higher is better, decides the best model of a run; meaningless if no sample was tested
  double shown = 0;     // the one number shown in a progress line
  std::string measure;  // name of the measure, for people; its value is `measured`
  double measured = 0;
  std::map<std::string, double> columns;                       // by the names of Tester::test_columns()
  std::vector<std::pair<std::string, std::string>> facts;      // for people: name and value
  Json json;                                                   // the complete result
  std::vector<std::pair<std::string, std::string>> bad_files;  // files that could not be read: name and reason
};

}  // namespace trecvit::train
