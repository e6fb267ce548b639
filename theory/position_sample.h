// One position of each game, spread evenly over the plies: what a kernel between positions is a matrix of.
#pragma once

#include <span>

#include "probes/activation_stream.h"

namespace othello {

/// What a move did: the discs that it turned, the lines (of the eight directions) along which it turned some, and the
/// discs of the longest of them.
struct Capture {
  int discs = 0;
  int lines = 0;
  int longest = 0;
};

/// Rows are positions, one of each game. Two positions of one game share most of their moves, so that a kernel between
/// them says little more than one of them, and games are what is independent.
struct PositionSample {
  Vocabulary vocabulary;
  std::vector<Game> games;           // [n], each cut after the move that leads to its position
  std::vector<int> plies;            // [n] t: the position after move t, at which the game goes on
  std::vector<Capture> captures;     // [n] of move t
  std::vector<std::uint64_t> legal;  // [n] legal tokens for move t+1 (bit k−1 = token k)

  /// Of games that are cut at their positions. Throws Error if one is over there or has no move.
  PositionSample(const Vocabulary& vocabulary, std::vector<Game> cut);

  std::int64_t size() const { return static_cast<std::int64_t>(games.size()); }
  int parity(std::int64_t row) const { return plies[static_cast<std::size_t>(row)] % 2; }
  /// The moves up to the position of a row: [1, t] int64.
  Tensor tokens(std::int64_t row) const;
  /// [n, units] uint8
  Tensor labels(const Target& target) const;
  /// The rung of the flip ladder of every square (see positions.h): [n, squares] uint8, kNoDisc where there is no disc.
  Tensor flips() const;
  /// Which moves may follow, by token without padding: [n, vocabulary − 1] uint8.
  Tensor legal_moves() const;
  /// Indicators of (ply, move) of the moves up to the position, as MoveInput's kind one_hot orders them, without
  /// intercepts: [n, context·(vocabulary − 1)] fp32.
  Tensor one_hot() const;
  /// What a model computes there: [n, width] fp32. The result does not depend on the number of workers.
  Tensor activations(const Transformer& model, const Site& site, int workers) const;
  /// The logits there: [n, vocabulary] fp32.
  Tensor logits(const Transformer& model, int workers) const;
};

/// One position of every game of a range, at the plies of a window that take turns in a shuffled order: all plies have
/// equally many rows (± 1), but for games that end before theirs, which give their last one at which the game goes on.
/// Games that are over before the window are left out. Samples of ranges that are disjoint have no game in common.
/// Throws Error if the window holds no ply of the model's context or no game reaches it.
PositionSample sample_positions(const ProbeGames& games, const GameRange& range, const Vocabulary& vocabulary,
                                const PlyWindow& window, std::uint64_t seed);

}  // namespace othello
