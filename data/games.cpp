#include "data/games.h"

#include <vector>

#include "common/error.h"
#include "engine/lockstep.h"

namespace othello {
namespace {

const char* stream_name(Purpose purpose) {
  switch (purpose) {
    case Purpose::training: return "games";
    case Purpose::evaluation: return "evaluation games";
    case Purpose::probes: return "probe games";
    case Purpose::cases: return "case games";
  }
  return "games";
}

}  // namespace

GameSource::GameSource(const BoardSize& board, std::uint64_t seed, Purpose purpose,
                       std::shared_ptr<const Player> player)
    : player_(player ? std::move(player) : std::make_shared<UniformPlayer>(board)),
      stream_(Stream(seed).child(stream_name(purpose))) {
  if (player_->board() != board)
    fail("player {} belongs to another board than {}×{}", player_->name(), board.side, board.side);
}

Game GameSource::game(std::uint64_t index) const {
  return player_->is_uniform() ? random_game(board(), stream_, index) : player_->game(stream_, index);
}

void GameSource::play(std::uint64_t first, std::span<Game> games) const {
  if (player_->is_uniform()) return random_games(board(), stream_, first, games);
  for (std::size_t i = 0; i < games.size(); ++i) games[i] = player_->game(stream_, first + i);
}

void GameSource::play(std::uint64_t first, std::span<Game> games, const PlyBoards& boards) const {
  if (player_->is_uniform()) return random_games(board(), stream_, first, games, boards);
  play(first, games);
  std::vector<GameCheck> checks(games.size());
  std::vector<std::uint64_t> passes(games.size());
  std::vector<Bits> legal(boards.mover.size()), turned(boards.mover.size());
  replay_games(board(), games, checks, {passes, boards.mover, boards.opponent, legal, turned});
}

}  // namespace othello
