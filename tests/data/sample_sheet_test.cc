// A picture of samples: its size and content, and stopping.
#include "trecvit/data/sample_sheet.h"

#include <gtest/gtest.h>

#include "data/fake_dataset.h"
#include "support/errors.h"
#include "trecvit/base/stop.h"

namespace trecvit::test {
namespace {

SheetOptions options() {
  SheetOptions out;
  out.options.clip.frames = FakeDataset::kFrames;
  out.options.height = out.options.width = 1;
  return out;
}

TEST(SampleSheet, HasTheRequestedSamples) {
  const FakeDataset set(6);
  const SampleSheet sheet = paint_sample_sheet(set, options(), 4);
  EXPECT_EQ(sheet.samples, 4);
  EXPECT_EQ(set.loads, 4);
  EXPECT_GT(sheet.png.size(), 8U);
  EXPECT_EQ(sheet.png[1], std::byte{'P'});
  EXPECT_EQ(paint_sample_sheet(set, options(), 100).samples, 6) << "no more than there are";
  EXPECT_EQ(paint_sample_sheet(set, options(), 6).classes, 3);
}

TEST(SampleSheet, AnOversizedSheetIsRefusedBeforeLoading) {
  const FakeDataset set(6);
  SheetOptions large = options();
  large.options.height = 40'000;
  expect_error(ErrorKind::kUsage, {"64000000 pixels"}, [&] { paint_sample_sheet(set, large, 2); });
  EXPECT_EQ(set.loads, 0);
}

TEST(SampleSheet, AStopEndsIt) {
  const FakeDataset set(6);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_THROW(paint_sample_sheet(set, options(), 2, stop.get_token()), Stopped);
}

}  // namespace
}  // namespace trecvit::test
