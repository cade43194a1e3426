#include "trecvit/data/loader.h"

#include <algorithm>

#include "trecvit/base/error.h"
#include "trecvit/base/random.h"
#include "trecvit/base/stopwatch.h"
#include "trecvit/base/text.h"
#include "trecvit/data/frame_order.h"

namespace trecvit {
namespace {

constexpr int kReplacements = 10;      // samples tried in place of a bad one
constexpr size_t kBadFilesNamed = 10;  // bad files named in a message

}  // namespace

Loader::Loader(const ClipDataset& dataset, const LoaderOptions& options)
    : dataset_(dataset),
      options_(options),
      order_(dataset, options.order, options.seed),
      position_(options.first_batch * options.batch),
      end_(options.order == Order::kInTurn ? order_.length() : INT64_MAX),
      known_bad_(options.known_bad),
      next_task_(position_) {
  TRECVIT_CHECK(options.batch > 0 && options.workers >= 0 && options.prefetch > 0);
  TRECVIT_CHECK(options.part >= 0 && options.part < options.parts);
  TRECVIT_CHECK(options.parts == 1 || options.order != Order::kInTurn);
  if (options.workers == 0) return;
  ring_.resize(static_cast<size_t>((options.prefetch + 1) * options.batch));
  try {
    for (int64_t i = 0; i < options.workers; ++i) threads_.emplace_back([this] { work(); });
  } catch (...) {
    stop();  // joins the threads that did start
    throw;
  }
}

Loader::~Loader() { stop(); }

void Loader::stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  room_.notify_all();
  for (auto& thread : threads_) thread.join();
}

// Converts a position among this loader's clips to one among all clips.
int64_t Loader::in_order(int64_t position) const {
  const int64_t batch = position / options_.batch * options_.parts + options_.part;
  return batch * options_.batch + position % options_.batch;
}

int64_t Loader::batches() const { return (order_.length() + options_.batch - 1) / options_.batch; }

void Loader::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    room_.wait(lock, [this] { return stop_ || next_task_ < position_ + static_cast<int64_t>(ring_.size()); });
    if (stop_ || next_task_ >= end_) return;
    const int64_t position = next_task_++;
    Made made;
    try {
      const Choice choice = order_.at(in_order(position));
      lock.unlock();
      made = make(position, choice);
    } catch (...) {
      made.ready = true;
      made.failure = std::current_exception();
    }
    if (!lock.owns_lock()) lock.lock();
    ring_[static_cast<size_t>(position) % ring_.size()] = std::move(made);
    ready_.notify_one();
  }
}

Loader::Made Loader::make(int64_t position, const Choice& choice) const {
  Made made;
  made.ready = true;
  made.index = choice.index;
  const RandomStream others(options_.seed, "replacement");
  const int tries = options_.bad_files == BadFiles::kReplace ? 1 + kReplacements : 1;
  try {
    for (int attempt = 0; attempt < tries; ++attempt) {
      try {
        made.clip = dataset_.load(made.index, choice.draw);
        reorder_frames(*made.clip, options_.frames, {made.index, choice.draw});
        return made;
      } catch (const Error& error) {
        if (error.kind() != ErrorKind::kInput) throw;
        made.faults.emplace_back(made.index, error.what());
        const auto draw = static_cast<uint64_t>(in_order(position)) * kReplacements + static_cast<uint64_t>(attempt);
        made.index = static_cast<int64_t>(others.bits(draw) % static_cast<uint64_t>(dataset_.size()));
      }
    }
  } catch (...) {
    made.failure = std::current_exception();
  }
  return made;
}

Loader::Made Loader::take(int64_t position) {
  if (threads_.empty()) return make(position, order_.at(in_order(position)));
  std::unique_lock lock(mutex_);
  Made& slot = ring_[static_cast<size_t>(position) % ring_.size()];
  ready_.wait(lock, [&] { return slot.ready; });
  Made made = std::exchange(slot, Made{});
  position_ = position + 1;
  lock.unlock();
  room_.notify_all();
  return made;
}

void Loader::note_faults(const Made& made) {
  for (const auto& [index, reason] : made.faults) {
    if (known_bad_.insert(index).second) bad_.emplace_back(dataset_.info(index).name, reason);
  }
  if (made.faults.empty()) return;
  if (options_.bad_files == BadFiles::kFail) throw Error(ErrorKind::kInput, made.faults.back().second);
  if (static_cast<double>(known_bad_.size()) <= options_.bad_limit * static_cast<double>(dataset_.size())) return;
  std::string list;
  for (size_t i = 0; i < std::min(bad_.size(), kBadFilesNamed); ++i) list += "\n  " + bad_[i].second;
  fail_input("data", "expected at most {:g} % of {} samples to be bad, got {} so far:{}", 100 * options_.bad_limit,
             dataset_.size(), known_bad_.size(), Lines{list});
}

void Loader::append(Batch& batch, Made& made) {
  Clip& clip = *made.clip;
  ++batch.clips;
  batch.index.push_back(made.index);
  batch.label.push_back(clip.label);
  batch.pixels.insert(batch.pixels.end(), clip.pixels.begin(), clip.pixels.end());
  batch.targets.insert(batch.targets.end(), clip.targets.begin(), clip.targets.end());
  batch.motion.insert(batch.motion.end(), clip.motion.begin(), clip.motion.end());
}

std::optional<Batch> Loader::next() {
  const int64_t begin = position_, end = std::min(end_ - begin, options_.batch) + begin;
  if (begin >= end) return std::nullopt;
  const Stopwatch watch;
  Batch batch;
  for (int64_t position = begin; position < end; ++position) {
    Made made = take(position);
    if (made.failure) std::rethrow_exception(made.failure);
    note_faults(made);
    if (made.clip) append(batch, made);
  }
  if (threads_.empty()) position_ = end;
  waited_seconds_ += watch.seconds();
  return batch;
}

}  // namespace trecvit
