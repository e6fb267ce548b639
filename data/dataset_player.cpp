#include "data/dataset_player.h"

#include <bit>
#include <utility>

#include "common/error.h"

namespace fs = std::filesystem;

namespace othello {

std::uint64_t shuffled(const Stream& stream, std::uint64_t pass, std::uint64_t index, std::uint64_t count) {
  constexpr std::uint32_t rounds = 8;
  const int half = (std::bit_width(count - 1) + 1) / 2;
  const std::uint64_t mask = (std::uint64_t{1} << half) - 1;
  do {
    std::uint64_t left = index >> half, right = index & mask;
    for (std::uint32_t round = 0; round < rounds; ++round) {
      const std::uint64_t mixed = stream.block(pass, static_cast<std::uint32_t>(right * rounds + round))[0];
      left = std::exchange(right, (left ^ mixed) & mask);
    }
    index = left << half | right;
  } while (index >= count);
  return index;
}

DatasetPlayer::DatasetPlayer(const BoardSize& board, const fs::path& folder)
    : DatasetPlayer(board, folder, read_dataset_document(folder)) {}

DatasetPlayer::DatasetPlayer(const BoardSize& board, const fs::path& folder, const DatasetDocument& dataset)
    : Player(board, name_with_digest("dataset:" + folder.string(), checksums(dataset))) {
  const DatasetHeader& header = dataset.header;
  if (header.board != board.side)
    fail("{} holds games of {}×{}, not of {}×{}", folder.string(), header.board, header.board, board.side, board.side);
  if (header.games > kMostGames)
    fail("{} counts {} games; to be trained on they have to fit into memory, at most {}", folder.string(), header.games,
         kMostGames);
  games_ = read_games(folder, dataset, kMostGames);
  if (games_.empty()) fail("{} holds no game", folder.string());
}

Game DatasetPlayer::game(const Stream& stream, std::uint64_t index) const {
  return games_[shuffled(stream.child("order"), index / games_.size(), index % games_.size(), games_.size())];
}

}  // namespace othello
