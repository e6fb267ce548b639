// The uniform player with forbidden openings: skewed games, to see what a model makes of what it was never shown.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "engine/player.h"

namespace othello {

/// Every legal move is equally likely but for those that a file forbids. It lists one opening a line (`c4`, `f5d6c3`;
/// blank lines and what follows a # are skipped): the last move is forbidden in the position that the moves before it
/// lead to, also where another order of moves leads to that position.
class RestrictedPlayer : public Player {
 public:
  /// `text` is what `file` holds. Throws Error naming file and line for an opening that is not legal and for one that
  /// leaves a position without any move.
  RestrictedPlayer(const BoardSize& board, const std::string& file, std::string_view text);

  MoveWeights distribution(const Position& position) const override;

 private:
  void forbid(std::string_view opening);
  Bits allowed(const Position& position) const;

  std::map<std::pair<Bits, Bits>, Bits> forbidden_;  // (mover, opponent) → moves
};

}  // namespace othello
