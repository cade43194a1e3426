// What a test of a set says. Needs no LibTorch.
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
  double score = 0;     // more is better: the best model of a run; nothing is said where no sample was tested
  double shown = 0;     // the one number of a line of progress
  std::string measure;  // what the score says, for people, and its value
  double measured = 0;
  std::map<std::string, double> columns;                       // by the names of Tester::test_columns()
  std::vector<std::pair<std::string, std::string>> facts;      // for people: name and value
  Json json;                                                   // all of it
  std::vector<std::pair<std::string, std::string>> bad_files;  // that could not be read: name and reason
};

}  // namespace trecvit::train
