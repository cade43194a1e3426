// Encoded video from stdin; declared in media_input.h.
#include "trecvit/base/error.h"
#include "trecvit/video/media_input.h"
#include "trecvit/video/stdin_bytes.h"

namespace trecvit {
namespace {

class MediaStdin : public MediaBytes {
 public:
  explicit MediaStdin(const std::stop_token& stop) : MediaBytes("stdin", /*seekable=*/false, stop), input_(stop) {
    first_.read([this](std::span<std::byte> out) { return input_.read_some(out); }, "stdin");
    if (first_.source().size() == 0)
      fail_input("stdin", "expected a video, got nothing; did the program before it fail?");
  }

  const ByteSource* beginning() const override { return &first_.source(); }

 private:
  size_t read(std::span<std::byte> out) override {
    const size_t bytes = first_.give(out);
    return bytes > 0 ? bytes : input_.read_some(out);
  }

  StdinBytes input_;
  FirstBytes first_;
};

}  // namespace

std::unique_ptr<MediaInput> open_media_stdin(const std::stop_token& stop) { return std::make_unique<MediaStdin>(stop); }

}  // namespace trecvit
