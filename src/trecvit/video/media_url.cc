// Encoded video behind an address; declared in media_input.h and media_url.h.
#include "trecvit/video/media_url.h"

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <utility>

#include "trecvit/base/error.h"
#include "trecvit/base/url.h"
#include "trecvit/video/media_input.h"

namespace trecvit {
namespace {

// A protocol that a user may name.
struct Protocol {
  std::string_view scheme;
  const char* allowed;  // what FFmpeg may use for it, also where a server sends its client elsewhere
  bool is_live;         // its bytes always come at the rate of the frames
  bool is_format;       // one of FFmpeg's formats reads it
};
constexpr Protocol kProtocols[] = {
    {"http", "http,https,httpproxy,tls,tcp", false, false},
    {"https", "https,http,httpproxy,tls,tcp", false, false},
    {"rtmp", "rtmp,tcp", true, false},
    {"rtmps", "rtmps,rtmp,tls,tcp", true, false},
    {"rtsp", "rtsp,rtp,udp,tcp", true, true},
    {"rtsps", "rtsp,rtsps,rtp,srtp,udp,tls,tcp", true, true},
    {"srt", "srt", true, false},
    {"tcp", "tcp", true, false},
    {"udp", "udp", true, false},
};

const Protocol* protocol_of(const std::string& url) {
  const auto* found = std::ranges::find(kProtocols, scheme_of(url), &Protocol::scheme);
  return found == std::end(kProtocols) ? nullptr : found;
}

bool is_in_ffmpeg(const Protocol& protocol) {
  if (protocol.is_format) return av_find_input_format("rtsp") != nullptr;
  void* position = nullptr;
  while (const char* name = avio_enum_protocols(&position, /*output=*/0)) {
    if (name == protocol.scheme) return true;
  }
  return false;
}

struct AvioCloser {
  void operator()(AVIOContext* context) const { avio_close(context); }
};
using Connection = std::unique_ptr<AVIOContext, AvioCloser>;

Connection connect_to(const std::string& url, const Protocol& protocol, Interrupt& interrupt) {
  FfmpegOptions options;
  options.set("protocol_whitelist", protocol.allowed);
  options.set("user_agent", "trecvit");
  options.set("overrun_nonfatal", int64_t{1});  // of UDP: what comes too fast is lost, but the stream goes on
  AVIOContext* context = nullptr;
  const AVIOInterruptCB callback = interrupt.callback();
  forget_ffmpeg_message();
  // FFmpeg knows protocols in lower case only.
  const std::string address = scheme_of(url) + url.substr(scheme_of(url).size());
  const int error = avio_open2(&context, address.c_str(), AVIO_FLAG_READ, &callback, options.get());
  if (error >= 0) return Connection(context);
  const std::string name = printable(url);
  interrupt.rethrow(name);
  fail_input(name, "expected a stream, got no connection: {}", ffmpeg_error(error));
}

class MediaUrl : public MediaBytes {
 public:
  MediaUrl(const std::string& url, const Protocol& protocol, const SourceOptions& options)
      : MediaBytes(printable(url), /*seekable=*/true, options.stop, options.timeout_seconds),
        connection_(connect_to(url, protocol, interrupt())) {
    context()->seekable = connection_->seekable & AVIO_SEEKABLE_NORMAL;
    is_http_ = !protocol.is_live;
    is_live_ = protocol.is_live || (!is_seekable() && avio_size(connection_.get()) < 0);
    first_.read([this](std::span<std::byte> out) { return read_some(out); }, name());
    if (first_.source().size() == 0) fail_input(name(), "expected a stream, got a connection that gives nothing");
  }

  const ByteSource* beginning() const override { return &first_.source(); }
  bool is_live() const override { return is_live_; }
  bool is_over() const override { return is_over_; }

 private:
  size_t read(std::span<std::byte> out) override {
    const size_t bytes = first_.give(out);
    return bytes > 0 ? bytes : read_some(out);
  }

  size_t read_some(std::span<std::byte> out) {
    interrupt().restart();
    const int bytes =
        avio_read_partial(connection_.get(), reinterpret_cast<uint8_t*>(out.data()), static_cast<int>(out.size()));
    if (bytes >= 0) return static_cast<size_t>(bytes);
    is_over_ = bytes == AVERROR_EOF && is_http_;  // the last piece of an answer in pieces
    if (bytes == AVERROR_EOF) return 0;
    // The end of an answer without a length is the end of its connection, which FFmpeg's HTTP takes for an error.
    if (bytes == AVERROR(EIO) && is_http_ && is_live_) return 0;
    interrupt().rethrow(name());
    fail_input(name(), "expected more of the stream, got a broken connection: {}", ffmpeg_error(bytes));
  }

  int64_t seek(int64_t offset, int whence) override {
    if (!is_seekable()) return AVERROR(ENOSYS);
    if ((whence & AVSEEK_SIZE) != 0) return avio_size(connection_.get());
    interrupt().restart();
    const int64_t place = avio_seek(connection_.get(), offset, whence & ~AVSEEK_FORCE);
    if (place >= 0) first_.give_no_more();
    return place;
  }

  Connection connection_;
  FirstBytes first_;
  bool is_live_ = false, is_http_ = false, is_over_ = false;
};

class RtspInput : public MediaInput {
 public:
  RtspInput(const std::string& url, const Protocol& protocol, const SourceOptions& options)
      : MediaInput(printable(url), options.stop, options.timeout_seconds) {
    address_.format = av_find_input_format("rtsp");
    address_.address = url;
    address_.formats = "rtsp,mpegts";  // RTP packets may carry a transport stream
    address_.protocols = protocol.allowed;
    address_.options.set("rtsp_flags", "prefer_tcp");  // UDP loses packets
    address_.options.set("user_agent", "trecvit");
  }

  MediaAddress* address() override { return &address_; }
  bool is_live() const override { return true; }

 private:
  MediaAddress address_;
};

}  // namespace

bool is_media_url(const std::string& source) { return protocol_of(source) != nullptr; }

std::vector<std::string> url_schemes() {
  std::vector<std::string> schemes;
  for (const Protocol& protocol : kProtocols) {
    if (is_in_ffmpeg(protocol)) schemes.emplace_back(protocol.scheme);
  }
  return schemes;
}

std::unique_ptr<MediaInput> open_media_url(const std::string& url, const SourceOptions& options) {
  prepare_ffmpeg(options.max_pixels);
  const Protocol* protocol = protocol_of(url);
  TRECVIT_CHECK(protocol != nullptr);
  if (!is_in_ffmpeg(*protocol)) {
    fail(ErrorKind::kUnavailable, printable(url), "expected an FFmpeg that was built with {}, got one without",
         protocol->scheme);
  }
  if (protocol->is_format) return std::make_unique<RtspInput>(url, *protocol, options);
  return std::make_unique<MediaUrl>(url, *protocol, options);
}

}  // namespace trecvit
