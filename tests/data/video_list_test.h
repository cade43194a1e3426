// A list of small videos for tests of data sets.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "data/data_test.h"

namespace trecvit::test {

// Six videos of three classes, with the value 10 * class + number and 12 frames each.
class VideoListTest : public testing::Test {
 protected:
  VideoListTest() {
    std::string list = "path,label,group,split\n";
    for (int i = 0; i < 6; ++i) {
      const std::string name = std::to_string(i) + ".npz";
      folder_.add_video(name, static_cast<uint8_t>(10 * (i / 2) + i % 2), 12);
      list += name + "," + std::string(1, static_cast<char>('a' + i / 2)) + ",g" + std::to_string(i % 2) +
              (i < 4 ? ",train\n" : ",val\n");
    }
    folder_.write("list.csv", list);
    data_.source = folder_.file("list.csv");
  }

  VideoFolder folder_;
  DataConfig data_;
};

}  // namespace trecvit::test
