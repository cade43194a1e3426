// Expects that a statement throws trecvit::Error of one kind and that its message contains each of the given words.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "trecvit/base/error.h"

namespace trecvit::test {

inline void expect_error(ErrorKind kind, const std::vector<std::string>& words,
                         const std::function<void()>& statement) {
  try {
    statement();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    for (const auto& word : words) {
      EXPECT_NE(std::string(error.what()).find(word), std::string::npos)
          << "'" << word << "' is not in: " << error.what();
    }
    return;
  } catch (const std::exception& error) {
    ADD_FAILURE() << "expected trecvit::Error, got: " << error.what();
    return;
  }
  ADD_FAILURE() << "expected an error, got none";
}

}  // namespace trecvit::test
