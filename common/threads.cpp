#include "common/threads.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace othello {

int available_cores() {
  cpu_set_t set;
  if (::sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

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
  std::vector<std::jthread> threads;
  for (int worker = 1; worker < std::min(workers, count); ++worker) threads.emplace_back(work, worker);
  work(0);
  threads.clear();  // joins
  if (error) std::rethrow_exception(error);
}

}  // namespace othello
