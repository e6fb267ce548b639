// Which comes first on the way through the layers: the move that the model will play, or the board that a probe reads?
#pragma once

#include <array>
#include <span>

#include "common/config.h"
#include "data/labels.h"
#include "data/vocabulary.h"

namespace othello {

/// What a layer says of one position.
struct LayerView {
  Token top = kPadding;  // the most probable token of the logit lens
  Bits right = 0;        // squares that the probe reads right
};

/// The first layer from which on something holds, there and at all later ones; the number of layers if never.
struct Onsets {
  int legal = 0;   // the most probable token is a legal move
  int chosen = 0;  // it is the one that the model ends with; if that is legal, never before `legal`
  int discs = 0;   // all discs that make that move legal are read right, and that its square is empty
  int board = 0;   // every square is read right
  // The first layer at all where the latter two are, later ones whatever they say.
  int discs_once = 0, board_once = 0;
};

/// What makes a move of `mover` on `square` legal: the square, the discs that it turns, and on each of those lines the
/// mover's disc behind them. The square alone if the move turns nothing.
Bits squares_of_move(const Position& position, Square square);

/// `views` [layers]: before block 0 and after every block; the last one's token is a move.
Onsets onsets(std::span<const LayerView> views, const PlyFacts& facts, const Vocabulary& vocabulary);

/// Comparisons, counted by ply and by half of the game:
///   move-vs-its-discs     `chosen` against `discs`
///   move-vs-whole-board   `legal` against `board`: the published one (Nanda et al. 2023, arXiv 2309.00941: late in a
///                         game moves are computed before the board is)
///   …-once                the same against `discs_once`, `board_once`: a model that no longer needs a board may lose
///                         it in its last blocks, which "from there on" calls never. By chance, too, few discs are read
///                         right early, so what is first lies between the two
class OrderTally {
 public:
  OrderTally(const Vocabulary& vocabulary, std::int64_t games);

  /// A position after move `ply` of a game whose final first choice is legal; `layers` is what stands for never.
  void add(std::int64_t game, int ply, const Onsets& onsets, int layers);
  /// The games of `next` come after these.
  void append(const OrderTally& next);

  /// {"definition", "comparisons": [{"name", "by_ply": [{"ply", "positions", "move_first", "same", "board_first",
  ///  "board_never"}…], "first_half": {"plies": [1, 30], "positions", "move_first": E, …}, "second_half": {…}}…]}.
  /// Shares of positions; E over games, null without a position. What is never read right comes after the last layer.
  Json to_json() const;

 private:
  static constexpr std::size_t kComparisons = 4, kHalves = 2, kColumns = 5;  // positions, then the shares' counts
  using Counts = std::array<double, kColumns>;

  int half_;                                                         // the last ply of the first half
  std::vector<std::array<Counts, kComparisons>> plies_;              // [context]
  std::vector<std::array<Counts, kComparisons * kHalves>> by_game_;  // [games]
};

}  // namespace othello
