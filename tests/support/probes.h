// Batches of games for tests of probes.
#pragma once

#include "probes/probe_batch.h"

namespace othello::test {

/// Games first … first+games−1 of a seed, without activations or labels.
inline ProbeBatch probe_batch(const BoardSize& board, std::uint64_t first, std::int64_t games) {
  return {Positions(Vocabulary(board), take_games(GameSource(board, 9, Purpose::probes), first, games)), 0, {}, {}};
}

}  // namespace othello::test
