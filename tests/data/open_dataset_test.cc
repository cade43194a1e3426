#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <set>

#include "data/video_list_test.h"
#include "trecvit/base/random.h"
#include "trecvit/image/preprocess.h"

namespace trecvit {
namespace {

using test::expect_error;
using test::seen_in;
using test::small_clips;

using OpenDataset = test::VideoListTest;

TEST_F(OpenDataset, RowsBecomeClips) {
  const auto set = open_dataset(data_, small_clips(4, false));
  ASSERT_EQ(set->size(), 6);
  EXPECT_EQ(set->classes(), (std::vector<std::string>{"a", "b", "c"}));
  const Clip clip = set->load(3, {});
  EXPECT_EQ(clip.label, 1);
  EXPECT_EQ(clip.targets, (std::vector<float>{0, 1, 0}));
  EXPECT_EQ(seen_in(clip, 4).videos, (std::vector<int>(4, 11)));
  EXPECT_EQ(seen_in(clip, 4).frames, (std::vector<int>{4, 5, 6, 7}));
  EXPECT_EQ(set->info(3).name, "3.npz");
  EXPECT_EQ(set->info(3).group, "g1");
}

// If only some rows have labels, the list is accepted by tasks that need none and refused by others.
TEST_F(OpenDataset, RowsWithoutALabelAreForTasksThatNeedNone) {
  folder_.write("some.csv", "path,label\n0.npz,a\n1.npz,\n2.npz,\n");
  data_.source = folder_.file("some.csv");
  ClipOptions options = small_clips(4, false);
  test::expect_error(ErrorKind::kInput, {"some.csv:3", "a label for '1.npz'"}, [&] { open_dataset(data_, options); });
  options.needs_labels = false;
  EXPECT_EQ(open_dataset(data_, options)->size(), 3);
}

// A list without labels must not become a list of clips of class 0, although a model may have a class of that name.
TEST_F(OpenDataset, AListWithoutLabelsIsNotATest) {
  for (const char* text : {"0.npz\n1.npz\n", "path\n0.npz\n1.npz\n", "0.npz 0 -1\n1.npz 0 -1\n"}) {
    folder_.write("none.csv", text);
    data_.source = folder_.file("none.csv");
    ClipOptions options = small_clips(4, false);
    options.classes = {"0", "1"};
    test::expect_error(ErrorKind::kInput, {"none.csv", "expected a list of clips with labels", "pretrain"},
                       [&] { open_dataset(data_, options); });
    options.classes = {};
    options.needs_labels = false;
    options.multi_label = true;
    EXPECT_EQ(open_dataset(data_, options)->size(), 2);
    // With this wrap, the labels are made from the clips.
    data_.wrap = Wrap::kReversed;
    options.needs_labels = true;
    options.multi_label = false;
    EXPECT_EQ(open_dataset(data_, options)->size(), 4);
    data_.wrap = Wrap::kNone;
  }
}

TEST_F(OpenDataset, TrainingIsAFunctionOfItsDraw) {
  ClipOptions options = small_clips(4, true);
  options.augment = {.least_area = 0.3, .flip = true, .brightness = 0.5, .erase = 0.5};
  const auto set = open_dataset(data_, options), other = open_dataset(data_, options);
  std::set<std::string> clips;
  for (int64_t epoch = 0; epoch < 8; ++epoch) {
    const Clip clip = set->load(2, {7, epoch, 0});
    EXPECT_EQ(clip.pixels, other->load(2, {7, epoch, 0}).pixels);
    clips.emplace(clip.pixels.begin(), clip.pixels.end());
  }
  EXPECT_GE(clips.size(), 7u);
}

TEST_F(OpenDataset, ViewsAndTargetsOfFrames) {
  ClipOptions options = small_clips(4, false);
  options.clip.views = 2;
  options.clip.crops = 3;
  options.frame_targets = true;
  const auto set = open_dataset(data_, options);
  EXPECT_EQ(set->views(), 6);
  EXPECT_EQ(seen_in(set->load(0, {1, 0, 2}), 4).frames, (std::vector<int>{0, 1, 2, 3}));
  const Clip last = set->load(0, {1, 0, 3});
  EXPECT_EQ(seen_in(last, 4).frames, (std::vector<int>{8, 9, 10, 11}));
  EXPECT_EQ(last.targets.size(), 12u);
  EXPECT_EQ(last.targets[9], 1);
}

TEST_F(OpenDataset, FiltersKeepTheClassesOfTheWholeList) {
  data_.split = "val";
  EXPECT_EQ(open_dataset(data_, small_clips(4, false))->classes().size(), 3u);
  EXPECT_EQ(open_dataset(data_, small_clips(4, false))->size(), 2);
  data_.split = "";
  data_.without_groups = {"g0"};
  EXPECT_EQ(open_dataset(data_, small_clips(4, false))->size(), 3);
  data_.limit = 2;
  const auto few = open_dataset(data_, small_clips(4, false));
  ASSERT_EQ(few->size(), 2);
  EXPECT_EQ(few->info(1).name, "3.npz");
  data_.groups = {"g0"};
  expect_error(ErrorKind::kInput, {"list.csv", "none of 6", "train 4", "g0 3"},
               [&] { open_dataset(data_, small_clips(4, false)); });
  data_.groups = {"g7"};
  expect_error(ErrorKind::kInput, {"groups in the list (g0 3, g1 3)", "'g7'"},
               [&] { open_dataset(data_, small_clips(4, false)); });
}

// The choice does not depend on the order of the list either.
TEST_F(OpenDataset, SomeOfEachClassInAnyOrderOfTheList) {
  data_.per_class = 1;
  const auto names = [this](const std::string& rows) {
    folder_.write("list.csv", "path,label\n" + rows);
    std::set<std::string> all;
    const auto set = open_dataset(data_, small_clips(4, false));
    for (int64_t i = 0; i < set->size(); ++i) all.insert(set->info(i).name);
    return all;
  };
  for (data_.pick = 1; data_.pick <= 12; ++data_.pick)
    EXPECT_EQ(names("0.npz,a\n1.npz,a\n2.npz,b\n3.npz,b\n"), names("3.npz,b\n1.npz,a\n0.npz,a\n2.npz,b\n"));
}

// The limit takes clips from the whole list, evenly spaced.
TEST_F(OpenDataset, LimitSpreadsOverTheList) {
  data_.limit = 3;
  const auto set = open_dataset(data_, small_clips(4, false));
  ASSERT_EQ(set->size(), 3);
  for (int64_t i = 0; i < 3; ++i) EXPECT_EQ(set->info(i).name, std::to_string(2 * i) + ".npz");
}

// The fingerprint changes with names, labels, groups, classes and order.
TEST_F(OpenDataset, FingerprintIsThatOfTheList) {
  const auto of = [this](const std::string& rows) {
    folder_.write("f.csv", "path,label,group\n" + rows);
    data_.source = folder_.file("f.csv");
    return open_dataset(data_, small_clips(4, false))->fingerprint();
  };
  const std::set<uint64_t> different = {of("0.npz,a,g\n1.npz,b,g\n"), of("1.npz,b,g\n0.npz,a,g\n"),
                                        of("0.npz,a,g\n1.npz,b,h\n"), of("0.npz,b,g\n1.npz,a,g\n"),
                                        of("0.npz,a,g\n1.npz,c,g\n"), of("0.npz,a,g\n2.npz,b,g\n")};
  EXPECT_EQ(different.size(), 6u);
  EXPECT_EQ(of("0.npz,a,g\n1.npz,b,g\n"), of(" 0.npz , a , g \n1.npz,b,g\n"));
}

// The choice of rows in one class does not depend on the rows of other classes.
TEST_F(OpenDataset, SomeOfEachClass) {
  data_.per_class = 1;
  const auto names = [this] {
    std::vector<std::string> all;
    const auto set = open_dataset(data_, small_clips(4, false));
    for (int64_t i = 0; i < set->size(); ++i) all.push_back(set->info(i).name);
    return all;
  };
  std::set<std::vector<std::string>> draws;
  for (data_.pick = 1; data_.pick <= 20; ++data_.pick) {
    const auto drawn = names();
    ASSERT_EQ(drawn.size(), 3u);
    for (size_t label = 0; label < 3; ++label) EXPECT_EQ((drawn[label][0] - '0') / 2, static_cast<int>(label));
    EXPECT_EQ(names(), drawn);
    draws.insert(drawn);
    data_.split = "train";
    EXPECT_EQ(names(), std::vector<std::string>(drawn.begin(), drawn.begin() + 2));
    data_.split = "";
  }
  EXPECT_GE(draws.size(), 4u);  // of 8 possible choices
  data_.per_class = 2;
  EXPECT_EQ(names().size(), 6u);
}

TEST_F(OpenDataset, SummarySaysHowTheListWasRead) {
  std::filesystem::remove(folder_.file("4.npz"));
  const auto lines = open_dataset(data_, small_clips(4, false))->summary();
  const std::vector<std::string> want = {data_.source + ": CSV with the columns path, label, group, split",
                                         "rows: 6 of 6",
                                         "3 classes: a 2, b 2, c 2",
                                         "2 groups: g0 3, g1 3",
                                         "first: 0.npz (a), 1.npz (a), 2.npz (b)",
                                         "missing files: 1 of 6: " + folder_.file("4.npz")};
  EXPECT_EQ(lines, want);
}

TEST_F(OpenDataset, ClassesMayBeGiven) {
  ClipOptions options = small_clips(4, false);
  options.classes = {"c", "x", "b", "a"};
  const auto set = open_dataset(data_, options);
  EXPECT_EQ(set->classes(), options.classes);
  EXPECT_EQ(set->load(3, {}).label, 2);
  EXPECT_EQ(set->load(3, {}).targets, (std::vector<float>{0, 0, 1, 0}));
  options.classes = {"a", "b"};
  expect_error(ErrorKind::kInput, {"the 2 classes of the model", "'c'"}, [&] { open_dataset(data_, options); });
  options.classes = {"A class", "b", "other"};
  folder_.write("slip.csv", "path,label\n0.npz,b\n1.npz,a_class\n");
  DataConfig slip = data_;
  slip.source = folder_.file("slip.csv");
  expect_error(ErrorKind::kInput, {"slip.csv:3]", "got 'a_class'; did you mean A class?"},
               [&] { open_dataset(slip, options); });
  options.classes = {"a", "b"};
  data_.split = "train";  // this split has no clip of class c
  EXPECT_EQ(open_dataset(data_, options)->size(), 4);
}

// Numbers are class indices if the model has other names for its classes, or none.
TEST_F(OpenDataset, NumbersMayBeClassIndices) {
  folder_.write("numbers.txt", "0.npz 17\n1.npz 3\n2.npz 17\n");
  data_.source = folder_.file("numbers.txt");
  ClipOptions options = small_clips(4, false);
  options.unnamed_classes = 400;
  const auto labels = [&] {
    const auto set = open_dataset(data_, options);
    std::vector<int64_t> all;
    for (int64_t i = 0; i < set->size(); ++i) all.push_back(set->load(i, {}).label);
    return all;
  };
  EXPECT_EQ(labels(), (std::vector<int64_t>{17, 3, 17}));
  const auto set = open_dataset(data_, options);
  EXPECT_EQ(set->classes().size(), 400u);
  EXPECT_EQ(set->load(0, {}).targets[17], 1);
  EXPECT_NE(set->summary()[0].find("indices of the model's classes, from 0"), std::string::npos);
  options.unnamed_classes = 17;
  expect_error(ErrorKind::kInput, {"numbers.txt:1]", "17 classes", "0 to 16", "'17'", "--labels"}, labels);
  for (int i = 0; i < 18; ++i) options.classes.push_back("name " + std::to_string(i));
  EXPECT_EQ(labels(), (std::vector<int64_t>{17, 3, 17}));
  EXPECT_EQ(open_dataset(data_, options)->classes()[17], "name 17");
  options.classes.pop_back();
  expect_error(ErrorKind::kInput, {"numbers.txt:1]", "0 to 16", "'17'"}, labels);
  // If the class names are numbers, numbers in the list are names.
  options.classes = {"3", "5", "17"};
  EXPECT_EQ(labels(), (std::vector<int64_t>{2, 0, 2}));
  options.classes = {"3", "5"};
  expect_error(ErrorKind::kInput, {"numbers.txt:1]", "2 classes", "'17'"}, labels);
  // There are no negative indices.
  folder_.write("numbers.txt", "0.npz 1\n1.npz -3\n");
  options.classes.clear();
  expect_error(ErrorKind::kInput, {"numbers.txt:2]", "'-3'"}, labels);
}

// If a list has as many classes as a model without class names, they are taken in their own order.
TEST_F(OpenDataset, ClassesOfAModelWithoutNames) {
  ClipOptions options = small_clips(4, false);
  options.unnamed_classes = 3;
  EXPECT_EQ(open_dataset(data_, options)->classes(), (std::vector<std::string>{"a", "b", "c"}));
  options.unnamed_classes = 4;
  expect_error(ErrorKind::kUsage, {"list.csv:2]", "4 classes of the model", "'a'", "--labels"},
               [&] { open_dataset(data_, options); });
  folder_.write("list.csv", "path,label\n0.npz,1\n1.npz,2\n");
  options.unnamed_classes = 2;
  EXPECT_EQ(open_dataset(data_, options)->load(1, {}).label, 1);
}

TEST_F(OpenDataset, RowsMayHaveSeveralLabelsOrNone) {
  folder_.write("several.txt", "0.npz 0 2\n1.npz\n2.npz 5\n");
  data_.source = folder_.file("several.txt");
  ClipOptions options = small_clips(4, false);
  expect_error(ErrorKind::kInput, {"several.txt:1]", "one label", "'0 2'"}, [&] { open_dataset(data_, options); });
  options.multi_label = true;
  const auto set = open_dataset(data_, options);
  EXPECT_EQ(set->load(0, {}).targets, (std::vector<float>{1, 1, 0}));
  EXPECT_EQ(set->load(1, {}).targets, (std::vector<float>{0, 0, 0}));
  EXPECT_EQ(set->load(1, {}).label, -1);
  EXPECT_EQ(set->info(1).label, -1);
  EXPECT_EQ(set->summary()[3], "first: 0.npz (0; 2), 1.npz (no label), 2.npz (5)");
  data_.per_class = 1;
  EXPECT_EQ(open_dataset(data_, options)->size(), 3);
  data_.per_class = 0;
  options.classes = {"5", "2", "1", "0"};
  EXPECT_EQ(open_dataset(data_, options)->load(0, {}).targets, (std::vector<float>{0, 1, 0, 1}));
  EXPECT_EQ(open_dataset(data_, options)->load(0, {}).label, 1);  // the first of several labels
  // Tasks without labels accept such rows, and so do wraps that make their own labels.
  options = small_clips(4, false);
  options.needs_labels = false;
  EXPECT_EQ(open_dataset(data_, options)->classes().size(), 3u);
  options.needs_labels = true;
  data_.wrap = Wrap::kReversed;
  EXPECT_EQ(open_dataset(data_, options)->size(), 6);
  data_.wrap = Wrap::kPairs;
  expect_error(ErrorKind::kInput, {"several.txt:1]", "one label"}, [&] { open_dataset(data_, options); });
}

TEST_F(OpenDataset, NamesTestClipsThatAreAlsoInTraining) {
  folder_.write("val.csv", "path,label\n4.npz,c\n./sub/../0.npz,a\n");
  DataConfig val = data_;
  val.source = folder_.file("val.csv");
  data_.split = "train";
  const auto training = open_dataset(data_, small_clips(4, true)), testing = open_dataset(val, small_clips(4, false));
  EXPECT_EQ(describe_shared_files(*training, *testing),
            "1 files are also in the training set, such as " + folder_.file("./sub/../0.npz"));
  std::filesystem::create_directory_symlink(".", folder_.file("link"));
  folder_.write("val.csv", "path,label\n4.npz,c\nlink/0.npz,a\n./0.npz,a\n");
  EXPECT_EQ(describe_shared_files(*training, *open_dataset(val, small_clips(4, false))),
            "1 files are also in the training set, such as " + folder_.file("link/0.npz"));
  val.source = data_.source;
  val.split = "val";
  EXPECT_EQ(describe_shared_files(*training, *open_dataset(val, small_clips(4, false))), "");
  val.split = "";
  val.source = "synthetic:camera_moves?classes=directions";
  const auto made = open_dataset(val, small_clips(4, false));
  EXPECT_EQ(describe_shared_files(*made, *made), "");
}

TEST_F(OpenDataset, RemarksOnClipsThatAreTooShortOrDamaged) {
  for (const int64_t frames : {12, 13}) {
    const auto set = open_dataset(data_, small_clips(frames, false));
    EXPECT_TRUE(set->remarks().empty());
    for (const int64_t index : {1, 3, 1}) set->load(index, {});
    const auto remarks = set->remarks();
    ASSERT_EQ(remarks.size(), frames == 12 ? 0u : 1u);
    for (const auto& line : remarks) {
      EXPECT_EQ(line.substr(0, 39), "2 files have fewer frames than a clip n");
      EXPECT_NE(line.find("1.npz"), std::string::npos);
    }
  }
  ClipOptions pairs = small_clips(24, false);  // each video gives half of these frames
  data_.wrap = Wrap::kPairs;
  const auto set = open_dataset(data_, pairs);
  set->load(0, {});
  EXPECT_TRUE(set->remarks().empty());
}

TEST_F(OpenDataset, SuggestsTheRootIfFilesAreMissing) {
  folder_.write("ucf.txt", "Archery/v_1.avi 1\nBiking/v_2.avi 2\n");
  data_.source = folder_.file("ucf.txt");
  EXPECT_NE(open_dataset(data_, small_clips(4, false))->summary().back().find("2 of 2"), std::string::npos);
  EXPECT_NE(open_dataset(data_, small_clips(4, false))->summary().back().find("root"), std::string::npos);
}

TEST_F(OpenDataset, KnowsTheDistanceBetweenFrames) {
  ClipOptions options = small_clips(4, false);
  options.clip.stride = 3;
  options.cache_every = 2;
  EXPECT_EQ(open_dataset(data_, options)->frame_stride(), 6);
  options.clip.sampling = Sampling::kSpan;
  EXPECT_EQ(open_dataset(data_, options)->frame_stride(), 1);
  data_.wrap = Wrap::kMoves;
  EXPECT_TRUE(open_dataset(data_, options)->knows_motion());
  data_.wrap = Wrap::kReversed;
  EXPECT_FALSE(open_dataset(data_, options)->knows_motion());
}

// Each clip is augmented with one look. A look per frame would make a still picture move.
TEST_F(OpenDataset, AllFramesHaveTheSameLook) {
  std::vector<uint8_t> still;
  const RandomStream random(3, "still");
  for (size_t i = 0; i < size_t{24} * 24 * 3; ++i) still.push_back(random.byte(i));
  std::vector<uint8_t> pixels;
  for (int t = 0; t < 6; ++t) pixels.insert(pixels.end(), still.begin(), still.end());
  NpzWriter writer(folder_.file("still.npz"), Overwrite::kNo);
  writer.add("video", HostTensor::from<uint8_t>({6, 24, 24, 3}, pixels).view());
  writer.finish();
  folder_.write("still.csv", "path,label\nstill.npz,a\n");
  data_.source = folder_.file("still.csv");
  ClipOptions options = small_clips(6, true);
  options.augment = {.least_area = 0.2, .flip = true, .brightness = 0.5, .contrast = 0.5, .erase = 0.5};
  const auto set = open_dataset(data_, options);
  std::set<std::string> looks;
  for (int64_t epoch = 0; epoch < 6; ++epoch) {
    const Clip clip = set->load(0, {1, epoch, 0});
    const size_t frame = clip.pixels.size() / 6;
    for (size_t t = 1; t < 6; ++t)
      EXPECT_TRUE(std::equal(clip.pixels.begin(), clip.pixels.begin() + static_cast<ptrdiff_t>(frame),
                             clip.pixels.begin() + static_cast<ptrdiff_t>(t * frame)))
          << epoch << " " << t;
    looks.emplace(clip.pixels.begin(), clip.pixels.end());
  }
  EXPECT_EQ(looks.size(), 6U);
}

// All three ways to fit a picture into the model's shape, with the same result as the engine's preprocessing.
TEST_F(OpenDataset, PicturesAreFittedAsTheModelRequires) {
  std::vector<uint8_t> pixels;
  const RandomStream random(4, "wide");
  for (size_t i = 0; i < size_t{20} * 30 * 3; ++i) pixels.push_back(random.byte(i));
  NpzWriter writer(folder_.file("wide.npz"), Overwrite::kNo);
  writer.add("video", HostTensor::from<uint8_t>({1, 20, 30, 3}, pixels).view());
  writer.finish();
  folder_.write("wide.csv", "path,label\nwide.npz,a\n");
  data_.source = folder_.file("wide.csv");
  const ImageView view{pixels.data(), PixelType::kU8, 20, 30, 90};
  std::set<std::string> fitted;
  for (const Resize resize : {Resize::kShortSide, Resize::kExact, Resize::kPad}) {
    ClipOptions options = small_clips(1, false);
    options.preprocess.resize = resize;
    const Clip clip = open_dataset(data_, options)->load(0, {});
    std::vector<float> want(clip.pixels.size());
    Preprocessor(options.preprocess, 8, 8)(view, want);
    for (size_t i = 0; i < want.size(); ++i) ASSERT_EQ(clip.pixels[i], std::lround(want[i] * 255)) << i;
    fitted.emplace(clip.pixels.begin(), clip.pixels.end());
  }
  EXPECT_EQ(fitted.size(), 3U);
}

TEST_F(OpenDataset, RefusesUnknownOptions) {
  using test::expect_error;
  const auto open = [&] { open_dataset(data_, small_clips(3, false)); };
  data_.wrap = Wrap::kPairs;
  expect_error(ErrorKind::kUsage, {"even number", "3"}, open);
  data_.source = "synthetic:camera_moves";
  expect_error(ErrorKind::kUsage, {"wrap none"}, open);
  data_.wrap = Wrap::kNone;
  data_.per_class = 5;
  expect_error(ErrorKind::kUsage, {"per_class 0", "5"}, open);
  data_.source = folder_.file("none.csv");
  expect_error(ErrorKind::kInput, {"none.csv"}, open);
}

}  // namespace
}  // namespace trecvit
