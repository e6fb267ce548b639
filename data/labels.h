// Facts about every ply of a game: the labels of training, probes and interventions.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/board.h"
#include "engine/lockstep.h"
#include "engine/rules.h"

namespace othello {

/// The board after a move, from the side that plays next (after any passes): the frame of a position.
struct PlyFacts {
  Position after;   // `mover` = mine, `opponent` = yours
  Bits legal = 0;   // the next move's legal squares; 0 if the game is over
  Bits turned = 0;  // discs that this move turned
  bool pass_before_next = false;
  bool over() const { return legal == 0; }
  /// Who made this move.
  Color placed_by() const { return pass_before_next ? after.to_move : other(after.to_move); }
  friend bool operator==(const PlyFacts&, const PlyFacts&) = default;
};

/// Replays `moves` from the start: element t−1 tells of the position after move t. Throws Error for a move that is
/// not legal or comes after the end, naming its number.
std::vector<PlyFacts> replay(const BoardSize& board, std::span<const std::uint8_t> moves);

/// The same facts for many games, replayed together in SIMD lanes.
class GameFacts {
 public:
  /// Throws Error naming the first game (counted from 0) that is not legal, and the move.
  GameFacts(const BoardSize& board, std::span<const Game> games);

  std::size_t games() const { return checks_.size(); }
  int length(std::size_t game) const { return checks_[game].legal_moves; }
  bool over(std::size_t game) const { return checks_[game].over; }

  /// The position after move `ply`, from 1 to length(game).
  PlyFacts at(std::size_t game, int ply) const;

  /// [length, 64]: SquareState of every square after each move, in the frame of the side that plays next.
  std::vector<std::uint8_t> states(std::size_t game) const;
  /// [length, 64]: DiscColor of every square after each move.
  std::vector<std::uint8_t> colors(std::size_t game) const;
  /// [length, 64]: how often the disc on each square has been turned, up to each move.
  std::vector<std::uint8_t> flip_counts(std::size_t game) const;

 private:
  std::size_t row(std::size_t game) const { return game * columns_; }
  Color to_move(std::size_t game, int ply) const;

  std::size_t columns_;
  std::vector<GameCheck> checks_;       // [games]
  std::vector<std::uint64_t> passes_;   // [games] bit t−1: a pass after move t
  std::vector<Bits> mover_, opponent_;  // [games, columns]
  std::vector<Bits> legal_, turned_;    // [games, columns]
};

/// Classes of a square in the frame of a position.
enum class SquareState : std::uint8_t { mine = 0, yours = 1, empty = 2 };
inline constexpr int kStates = 3;

/// Classes of a square whoever plays next.
enum class DiscColor : std::uint8_t { black = 0, white = 1, empty = 2 };

inline SquareState state(const Position& p, Square square) {
  return (p.mover & bit(square))      ? SquareState::mine
         : (p.opponent & bit(square)) ? SquareState::yours
                                      : SquareState::empty;
}

}  // namespace othello
