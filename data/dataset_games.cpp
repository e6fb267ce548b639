#include "data/dataset_games.h"

#include "common/error.h"

namespace fs = std::filesystem;

namespace othello {

std::string dataset_checksums(const fs::path& folder) {
  std::string all;
  for (const DatasetShard& shard : read_dataset_document(folder).shards) all += shard.sha256;
  return all;
}

void visit_games(const BoardSize& board, const fs::path& folder,
                 const std::function<void(const Game&, const std::vector<PlyFacts>&)>& visit) {
  const DatasetDocument dataset = read_dataset_document(folder);
  if (dataset.header.board != board.side)
    fail("{} holds games of {}×{}, which nobody can replay on {}×{}", folder.string(), dataset.header.board,
         dataset.header.board, board.side, board.side);
  const Vocabulary vocabulary(board);
  std::int64_t plies = 0;
  for (const DatasetShard& shard : dataset.shards) {
    const ByteMatrix tokens = read_shard(folder, shard, vocabulary.max_moves());
    for (std::int64_t i = 0; i < tokens.rows; ++i) {
      try {
        const Game game = from_tokens(tokens, i, vocabulary);
        plies += game.length;
        visit(game, replay(board, game.moves()));
      } catch (const Error& error) {
        fail("{}: game {}: {}", (folder / shard.file).string(), i, error.what());
      }
    }
  }
  if (plies != dataset.header.plies)
    fail("{}: it counts {} plies, its shards hold {}", dataset_document_file(folder).string(), dataset.header.plies,
         plies);
  if (plies == 0) fail("{} holds no game to replay", folder.string());
}

}  // namespace othello
