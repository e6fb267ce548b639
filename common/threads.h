// Parallelism across work: one single-threaded worker per core, never threads inside an operator.
#pragma once

#include <functional>

namespace othello {

/// The number of cores this process may use.
int available_cores();

/// Calls `task(index, worker)` once for every index in [0, count), spread over `workers` threads (the caller is one of
/// them; the others wait for the next call). May be called from several threads and from tasks. The first exception is
/// rethrown after all threads have stopped. Indices are handed out in order, so which worker gets which index varies:
/// results must depend on the index alone.
void parallel_for(int count, int workers, const std::function<void(int index, int worker)>& task);

}  // namespace othello
