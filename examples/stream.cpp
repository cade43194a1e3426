// Names what a camera or a video shows, frame by frame, in C++.
//
//   stream_cpp                                      random weights, eight frames of a moving gradient
//   stream_cpp [--labels FILE] MODEL                PPM pictures from standard input, each with its size:
//   ffmpeg -v error -f v4l2 -i /dev/video0 -f image2pipe -c:v ppm - | stream_cpp --labels names.txt model.npz
//   stream_cpp [--labels FILE] MODEL WIDTH HEIGHT   raw RGB of that size, which the bytes do not contain
//
// --labels: a file with one class name per line, for models without names. A frame's time is the moment it is read; the
// prediction looks back about two seconds. Exit code 3 if the input ends within a frame or before the first one.
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <trecvit/trecvit.hpp>

namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(trecvit_status status, const std::string& message) {
  throw trecvit::Error(status, message.c_str());
}

class Input {
 public:
  // stream: null for a moving gradient. If the size is 0, the pictures have headers that contain it.
  Input(std::istream* stream, int given_width, int given_height)
      : width(given_width), height(given_height), stream_(stream), has_headers_(given_width == 0) {}

  // Reads the next frame; returns false after the last one.
  bool next() {
    if (has_headers_ && !next_header()) return false;
    pixels.resize(static_cast<size_t>(width) * static_cast<size_t>(height) * 3);
    if (!stream_) return next_gradient();
    stream_->read(reinterpret_cast<char*>(pixels.data()), static_cast<std::streamsize>(pixels.size()));
    const auto got = static_cast<size_t>(stream_->gcount());
    if (got == 0 && !has_headers_) return false;
    if (got < pixels.size()) {
      fail(TRECVIT_INPUT, "expected " + std::to_string(pixels.size()) + " bytes of frame " + std::to_string(frames) +
                              " (" + std::to_string(width) + " x " + std::to_string(height) + " RGB), got " +
                              std::to_string(got) + "; is that its size?");
    }
    ++frames;
    return true;
  }

  int width, height;
  std::vector<uint8_t> pixels;
  long frames = 0;  // read so far

 private:
  bool next_header() {
    std::string magic;
    int most = 0;
    if (stream_->peek() == std::char_traits<char>::eof()) return false;
    *stream_ >> std::setw(2) >> magic >> width >> height >> most;
    stream_->get();
    if (!*stream_ || magic != "P6" || width < 1 || height < 1 || width > 32768 || height > 32768 || most != 255)
      fail(TRECVIT_INPUT, "expected PPM pictures (P6, 8 bit); for raw RGB give WIDTH and HEIGHT");
    return true;
  }
  bool next_gradient() {
    if (frames == 8) return false;
    for (size_t i = 0; i < pixels.size(); ++i)
      pixels[i] = static_cast<uint8_t>(i / 3 % static_cast<size_t>(width) + static_cast<size_t>(frames) * 8);
    ++frames;
    return true;
  }

  std::istream* stream_;
  bool has_headers_;
};

// Reads one name per line for each class.
std::vector<std::string> read_labels(const std::string& path, int64_t classes) {
  std::ifstream file(path);
  std::vector<std::string> labels;
  for (std::string line; std::getline(file, line);) labels.push_back(line.substr(0, line.find('\r')));
  if (static_cast<int64_t>(labels.size()) != classes)
    fail(TRECVIT_INPUT,
         "expected " + std::to_string(classes) + " labels in " + path + ", got " + std::to_string(labels.size()));
  return labels;
}

int stream(std::vector<std::string> arguments) {
  std::string label_file;
  if (arguments.size() > 2 && arguments[0] == "--labels") {
    label_file = arguments[1];
    arguments.erase(arguments.begin(), arguments.begin() + 2);
  }
  const bool given = !arguments.empty(), raw = arguments.size() == 3;
  if (arguments.size() == 2 || arguments.size() > 3) throw std::invalid_argument("arguments");
  Input input(given ? &std::cin : nullptr,
              raw     ? std::stoi(arguments[1])
              : given ? 0
                      : 320,
              raw     ? std::stoi(arguments[2])
              : given ? 0
                      : 240);
  if (raw && (input.width < 1 || input.height < 1 || input.width > 32768 || input.height > 32768))
    throw std::invalid_argument("size");

  const auto model = given ? trecvit::Model::load(arguments[0]) : trecvit::Model::generated("mu", 1);
  const int64_t classes = model.info().num_classes;
  if (classes == 0) fail(TRECVIT_INPUT, "expected a model with a head, got an encoder without one");
  const auto labels = label_file.empty() ? std::vector<std::string>() : read_labels(label_file, classes);
  trecvit::Engine engine(model);
  trecvit::State state(model, "ema=2");  // the mean over all frames would stop following a camera
  const auto start = Clock::now();
  while (input.next()) {
    // The gradient has fixed times, so that its results are reproducible.
    const double seconds = given ? std::chrono::duration<double>(Clock::now() - start).count()
                                 : static_cast<double>(input.frames - 1) / 25;
    const auto result = engine.step(state, trecvit::image(input.pixels.data(), input.height, input.width), seconds);
    const int64_t top = trecvit::topk(result.probs, 1).front();
    const std::string label = labels.empty() ? model.label(top) : labels[static_cast<size_t>(top)];
    std::printf("%lld\t%s\t%.4f\n", static_cast<long long>(result.frame), label.c_str(),
                result.probs[static_cast<size_t>(top)]);
    std::fflush(stdout);
  }
  if (input.frames == 0) fail(TRECVIT_INPUT, "expected at least one frame, got none");
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
    std::cerr << "usage: stream_cpp [--labels FILE] [MODEL [WIDTH HEIGHT]] < frames\n";
    return TRECVIT_USAGE;
  }
}
