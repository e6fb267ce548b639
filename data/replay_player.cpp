#include "data/replay_player.h"

#include <algorithm>
#include <tuple>

#include "common/error.h"
#include "data/labels.h"

namespace fs = std::filesystem;

namespace othello {

std::string replay_name(const fs::path& folder, const DatasetDocument& dataset) {
  return name_with_digest("expert-replay:" + folder.string(), checksums(dataset));
}

ReplayPlayer::ReplayPlayer(const BoardSize& board, const fs::path& folder)
    : ReplayPlayer(board, folder, read_dataset_document(folder)) {}

ReplayPlayer::ReplayPlayer(const BoardSize& board, const fs::path& folder, const DatasetDocument& dataset)
    : Player(board, replay_name(folder, dataset)) {
  const std::int64_t plies = dataset.header.plies;
  if (dataset.header.board != board.side)
    fail("{} holds games of {}×{}, which nobody can replay on {}×{}", folder.string(), dataset.header.board,
         dataset.header.board, board.side, board.side);
  if (plies > kMostMoves)
    fail("{} counts {} moves; to be replayed they have to fit into memory, at most {}", folder.string(), plies,
         kMostMoves);
  choices_.reserve(static_cast<std::size_t>(plies));
  const Vocabulary vocabulary(board);
  for (const DatasetShard& shard : dataset.shards) {
    const ByteMatrix tokens = read_shard(folder, shard, vocabulary.max_moves());
    for (std::int64_t i = 0; i < tokens.rows; ++i) {
      try {
        const Game game = from_tokens(tokens, i, vocabulary);
        Position before = start_position();
        const auto facts = replay(board, game.moves());
        for (std::size_t t = 0; t < facts.size(); ++t) {
          choices_.push_back({before.mover, before.opponent, 1, game.squares[t]});
          before = facts[t].after;
        }
      } catch (const Error& error) {
        fail("{}: game {}: {}", (folder / shard.file).string(), i, error.what());
      }
    }
  }
  if (static_cast<std::int64_t>(choices_.size()) != plies)
    fail("{}: it counts {} plies, its shards hold {}", dataset_document_file(folder).string(), plies, choices_.size());
  if (choices_.empty()) fail("{} holds no game to replay", folder.string());

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
