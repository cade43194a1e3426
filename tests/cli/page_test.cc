// The page of --html in a browser: it seeks on a click, reports no error, and asks for nothing but the video.
#include <gtest/gtest.h>

#include <chrono>
#include <mutex>
#include <thread>

#include "cli/command.h"
#include "support/files.h"
#include "video/loopback.h"

namespace trecvit::test {
namespace {

// Steps that a person would take; what they led to goes to the test's server, whose address takes the place of SERVER.
constexpr const char* kVisit = R"(<script>
const errors = [];
addEventListener('error', event => errors.push(event.message || event.target.src), true);
addEventListener('load', async () => {
  const video = document.querySelector('video'), said = [];
  const click = async (element, x, y) => {
    const moved = video ? new Promise(done => video.addEventListener('seeked', done, {once: true})) : null;
    element.dispatchEvent(new MouseEvent('click', {bubbles: true, clientX: x, clientY: y}));
    if (moved) await moved;
    said.push((video ? video.currentTime.toFixed(2) : 'none') + '@' + document.getElementById('now').style.left);
  };
  if (video && video.readyState < 1) await new Promise(done => video.addEventListener('loadedmetadata', done));
  const plot = document.querySelector('.timeline svg'), box = plot.getBoundingClientRect();
  await click(plot, box.left + (44 + 1064 / 2) * box.width / 1120, box.top + 30);
  for (const item of document.querySelectorAll('figure')) await click(item, 0, 0);
  const asked = performance.getEntriesByType('resource').map(entry => entry.name).filter(name => !name.startsWith('data:'));
  new Image().src = 'SERVER/' + said.join('_') + '_ERRORS_' + errors.length + '_ASKED_' + asked.join() + '_END';
});
</script>)";

std::string browser() {
  for (const char* name : {"chromium", "chromium-browser", "google-chrome"}) {
    if (std::system(("command -v " + std::string(name) + " >/dev/null 2>&1").c_str()) == 0) return name;
  }
  return "";
}

class Page : public testing::Test {
 protected:
  void SetUp() override {
    if (browser().empty()) GTEST_SKIP() << "there is no Chromium here";
  }

  // What a visit led to: the request for the picture, without its head.
  std::string visit(const std::string& page) const {
    std::mutex mutex;
    std::string told;
    TcpServer server([&](const TcpServer::Client& client, int) {
      const std::string head = client.read_head();
      client.send("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
      const std::lock_guard lock(mutex);
      if (const size_t end = head.find("_END"); told.empty() && end != std::string::npos)
        told = head.substr(5, end - 5);
    });
    std::string script = kVisit, text = content(dir_.file(page));
    script.replace(script.find("SERVER"), 6, server.url("http", ""));
    write_file(dir_.file("visit.html"), text.insert(text.find("<main>"), script));
    const std::string begin = "cd '" + dir_.path() + "' && HOME=\"$PWD\" setsid timeout 60 " + browser() +
                              " --headless --no-sandbox --disable-gpu --remote-debugging-port=0 "
                              "--user-data-dir=\"$PWD/profile\" \"file://$PWD/visit.html\" >log 2>&1 </dev/null & "
                              "echo $! >'" +
                              dir_.file("pid") + "'";
    EXPECT_EQ(std::system(begin.c_str()), 0);
    for (int tenths = 0; tenths < 600; ++tenths) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      const std::lock_guard lock(mutex);
      if (!told.empty()) break;
    }
    const std::string end = "pkill -KILL -s $(cat '" + dir_.file("pid") + "')";
    EXPECT_EQ(std::system(end.c_str()), 0) << "the browser was there until now";
    const std::lock_guard lock(mutex);
    return told.empty() ? "no report: " + content(dir_.file("log")) : told;
  }
  TempDir dir_;
};

TEST_F(Page, AClickSeeksInTheVideoBesideIt) {
  const Output video = trecvit(dir_, "stream -m generated:mu --video v.mp4 'synthetic:shapes?frames=50&size=48x64'");
  if (video.code == 4) GTEST_SKIP() << "this build cannot write video";
  ASSERT_EQ(trecvit(dir_, "stream -m generated:mu --html p.html v.mp4").code, 0);
  const std::string told = visit("p.html");
  // The middle of two seconds, then the thumbnails, every half second.
  EXPECT_TRUE(told.starts_with("1.00@")) << told;
  for (const char* time : {"_0.00@", "_0.52@", "_1.04@", "_1.56@"})
    EXPECT_NE(told.find(time), std::string::npos) << told;
  EXPECT_NE(told.find("_ERRORS_0_"), std::string::npos) << told;
  EXPECT_EQ(told.find("http", told.find("_ASKED_")), std::string::npos) << told;
}

TEST_F(Page, WithoutAVideoAClickMovesTheLine) {
  ASSERT_EQ(trecvit(dir_, "stream -m generated:mu --html p.html 'synthetic:shapes?frames=50&size=48x64'").code, 0);
  const std::string told = visit("p.html");
  EXPECT_TRUE(told.starts_with("none@")) << told;
  EXPECT_NE(told.find("px_none@"), std::string::npos) << told;
  EXPECT_TRUE(told.ends_with("_ERRORS_0_ASKED_")) << told;
}

}  // namespace
}  // namespace trecvit::test
