// The scan over time of the recurrence, h_t = a_t h_(t-1) + b_t, sequential and in chunks (associative): each chunk is
// scanned from zero, together with the product of its a; then the carries are passed through the chunks; then they are
// added. Both are parallel: the first over channels, the second also over chunks. The evidence for decision 0008.
// Arguments: threads, rounds.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <vector>

#include "trecvit/base/random.h"
#include "trecvit/base/thread_team.h"

namespace {

using trecvit::ThreadTeam;

// [T, channels] each.
struct Problem {
  int64_t frames, channels;
  std::vector<float> a, b, h;
};

constexpr double kSums = 1e-5;    // float32 sums of up to a thousand frames in another order
constexpr int64_t kStrip = 1024;  // channels that one thread scans together

void scan_strip(Problem& p, int64_t begin, int64_t end, int64_t first, int64_t count) {
  for (int64_t t = first; t < first + count; ++t) {
    const float *a = &p.a[static_cast<size_t>(t * p.channels)], *b = &p.b[static_cast<size_t>(t * p.channels)];
    float* h = &p.h[static_cast<size_t>(t * p.channels)];
    if (t == first) {
      std::copy(b + begin, b + end, h + begin);
    } else {
      const float* before = h - p.channels;
      for (int64_t i = begin; i < end; ++i) h[i] = a[i] * before[i] + b[i];
    }
  }
}

void for_each_part(ThreadTeam& team, int64_t parts, const std::function<void(int64_t part)>& work) {
  team.run([&](ThreadTeam::Member& member) {
    for (int64_t part = member.index(); part < parts; part += member.size()) work(part);
  });
}

void sequential(ThreadTeam& team, Problem& p) {
  for_each_part(team, (p.channels + kStrip - 1) / kStrip, [&](int64_t strip) {
    scan_strip(p, strip * kStrip, std::min(p.channels, (strip + 1) * kStrip), 0, p.frames);
  });
}

// products: scratch memory [T, channels] for the product of a over the frames of a chunk up to t.
void chunked(ThreadTeam& team, Problem& p, std::vector<float>& products, int64_t chunks) {
  const int64_t length = (p.frames + chunks - 1) / chunks;
  const int64_t strips = (p.channels + kStrip - 1) / kStrip;
  const auto bounds = [&](int64_t strip) {
    return std::pair(strip * kStrip, std::min(p.channels, (strip + 1) * kStrip));
  };
  for_each_part(team, strips * chunks, [&](int64_t part) {
    const auto [begin, end] = bounds(part / chunks);
    const int64_t first = part % chunks * length, count = std::min(length, p.frames - first);
    scan_strip(p, begin, end, first, count);
    for (int64_t t = first; t < first + count; ++t) {
      const float* a = &p.a[static_cast<size_t>(t * p.channels)];
      float* product = &products[static_cast<size_t>(t * p.channels)];
      for (int64_t i = begin; i < end; ++i) product[i] = t == first ? a[i] : product[i - p.channels] * a[i];
    }
  });
  // First the last frame of every chunk, so that the carries are known; then all other frames of all chunks at once.
  const auto add_carry = [&](int64_t begin, int64_t end, int64_t t, int64_t from) {
    float* h = &p.h[static_cast<size_t>(t * p.channels)];
    const float *carry = &p.h[static_cast<size_t>(from * p.channels)],
                *product = &products[static_cast<size_t>(t * p.channels)];
    for (int64_t i = begin; i < end; ++i) h[i] += product[i] * carry[i];
  };
  for_each_part(team, strips, [&](int64_t strip) {
    const auto [begin, end] = bounds(strip);
    for (int64_t chunk = 1; chunk < chunks; ++chunk)
      add_carry(begin, end, std::min(p.frames, (chunk + 1) * length) - 1, chunk * length - 1);
  });
  for_each_part(team, strips * (chunks - 1), [&](int64_t part) {
    const auto [begin, end] = bounds(part / (chunks - 1));
    const int64_t first = (part % (chunks - 1) + 1) * length, last = std::min(p.frames, first + length) - 1;
    for (int64_t t = first; t < last; ++t) add_carry(begin, end, t, first - 1);
  });
}

// The time of the fastest round.
double milliseconds(int64_t rounds, const std::function<void()>& work) {
  double best = 1e30;
  for (int64_t i = 0; i < rounds; ++i) {
    const auto start = std::chrono::steady_clock::now();
    work();
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return 1e3 * best;
}

}  // namespace

int main(int argc, char** argv) {
  const auto argument = [&](int index, int64_t usual) { return argc > index ? std::atoll(argv[index]) : usual; };
  const int64_t threads = argument(1, 2), rounds = argument(2, 7);
  ThreadTeam team(static_cast<int>(threads));
  fmt::print("{} threads; milliseconds of the fastest of {} rounds\n", threads, rounds);
  fmt::print(
      "| channels | T | sequential | chunked | chunks | chunked / sequential |\n| --- | --- | --- | --- | --- | --- "
      "|\n");
  for (const int64_t channels : {64, 1024, 16384, 197 * 1536}) {
    for (const int64_t frames : {16, 64, 1024}) {
      if (channels * frames > int64_t{1} << 25) continue;  // more than three arrays of 128 MB
      Problem p{frames, channels, {}, {}, {}};
      const auto size = static_cast<size_t>(channels * frames);
      const trecvit::RandomStream random(1, "scan");
      for (size_t i = 0; i < size; ++i) {
        p.a.push_back(static_cast<float>(0.6 + 0.399 * random.unit(2 * i)));
        p.b.push_back(static_cast<float>(random.symmetric(2 * i + 1)));
      }
      p.h.resize(size);
      std::vector<float> products(size);
      const double plain = milliseconds(rounds, [&] { sequential(team, p); });
      const std::vector<float> want = p.h;
      double best = 1e30;
      int64_t best_chunks = 0;
      for (int64_t chunks = 2; chunks <= std::min<int64_t>(16, frames / 4); chunks *= 2) {
        const double time = milliseconds(rounds, [&] { chunked(team, p, products, chunks); });
        for (size_t i = 0; i < size; ++i) {
          if (std::abs(p.h[i] - want[i]) > kSums * (1 + std::abs(want[i]))) {
            fmt::print(stderr, "[scan_bench] expected {} as the sequential scan has it, got {}\n", want[i], p.h[i]);
            return 1;
          }
        }
        if (time >= best) continue;
        best = time;
        best_chunks = chunks;
      }
      fmt::print("| {} | {} | {:.3f} | {:.3f} | {} | {:.2f} |\n", channels, frames, plain, best, best_chunks,
                 best / plain);
    }
  }
}
