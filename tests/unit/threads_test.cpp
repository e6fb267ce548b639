// Work spread over threads: nothing lost, nothing twice, no error swallowed.
#include "common/threads.h"

#include <atomic>
#include <thread>
#include <vector>

#include "tests/support/test.h"

using namespace othello;

TEST_CASE("Every piece of work is done exactly once whatever the number of workers") {
  for (const int workers : {1, 2, 3, 16}) {
    for (const int count : {0, 1, 2, 1000}) {
      std::vector<std::atomic<int>> done(static_cast<std::size_t>(count));
      std::atomic<bool> worker_in_range{true};
      parallel_for(count, workers, [&](int index, int worker) {
        ++done[static_cast<std::size_t>(index)];
        if (worker < 0 || worker >= workers) worker_in_range = false;
      });
      int once = 0;
      for (const auto& times : done) once += times == 1;
      CHECK(once == count);
      CHECK(worker_in_range);
    }
  }
}

TEST_CASE("An error in one worker reaches the caller and stops the others") {
  for (const int workers : {1, 4}) {
    std::atomic<int> started{0};
    const auto work = [&](int index, int) {
      ++started;
      if (index == 10) fail("piece {} failed", index);
    };
    CHECK(test::error_of([&] { parallel_for(1'000'000, workers, work); }) == "piece 10 failed");
    CHECK(started < 1'000'000);
  }
}

TEST_CASE("Work may hand out work itself, and several threads may do so at once") {
  std::atomic<int> done{0};
  std::vector<std::jthread> callers;
  for (int caller = 0; caller < 3; ++caller)
    callers.emplace_back([&] {
      for (int round = 0; round < 50; ++round)
        parallel_for(4, 3, [&](int, int) { parallel_for(5, 2, [&](int, int) { ++done; }); });
    });
  callers.clear();  // joins
  CHECK(done == 3 * 50 * 4 * 5);
}

TEST_CASE("At least one core is available") { CHECK(available_cores() >= 1); }
