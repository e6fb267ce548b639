// What a collection of games looks like: lengths, passes, results, openings, legal moves per disc.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <span>

#include "engine/board.h"
#include "engine/game.h"

namespace othello {

/// The first moves of a game.
using Opening = std::array<std::uint8_t, 4>;

/// Sums over games. Parts that were counted apart add up in any order.
struct GameStatistics {
  /// The decisions before disc t of the games is placed: one of each game with at least t moves.
  struct Decisions {
    std::int64_t games = 0;
    std::int64_t passes = 0;         // decisions that come after a pass
    std::int64_t legal = 0;          // sum of the numbers of legal moves
    std::int64_t legal_squared = 0;  // sum of their squares
  };

  // Of all games, illegal ones too.
  std::int64_t games = 0;
  std::int64_t plies = 0;
  std::int64_t illegal = 0;                  // games with a move that the rules forbid
  std::array<std::int64_t, 61> lengths{};    // games by number of moves
  std::map<Opening, std::int64_t> openings;  // of games with at least 4 moves

  // Of legal games.
  std::int64_t unfinished = 0;                 // games that stop while a move is possible
  std::array<Decisions, 61> decisions{};       // [t], t from 1
  std::array<std::int64_t, 61> with_passes{};  // games by number of passes

  // Of legal games that were played to their end. Empty squares belong to nobody.
  std::int64_t black_wins = 0;
  std::int64_t draws = 0;
  std::int64_t white_wins = 0;
  std::int64_t wiped_out = 0;        // one side has no disc left
  std::int64_t stuck = 0;            // empty squares are left and both sides have discs
  std::int64_t disc_difference = 0;  // sum of black − white
  std::int64_t disc_difference_squared = 0;

  /// Counts games by replaying them together; gives the index of the first illegal one, if there is any. Takes 2 KiB of
  /// memory a game meanwhile, so give some hundreds at a time.
  std::optional<std::size_t> add(std::span<const Game> games, const BoardSize& board);
  void add(const GameStatistics& other);

  std::int64_t passes() const;
  std::int64_t finished() const { return black_wins + draws + white_wins; }
};

/// The opening with the first move turned to f5 by the start position's one symmetry that does so: the four rotations
/// and reflections of a game share it. What does not start with a legal move stays as it is.
Opening turned_to_f5(const Opening& opening);

}  // namespace othello
