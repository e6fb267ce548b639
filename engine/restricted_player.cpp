#include "engine/restricted_player.h"

#include <algorithm>

#include "common/error.h"
#include "engine/notation.h"
#include "engine/rules.h"

namespace othello {

RestrictedPlayer::RestrictedPlayer(const BoardSize& board, const std::string& file, std::string_view text)
    : Player(board, name_with_digest("restricted:" + file, text)) {
  for (int number = 1; !text.empty(); ++number) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    line = line.substr(0, line.find('#'));
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    try {
      forbid(line);
    } catch (const Error& error) {
      fail("{}, line {}: {}", file, number, error.what());
    }
  }
}

void RestrictedPlayer::forbid(std::string_view opening) {
  const Game game = parse_game(opening, board());
  if (game.length == 0) fail("'{}' is no opening such as f5d6c3", opening);
  Turn turn = next_turn(start_position(), board());
  for (const Square square : game.moves().first(game.length - 1U))
    turn = next_turn(play(turn.position, square), board());
  const Position& p = turn.position;
  forbidden_[{p.mover, p.opponent}] |= bit(game.moves().back());
  if (allowed(p) == 0) fail("'{}' leaves no move at all in the position before its last one", opening);
}

Bits RestrictedPlayer::allowed(const Position& position) const {
  const auto found = forbidden_.find({position.mover, position.opponent});
  return legal_moves(position, board()) & ~(found == forbidden_.end() ? 0 : found->second);
}

MoveWeights RestrictedPlayer::distribution(const Position& position) const {
  MoveWeights weights;
  for_each_square(allowed(position), [&](Square square) { weights.add(square, 1); });
  return weights;
}

}  // namespace othello
