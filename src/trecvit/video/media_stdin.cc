// Encoded video from stdin; declared in media_input.h.
#include <algorithm>
#include <array>
#include <utility>

#include "trecvit/base/error.h"
#include "trecvit/video/media_input.h"
#include "trecvit/video/stdin_bytes.h"

namespace trecvit {
namespace {

constexpr size_t kBeginning = 4096;  // enough to recognise the kinds of files

class MediaStdin : public MediaInput {
 public:
  explicit MediaStdin(const std::stop_token& stop) : MediaInput("stdin", /*seekable=*/false, stop), input_(stop) {
    const size_t bytes = input_.read(first_);
    if (bytes == 0) fail_input("stdin", "expected a video, got nothing; did the program before it fail?");
    beginning_ = open_memory(std::span(first_).first(bytes), "stdin");
  }

  const ByteSource& beginning() const override { return *beginning_; }

 private:
  size_t read(std::span<std::byte> out) override {
    const size_t left = static_cast<size_t>(beginning_->size()) - given_;
    if (left == 0) return input_.read_some(out);
    const size_t bytes = std::min(left, out.size());
    std::copy_n(first_.begin() + static_cast<std::ptrdiff_t>(given_), bytes, out.begin());
    given_ += bytes;
    return bytes;
  }

  StdinBytes input_;
  std::array<std::byte, kBeginning> first_;
  std::unique_ptr<ByteSource> beginning_;
  size_t given_ = 0;  // of the beginning
};

}  // namespace

std::unique_ptr<MediaInput> open_media_stdin(const std::stop_token& stop) { return std::make_unique<MediaStdin>(stop); }

}  // namespace trecvit
