// Positions of games as rows, with what the board is there: the targets of probes.
#pragma once

#include <vector>

#include "data/batch.h"
#include "model/torch.h"

namespace othello {

/// The board's own squares in increasing order: 64 or 36 of them.
std::vector<Square> board_squares(const BoardSize& board);

/// The rows of a batch of games: every position at which the game goes on, game by game.
struct Positions {
  struct Row {
    std::int32_t game;  // within the batch
    std::int32_t ply;   // t, from 1: the board after move t
    std::int32_t parity() const { return ply % 2; }
  };
  Batch batch;
  std::vector<Row> rows;
  std::int64_t squares = 0;
  std::vector<std::uint8_t> states;      // [rows, squares]: SquareState in the mover's frame
  std::vector<std::int64_t> cells[2];    // by parity: index into [games·context] of each row
  std::vector<std::int64_t> members[2];  // by parity: index of each row

  /// The states of one parity's rows as indicators: [rows of that parity, squares·3] fp32.
  Tensor indicators(int parity) const;
};

Positions make_positions(const Vocabulary& vocabulary, std::span<const Game> games);

}  // namespace othello
