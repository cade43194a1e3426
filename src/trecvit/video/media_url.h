// Addresses of streams on a network.
#pragma once

#include <string>
#include <vector>

namespace trecvit {

// Whether a source is an address of a protocol that FFmpeg may read: http, https, rtmp, rtmps, rtsp, rtsps, srt, tcp,
// udp.
bool is_media_url(const std::string& source);

// Those of them that are in the FFmpeg in use; empty without FFmpeg.
std::vector<std::string> url_schemes();

}  // namespace trecvit
