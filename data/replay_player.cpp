#include "data/replay_player.h"

#include <algorithm>
#include <tuple>

#include "common/error.h"
#include "data/dataset_games.h"

namespace fs = std::filesystem;

namespace othello {

ReplayPlayer::ReplayPlayer(const BoardSize& board, const fs::path& folder)
    : Player(board, name_with_digest("expert-replay:" + folder.string(), dataset_checksums(folder))) {
  const std::int64_t plies = read_dataset_document(folder).header.plies;
  if (plies > kMostMoves)
    fail("{} counts {} moves; to be replayed they have to fit into memory, at most {}", folder.string(), plies,
         kMostMoves);
  choices_.reserve(static_cast<std::size_t>(plies));
  visit_games(board, folder, [&](const Game& game, const std::vector<PlyFacts>& facts) {
    Position before = start_position();
    for (std::size_t t = 0; t < facts.size(); ++t) {
      choices_.push_back({before.mover, before.opponent, 1, game.squares[t]});
      before = facts[t].after;
    }
  });

  const auto key = [](const Choice& c) { return std::tie(c.mover, c.opponent, c.square); };
  std::sort(choices_.begin(), choices_.end(), [&](const Choice& a, const Choice& b) { return key(a) < key(b); });
  std::size_t last = 0;
  for (std::size_t i = 1; i < choices_.size(); ++i) {
    if (key(choices_[i]) == key(choices_[last])) ++choices_[last].times;
    else choices_[++last] = choices_[i];
  }
  choices_.resize(last + 1);
}

MoveWeights ReplayPlayer::distribution(const Position& position) const {
  const auto before = [](const Choice& c, const Position& p) {
    return std::tie(c.mover, c.opponent) < std::tie(p.mover, p.opponent);
  };
  MoveWeights weights;
  for (auto c = std::lower_bound(choices_.begin(), choices_.end(), position, before);
       c != choices_.end() && c->mover == position.mover && c->opponent == position.opponent; ++c)
    weights.add(c->square, c->times);
  return weights;
}

}  // namespace othello
