// The names of cameras; declared in camera.h.
#include <algorithm>
#include <filesystem>

#include "trecvit/base/error.h"
#include "trecvit/base/parameters.h"
#include "trecvit/video/camera.h"

namespace trecvit {
namespace {

constexpr std::string_view kPrefix = "camera:", kDevice = "/dev/video";

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

bool is_camera_name(const std::string& source) {
  std::error_code unreadable;
  if (source.starts_with(kDevice)) return true;
  return (is_number(source) || source.starts_with(kPrefix)) && !std::filesystem::exists(source, unreadable);
}

CameraRequest parse_camera(const std::string& source) {
  std::string_view rest = source;
  if (rest.starts_with(kPrefix)) rest.remove_prefix(kPrefix.size());
  const size_t query = std::min(rest.find('?'), rest.size());
  const std::string_view device = rest.substr(0, query);
  CameraRequest camera;
  camera.device = is_number(device) ? std::string(kDevice) + std::string(device) : std::string(device);
  if (query == rest.size()) return camera;
  for (const auto& [key, value] : split_parameters(source, rest.substr(query + 1))) {
    const std::vector<std::string> known = {"size", "fps", "format"};
    std::string* const fields[] = {&camera.size, &camera.fps, &camera.format};
    *fields[parse_choice(source, "a setting of a camera", key, known)] = value;
  }
  return camera;
}

}  // namespace trecvit
