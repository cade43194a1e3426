// A fixed team of threads that run one function together and meet at barriers. The caller is member 0, so a team of one
// has no thread of its own. No allocation and no lock per run; denormals are flushed on every member.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <type_traits>
#include <vector>

namespace trecvit {

class ThreadTeam {
 public:
  // One member inside a run: its index, the size of the team, and the meeting point.
  class Member {
   public:
    int index() const { return index_; }
    int size() const { return team_.size(); }
    // Returns when every member has arrived. Spins briefly, then sleeps, so that losing a core costs little.
    void barrier() { team_.arrive(); }

   private:
    friend class ThreadTeam;
    Member(ThreadTeam& team, int index) : team_(team), index_(index) {}
    ThreadTeam& team_;
    int index_;
  };

  // threads >= 1. Throws Error(kUsage) for anything else, Error(kResource) if a thread cannot be started.
  explicit ThreadTeam(int threads);
  ~ThreadTeam();
  ThreadTeam(const ThreadTeam&) = delete;
  ThreadTeam& operator=(const ThreadTeam&) = delete;

  int size() const { return static_cast<int>(threads_.size()) + 1; }

  // Calls function(Member&) on every member and returns when all are done. The function must not throw. One run at a
  // time: a team belongs to one caller.
  template <class Function>
  void run(Function&& function) {
    start([](void* context, Member& member) { (*static_cast<std::remove_reference_t<Function>*>(context))(member); },
          &function);
  }

 private:
  using Entry = void (*)(void* context, Member& member);
  void start(Entry entry, void* context);
  void work(int index);
  void arrive();

  std::vector<std::thread> threads_;
  Entry entry_ = nullptr;
  void* context_ = nullptr;
  std::atomic<uint32_t> epoch_{0};  // changes when a run starts or the team ends
  std::atomic<bool> stop_{false};
  std::atomic<int> arrived_{0};
  std::atomic<uint32_t> phase_{0};  // changes when a barrier opens
};

// The half-open range of `count` items that member `index` of `size` works on; ranges differ by at most one item.
struct Range {
  int64_t begin, end;
};
constexpr Range share_of(int64_t count, int index, int size) {
  return {count * index / size, count * (index + 1) / size};
}

}  // namespace trecvit
