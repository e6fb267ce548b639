// Positions of games as rows: what probes are fitted and scored on.
#pragma once

#include <vector>

#include "data/batch.h"

namespace othello {

/// The board's own squares in increasing order: 64 or 36 of them.
std::vector<Square> board_squares(const BoardSize& board);

/// How often the disc of a square has been turned: 0, 1, 2, 3, and 4 for more; kNoDisc where there is none.
inline constexpr int kFlipRungs = 5;
inline constexpr std::uint8_t kNoDisc = 5;

/// Plies first … last, 1 being the position after the first move.
struct PlyWindow {
  int first = 1;
  int last = 60;
  bool holds(int ply) const { return first <= ply && ply <= last; }
};

/// Every position of a batch of games at which the game goes on, within a window of plies. Rows of even plies come
/// first, then those of odd ones; each of the two game by game, in the order of plies.
struct Positions {
  struct Row {
    std::int32_t game;  // within the batch
    std::int32_t ply;   // t, from 1: the board after move t
  };

  Positions(const Vocabulary& vocabulary, std::vector<Game> games, const PlyWindow& window = {});

  std::int64_t count(int parity) const { return begin[parity + 1] - begin[parity]; }

  std::vector<Game> games;
  GameFacts facts;
  Batch batch;
  std::vector<Square> squares;  // of the board
  std::vector<Row> rows;
  std::int64_t begin[3] = {};        // rows of parity p: begin[p] … begin[p+1] − 1
  std::vector<std::int64_t> cells;   // [rows]: index into [games·context]
  std::vector<std::int32_t> row_of;  // [games·context]: the row of a cell, −1 where there is none
  std::vector<std::uint8_t> flips;   // [rows, squares]: rung of the flip ladder
};

}  // namespace othello
