// The top class of every frame of a video, in C++.
//
//   stream_cpp                             random weights, eight frames of a moving gradient
//   stream_cpp MODEL WIDTH HEIGHT [FILE]   raw RGB frames of that size from FILE or standard input:
//   ffmpeg -v error -i clip.mp4 -f rawvideo -pix_fmt rgb24 - | stream_cpp model.npz 640 360
#include <cstdio>
#include <fstream>
#include <iostream>
#include <trecvit/trecvit.hpp>

namespace {

// The next frame, false after the last one.
bool next_frame(std::istream* input, long frame, size_t width, std::vector<uint8_t>& pixels) {
  if (input) return !!input->read(reinterpret_cast<char*>(pixels.data()), static_cast<std::streamsize>(pixels.size()));
  for (size_t i = 0; i < pixels.size(); ++i) {
    pixels[i] = static_cast<uint8_t>(i / 3 % width + static_cast<size_t>(frame) * 8);
  }
  return frame < 8;
}

int stream(const std::vector<std::string>& arguments) {
  const bool given = !arguments.empty();
  const int width = given ? std::stoi(arguments.at(1)) : 320, height = given ? std::stoi(arguments.at(2)) : 240;
  std::ifstream file;
  if (arguments.size() > 3) file.open(arguments[3], std::ios::binary);
  if (!file) throw std::runtime_error("expected a file of frames");
  std::istream* input = arguments.size() > 3 ? &file : given ? &std::cin : nullptr;

  const auto model = given ? trecvit::Model::load(arguments[0]) : trecvit::Model::generated("mu", 1);
  trecvit::Engine engine(model);
  trecvit::State state(model);
  std::vector<uint8_t> pixels(static_cast<size_t>(width) * static_cast<size_t>(height) * 3);
  for (long frame = 0; next_frame(input, frame, static_cast<size_t>(width), pixels); ++frame) {
    const auto result =
        engine.step(state, trecvit::image(pixels.data(), height, width), static_cast<double>(frame) / 25);
    const int64_t top = trecvit::topk(result.probs, 1).front();
    std::printf("%ld\t%s\t%.4f\n", frame, model.label(top).c_str(), result.probs[static_cast<size_t>(top)]);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return stream({argv + 1, argv + argc});
  } catch (const trecvit::Error& error) {
    std::cerr << "stream_cpp: " << error.what() << "\n";
    return error.status();
  } catch (const std::exception&) {
    std::cerr << "usage: stream_cpp [MODEL WIDTH HEIGHT [FILE]]\n";
    return TRECVIT_USAGE;
  }
}
