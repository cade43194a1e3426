#include "trecvit/video/camera.h"

#include <dlfcn.h>

extern "C" {
#include <libavdevice/avdevice.h>
}

#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "trecvit/base/error.h"
#include "trecvit/video/live_source.h"
#include "trecvit/video/media_input.h"
#include "trecvit/video/video_file.h"

namespace trecvit {
namespace {

// libavdevice, loaded when a camera is named: it brings dozens of libraries, whose loading would double the start-up
// time of every command.
class DeviceLibrary {
 public:
  // Throws Error(kUnavailable) if this machine does not have it.
  static const DeviceLibrary& get(const std::string& source) {
    static const DeviceLibrary library;
    if (!library.failure_.empty())
      fail(ErrorKind::kUnavailable, source, "expected FFmpeg's {} to read cameras, got: {}", kName, library.failure_);
    return library;
  }
  decltype(&avdevice_list_input_sources) list_sources = nullptr;
  decltype(&avdevice_free_list_devices) free_list = nullptr;

 private:
  static constexpr const char* kName = "libavdevice.so." AV_STRINGIFY(LIBAVDEVICE_VERSION_MAJOR);

  DeviceLibrary() {
    void* library = dlopen(kName, RTLD_NOW | RTLD_LOCAL);
    decltype(&avdevice_register_all) register_all = nullptr;
    if (library == nullptr || !find(library, "avdevice_register_all", register_all) ||
        !find(library, "avdevice_list_input_sources", list_sources) ||
        !find(library, "avdevice_free_list_devices", free_list)) {
      const char* reason = dlerror();
      failure_ = reason == nullptr ? "an unknown error" : reason;
      return;
    }
    register_all();
  }
  template <class Function>
  static bool find(void* library, const char* name, Function& out) {
    out = reinterpret_cast<Function>(dlsym(library, name));
    return out != nullptr;
  }

  std::string failure_;
};

struct Camera {
  std::string device, name;  // "/dev/video0", "HD Webcam"
};

InputFormat* driver_named(const std::string& driver, const std::string& source) {
  DeviceLibrary::get(source);
  InputFormat* format = av_find_input_format(driver.c_str());
  if (format == nullptr)
    fail(ErrorKind::kUnavailable, source, "expected an FFmpeg with the input device {}, got one without", driver);
  return format;
}

std::vector<Camera> cameras_of(InputFormat* driver, const std::string& source) {
  const DeviceLibrary& library = DeviceLibrary::get(source);
  std::vector<Camera> cameras;
  AVDeviceInfoList* list = nullptr;
  if (library.list_sources(driver, nullptr, nullptr, &list) >= 0) {
    for (int i = 0; i < list->nb_devices; ++i)
      cameras.push_back({list->devices[i]->device_name, list->devices[i]->device_description});
  }
  library.free_list(&list);
  return cameras;
}

// "here: /dev/video0 (HD Webcam)", with a semicolon before it.
std::string list_of(const std::vector<Camera>& cameras) {
  if (cameras.empty()) return "; no camera is connected";
  std::string list = "; here: ";
  for (const auto& [device, name] : cameras)
    list += fmt::format("{}{} ({})", &device == &cameras[0].device ? "" : ", ", device, name);
  return list;
}

// The device that has the name, or whose name contains it.
std::string device_named(const std::string& wanted, InputFormat* driver, const std::string& source) {
  std::error_code unreadable;
  const auto cameras = cameras_of(driver, source);
  if (wanted.empty()) fail_usage(source, "expected camera:NUMBER or camera:NAME, got no camera{}", list_of(cameras));
  if (wanted.starts_with('/') && std::filesystem::exists(wanted, unreadable)) return wanted;
  for (const auto& [device, name] : cameras) {
    if (!wanted.starts_with('/') && name.find(wanted) != std::string::npos) return device;
  }
  fail_input(source, "expected a camera, got none called '{}'{}", wanted, list_of(cameras));
}

class CameraInput : public MediaInput {
 public:
  CameraInput(const CameraRequest& camera, const std::string& source, const SourceOptions& options)
      : MediaInput(printable(source), options.stop, options.timeout_seconds) {
    address_.format = driver_named(camera.driver, source);
    address_.address = camera.driver == "v4l2" ? device_named(camera.device, address_.format, source) : camera.device;
    address_.formats = camera.driver;
    address_.protocols = "file";
    address_.is_device = true;
    const std::pair<const char*, const std::string&> settings[] = {
        {"video_size", camera.size}, {"framerate", camera.fps}, {"input_format", camera.format}};
    for (const auto& [key, value] : settings) {
      if (!value.empty()) address_.options.set(key, value.c_str());
    }
  }

  MediaAddress* address() override { return &address_; }
  bool is_live() const override { return true; }

 private:
  MediaAddress address_;
};

}  // namespace

std::unique_ptr<FrameSource> open_camera(const CameraRequest& camera, const std::string& source,
                                         const SourceOptions& options) {
  return reconnecting(
      [camera, source](const SourceOptions& chosen) {
        prepare_ffmpeg(chosen.max_pixels);
        return open_media(std::make_unique<CameraInput>(camera, source, chosen), source, chosen);
      },
      options);
}

std::unique_ptr<FrameSource> open_camera(const std::string& source, const SourceOptions& options) {
  return open_camera(parse_camera(source), source, options);
}

}  // namespace trecvit
