// Folders as data sets: classes, splits, clips and pictures without a folder, and the messages about everything else.
#include <filesystem>

#include "data/data_test.h"
#include "trecvit/data/manifest.h"

namespace trecvit {
namespace {

namespace fs = std::filesystem;

using test::Names;

class FolderManifest : public testing::Test {
 protected:
  void touch(const Names& names) {
    for (const auto& name : names) {
      fs::create_directories(fs::path(folder_.file(name)).parent_path());
      folder_.write(name, "x");
    }
  }
  void make(const std::string& name) { fs::create_directories(folder_.file(name)); }
  void link(const std::string& name) { fs::create_symlink("nowhere", folder_.file(name)); }
  Manifest read(const std::string& name) { return read_manifest(folder_.file(name), ManifestFormat::kAuto); }
  void refused(const std::string& name, const Names& parts) {
    test::expect_error(ErrorKind::kInput, parts, [&] { read(name); });
  }
  test::VideoFolder folder_;
};

// "train:walk:train/walk/a.mp4 ...", without the split if there is none.
std::string folder_rows_of(const Manifest& manifest) {
  std::string out;
  for (const auto& row : manifest.rows) {
    out += out.empty() ? "" : " ";
    if (!row.split.empty()) out += row.split + ":";
    out += row.label + ":" + row.path;
  }
  return out;
}

TEST_F(FolderManifest, ClassFolders) {
  touch({"root/walk/b.MP4", "root/walk/a.webm", "root/run/c/0001.jpg", "root/run/notes.txt", "root/.git/x.mp4",
         "root/readme.md"});
  const Manifest manifest = read("root");
  EXPECT_EQ(folder_rows_of(manifest), "run:run/c walk:walk/a.webm walk:walk/b.MP4");
  EXPECT_EQ(manifest.understood, "folders CLASS/CLIP; skipped: 1 .md, 1 .txt");
}

TEST_F(FolderManifest, SplitFolders) {
  touch({"root/train/run/a.mp4", "root/val/walk/b.mp4", "root/val/c.zip", "root/list.csv"});
  const Manifest manifest = read_manifest(folder_.file("root"), ManifestFormat::kFolders);
  EXPECT_EQ(folder_rows_of(manifest), "train:run:train/run/a.mp4 val:walk:val/walk/b.mp4");
  EXPECT_EQ(manifest.understood, "folders SPLIT/CLASS/CLIP; skipped: 1 .csv, 1 .zip");
}

TEST_F(FolderManifest, SplitsWithOtherNames) {
  touch({"cap/Train/run/a.mp4", "cap/Val/run/b.mp4", "dev/train/run/a.mp4", "dev/dev/run/b.mp4"});
  EXPECT_EQ(folder_rows_of(read("cap")), "Train:run:Train/run/a.mp4 Val:run:Val/run/b.mp4");
  EXPECT_EQ(folder_rows_of(read("dev")), "dev:run:dev/run/b.mp4 train:run:train/run/a.mp4");
  EXPECT_EQ(read("dev").understood, "folders SPLIT/CLASS/CLIP");
}

TEST_F(FolderManifest, SplitsNextToOtherFolders) {
  touch({"root/train/run/a.mp4", "root/val/run/b.mp4"});
  const std::string rows = folder_rows_of(read("root"));
  for (const char* name : {"__MACOSX", "@eaDir", "lost+found", "notes"}) make(std::string("root/") + name);
  EXPECT_EQ(folder_rows_of(read("root")), rows);
  EXPECT_EQ(read("root").understood, "folders SPLIT/CLASS/CLIP; skipped folders: @eaDir, __MACOSX, lost+found, notes");
}

// A class may be named test or train: it is a class if it lies next to other classes, even if these are not read or are
// nested too deeply.
TEST_F(FolderManifest, ClassesThatAreNamedLikeSplits) {
  touch({"flat/test/a.mp4", "flat/walk/b.mp4", "mixed/test/walk/a.mp4", "mixed/walk/b.mp4", "deep/bus/monday/a.mp4",
         "deep/train/monday/b.mp4"});
  EXPECT_EQ(folder_rows_of(read("flat")), "test:test/a.mp4 walk:walk/b.mp4");
  EXPECT_EQ(folder_rows_of(read("mixed")), "walk:walk/b.mp4");
  EXPECT_EQ(read("mixed").understood,
            "folders CLASS/CLIP; skipped: 1 deeper folder; classes without a readable clip: test (1 deeper "
            "folder)");
  refused("deep", {"deep", "CLASS/CLIP", "none in 2 entries: 2 deeper folders"});
}

// A run in the folder of its data does not change the rows, so it can be resumed.
TEST_F(FolderManifest, RunsAreNotData) {
  touch({"splits/train/run/a.mp4", "splits/val/run/b.mp4", "classes/run/a.mp4", "clips/a.mp4", "pictures/a.jpg"});
  for (const std::string root : {"splits", "classes", "clips", "pictures"}) {
    const Manifest before = read(root);
    for (const std::string run : {"/mine", "/experiments/train/tiny-1", "/runs/pretrain/tiny-1"})
      touch({root + run + "/config.toml", root + run + "/lock", root + run + "/pictures/masked-00000001.png"});
    const Manifest manifest = read(root);
    EXPECT_EQ(folder_rows_of(manifest), folder_rows_of(before));
    EXPECT_EQ(manifest.understood, before.understood + "; skipped folders: experiments, mine, runs");
  }
  touch({"other/runs/a.mp4", "other/runs/deeper/run/b.mp4"});
  EXPECT_EQ(folder_rows_of(read("other")), "runs:runs/a.mp4");
  // A class folder stays a class if it contains a training run.
  touch({"mixed/walk/a.mp4", "mixed/run/b.mp4", "mixed/run/train/x/config.toml", "mixed/run/train/x/lock"});
  EXPECT_EQ(folder_rows_of(read("mixed")), "run:run/b.mp4 walk:walk/a.mp4");
}

TEST_F(FolderManifest, FoldersThatBecomeOneClassAreNamed) {
  touch({"cls/walk/a.mp4", "cls/walk /b.mp4", "cls/run/c.mp4"});
  const Manifest manifest = read("cls");
  EXPECT_EQ(number_labels(manifest, false).classes, (Names{"run", "walk"}));
  EXPECT_NE(manifest.understood.find("folders read as one class: 'walk' and 'walk '"), std::string::npos)
      << manifest.understood;
}

TEST_F(FolderManifest, ClipsOrPicturesWithoutFolders) {
  touch({"photos/x.jpg", "flat/a.mp4", "flat/b.webm", "flat/a.jpg", "flat/notes.txt"});
  const Manifest photos = read("photos");
  EXPECT_EQ(photos.rows[0].group, "x");
  EXPECT_EQ(photos.understood, "folder of pictures");
  EXPECT_TRUE(photos.labelled);
  const Manifest flat = read("flat");
  EXPECT_EQ(folder_rows_of(flat), "clip:a.mp4 clip:b.webm");
  EXPECT_EQ(flat.rows[1].group, "b");
  EXPECT_EQ(number_labels(flat, false).classes, Names{"clip"});
  EXPECT_FALSE(flat.labelled);
  EXPECT_EQ(flat.understood, "folder of clips, without labels; skipped: 1 .jpg, 1 .txt");
  make("empty/class");
  test::expect_error(ErrorKind::kInput, {"CLASS/CLIP", "none in 1"}, [&] { list_folders(folder_.file("empty")); });
}

TEST_F(FolderManifest, ClassesWithoutAClipAreNamed) {
  touch(
      {"root/walk/1.npy", "root/wave/1.RM", "root/wave/2.rm", "root/jump/deep/1.mp4", "root/run/1.264", "root/9.mp4"});
  make("root/sit");
  const Manifest manifest = read("root");
  EXPECT_EQ(folder_rows_of(manifest), "run:run/1.264 walk:walk/1.npy");
  EXPECT_EQ(manifest.understood,
            "folders CLASS/CLIP; skipped: 1 .RM, 1 .mp4, 1 .rm, 1 deeper folder; classes without a readable clip: "
            "jump (1 deeper folder), sit (empty), wave (1 .RM, 1 .rm)");
  touch({"none/a/1.rm"});
  refused("none", {"none", "got none in 1 entries: 1 .rm"});
}

// Archives of classes, and links to a disk that is missing.
TEST_F(FolderManifest, OtherFilesNextToClassFoldersAreCounted) {
  touch({"root/walk/1.npy", "root/wave.zip", "root/run.tar.gz", "root/sit.rm", "root/labels.csv"});
  link("root/jump");
  link("root/old.mp4");
  link("root/walk/take");
  EXPECT_EQ(read("root").understood,
            "folders CLASS/CLIP; skipped: 1 .csv, 1 .gz, 1 .rm, 1 .zip, 3 broken links; classes without a readable "
            "clip: jump (1 broken link)");
}

TEST_F(FolderManifest, TheNameOfAFolderIsOneLabel) {
  touch({"root/a;b/1.npy", "root/a/1.npy", "root/0 1/1.npy", "root/ walk /1.npy"});
  const Manifest manifest = read("root");
  EXPECT_EQ(folder_rows_of(manifest), "walk: walk /1.npy 0 1:0 1/1.npy a:a/1.npy a;b:a;b/1.npy");
  for (const bool multi_label : {false, true})
    EXPECT_EQ(number_labels(manifest, multi_label).classes, (Names{"0 1", "a", "a;b", "walk"}));
}

}  // namespace
}  // namespace trecvit
