#include "common/threads.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace othello {

int available_cores() {
  cpu_set_t set;
  if (::sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

namespace {

/// A thread that waits for its next task.
class Helper {
 public:
  /// `task` must not throw, and live until `wait` returns.
  void start(const std::function<void()>& task) {
    const std::lock_guard lock(mutex_);
    task_ = &task;
    changed_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return task_ == nullptr; });
  }

 private:
  void run(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (changed_.wait(lock, stop, [&] { return task_ != nullptr; })) {
      const auto& task = *task_;
      lock.unlock();
      task();
      lock.lock();
      task_ = nullptr;
      changed_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable_any changed_;
  const std::function<void()>* task_ = nullptr;
  std::jthread thread_{[this](const std::stop_token& stop) { run(stop); }};  // last: it uses the others
};

/// Helpers stay from one call to the next: what allocators and matrix libraries keep for each thread would be lost with
/// it, and a training step is some milliseconds.
class Helpers {
 public:
  using List = std::vector<std::unique_ptr<Helper>>;

  /// No other caller has them meanwhile.
  List take(int count) {
    List taken;
    const std::lock_guard lock(mutex_);
    for (int i = 0; i < count; ++i) {
      if (idle_.empty()) idle_.push_back(std::make_unique<Helper>());
      taken.push_back(std::move(idle_.back()));
      idle_.pop_back();
    }
    return taken;
  }
  void give_back(List helpers) {
    const std::lock_guard lock(mutex_);
    for (auto& helper : helpers) idle_.push_back(std::move(helper));
  }

 private:
  std::mutex mutex_;
  List idle_;
};

Helpers& helpers() {
  static Helpers all;
  return all;
}

}  // namespace

void parallel_for(int count, int workers, const std::function<void(int, int)>& task) {
  std::atomic<int> next{0};
  std::exception_ptr error;
  std::mutex mutex;
  const auto work = [&](int worker) {
    try {
      for (int i = next++; i < count; i = next++) task(i, worker);
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!error) error = std::current_exception();
      next = count;
    }
  };
  auto taken = helpers().take(std::min(workers, count) - 1);
  std::vector<std::function<void()>> tasks;
  for (std::size_t i = 0; i < taken.size(); ++i) tasks.emplace_back([&work, i] { work(static_cast<int>(i) + 1); });
  for (std::size_t i = 0; i < taken.size(); ++i) taken[i]->start(tasks[i]);
  work(0);
  for (const auto& helper : taken) helper->wait();
  helpers().give_back(std::move(taken));
  if (error) std::rethrow_exception(error);
}

}  // namespace othello
