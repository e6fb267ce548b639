// Players: who chooses the moves of a game that is a pure function of (seed, index).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "common/random.h"
#include "engine/board.h"
#include "engine/game.h"

namespace othello {

/// The k-th square (from 0, in increasing order) of a set that has more than k.
Square nth_square(Bits bits, int k);

/// Game `index` of the uniform random player: before each ply every legal move is equally likely (within 2⁻³² each).
/// Ply t takes draw t of the item `index` of `stream`, as the choice among the legal moves in increasing order.
Game random_game(const BoardSize& size, const Stream& stream, std::uint64_t index);

/// How a player chooses in one position: a whole number for each move that it may make, its share of the choice. Both
/// what is expected of the player and what it draws follow from these, so they cannot disagree.
class MoveWeights {
 public:
  /// `weight` > 0 for a square that has none yet; all of them must stay below 2³².
  void add(Square square, std::uint32_t weight);

  /// The squares that can be chosen; none where the player stops.
  Bits moves() const { return moves_; }
  double probability(Square square) const;
  /// −Σ p·ln p in nats; 0 if there is nothing to choose.
  double entropy() const;
  /// The move that a draw from [0, 2³²) stands for, the moves in increasing order sharing that range: each one's
  /// probability is within 2⁻³² of `probability`. There must be a move.
  Square draw(std::uint32_t value) const;

 private:
  std::array<std::uint32_t, 64> weight_{};
  Bits moves_ = 0;
  std::uint32_t sum_ = 0;
};

/// Chooses moves on a board. Immutable, so any number of threads may share one.
class Player {
 public:
  virtual ~Player() = default;

  const BoardSize& board() const { return board_; }
  /// What `make_player` makes this player of again, as datasets, runs and results record it.
  const std::string& name() const { return name_; }
  bool is_uniform() const { return name_ == "uniform"; }

  /// The choice in a position with a legal move for the side to move, by its discs alone. Without any weight the
  /// player stops there and leaves the game unfinished.
  virtual MoveWeights distribution(const Position& position) const = 0;

  /// Whether it makes games of its own, so that those of another stream are others, but for chance.
  virtual bool plays_fresh_games() const { return true; }

  /// After how many games of a stream the same ones come again, in whatever order; 0 if there is no such number.
  virtual std::uint64_t period() const { return 0; }

  /// Whether `distribution` tells how it chooses: else there are no expected targets and no floor.
  virtual bool knows_chances() const { return true; }

  /// Game `index`: ply t takes draw t of that item of `stream`.
  virtual Game game(const Stream& stream, std::uint64_t index) const;

 protected:
  Player(const BoardSize& board, std::string name) : board_(board), name_(std::move(name)) {}

 private:
  BoardSize board_;
  std::string name_;
};

/// Every legal move is equally likely: the games are those of `random_game`.
class UniformPlayer : public Player {
 public:
  explicit UniformPlayer(const BoardSize& board) : Player(board, "uniform") {}
  MoveWeights distribution(const Position& position) const override;
};

/// The name of a player that a file makes: "restricted:FILE@0123456789ab", the digits being the first of the checksum
/// of `content`, so that a record of it is never taken for a player that an altered file makes.
std::string name_with_digest(std::string_view spec, std::string_view content);
inline constexpr std::size_t kDigestDigits = 12;

}  // namespace othello
