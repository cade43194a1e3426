#include "trecvit/report/timeline.h"

#include <gtest/gtest.h>

#include <string>

namespace trecvit::report {
namespace {

Timeline example() {
  Timeline timeline;
  timeline.title = "<clip> & co.mp4";
  timeline.subtitle = "50 frames";
  timeline.video = "a%20b.mp4";
  timeline.length = 2;
  timeline.seconds = {0, 1, 2};
  timeline.curves = {{"cat", {0, 0.5, 1}}, {"<dog>", {1, 0.5, 0}}};
  timeline.events = {{"<dog>", 0, 0.5, 0.9, 0.8}, {"cat", 1, 2, 1, 0.75}};
  timeline.thumbnails = {{0.5, {{std::byte{1}}, 72, 128}}};
  return timeline;
}

size_t count_of(const std::string& text, const std::string& word) {
  size_t count = 0;
  for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++count;
  return count;
}

TEST(Timeline, ThePageHasEverythingAndAsksForNothing) {
  const std::string page = render_timeline_page(example());
  EXPECT_NE(page.find("<h1>&lt;clip&gt; &amp; co.mp4</h1>"), std::string::npos);
  EXPECT_NE(page.find("src=\"a%20b.mp4\""), std::string::npos);
  EXPECT_EQ(page.find("<dog>"), std::string::npos) << "all text is escaped";
  EXPECT_EQ(count_of(page, "<tr data-t="), 2U);
  EXPECT_EQ(count_of(page, "<rect data-t="), 2U);
  EXPECT_EQ(count_of(page, "<figure data-t=\"0.5\">"), 1U);
  for (const char* outside : {"http:", "https:", "<link rel=\"stylesheet", "@import", "url("})
    EXPECT_EQ(page.find(outside), std::string::npos) << outside;
}

TEST(Timeline, ThePlaceOfATimeIsItsShareOfTheLength) {
  const std::string page = render_timeline_page(example());
  // 1064 units from 44 on are two seconds; the curve goes from the bottom (228) to the top (8).
  EXPECT_NE(page.find("M44.0 228.0L576.0 118.0L1108.0 8.0"), std::string::npos);
  EXPECT_NE(page.find("data-t=\"1\" x=\"576.0\""), std::string::npos);
  EXPECT_NE(page.find("width=\"532.0\""), std::string::npos);
}

TEST(Timeline, AVideoThatIsNotBesideThePageIsLeftOut) {
  Timeline timeline = example();
  timeline.video = "";
  timeline.events.clear();
  const std::string page = render_timeline_page(timeline);
  EXPECT_EQ(page.find("<video"), std::string::npos);
  EXPECT_NE(page.find("No events."), std::string::npos);
}

TEST(Timeline, NothingIsDrawnForAnEmptyVideo) {
  EXPECT_NE(render_timeline_page({}).find("<svg"), std::string::npos);
  EXPECT_EQ(render_timeline_page({}).find("nan"), std::string::npos);
}

TEST(Timeline, ThePictureStandsAlone) {
  const std::string svg = render_timeline_svg(example());
  EXPECT_TRUE(svg.starts_with("<svg viewBox"));
  EXPECT_TRUE(svg.ends_with("</svg>\n"));
  EXPECT_NE(svg.find("xmlns=\"http://www.w3.org/2000/svg\""), std::string::npos);
  EXPECT_NE(svg.find(">&lt;dog&gt;</text>"), std::string::npos) << "a legend";
}

TEST(Timeline, TimesAreShort) {
  EXPECT_EQ(clock_time(0), "0:00.0");
  EXPECT_EQ(clock_time(59.96), "1:00.0");
  EXPECT_EQ(clock_time(3723.4), "1:02:03.4");
}

TEST(Timeline, PathsBecomeAddresses) {
  EXPECT_EQ(url_of_path("../clips/a b#1?.mp4"), "../clips/a%20b%231%3F.mp4");
  EXPECT_EQ(url_of_path("\xc3\xa4:\"'.mp4"), "%C3%A4%3A%22%27.mp4");
}

}  // namespace
}  // namespace trecvit::report
