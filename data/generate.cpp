#include "data/generate.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <future>
#include <mutex>
#include <optional>
#include <regex>

#include "common/error.h"
#include "common/files.h"
#include "common/interrupt.h"
#include "common/npy.h"
#include "common/progress.h"
#include "common/threads.h"
#include "data/batch.h"
#include "data/games.h"
#include "data/players.h"
#include "data/vocabulary.h"

namespace fs = std::filesystem;

namespace othello {
namespace {

/// Games `first` … `first + count − 1` as the bytes of a .npy file. Returns their plies.
std::int64_t play_shard(const GameSource& source, const Vocabulary& vocabulary, std::int64_t first, std::int64_t count,
                        std::string& npy) {
  constexpr std::int64_t chunk_games = 500;  // a worker plays at a time
  const std::int64_t columns = vocabulary.max_moves();
  npy.assign(npy_header(count, columns));  // keeps the memory of the shard before
  const std::size_t header = npy.size();
  npy.resize(header + static_cast<std::size_t>(count * columns), static_cast<char>(kPadding));
  auto* tokens = reinterpret_cast<Token*>(npy.data() + header);  // [count, columns]
  std::atomic<std::int64_t> plies{0};
  parallel_for(static_cast<int>((count + chunk_games - 1) / chunk_games), available_cores(), [&](int chunk, int) {
    if (interrupted()) throw Interrupted{};
    const std::int64_t begin = chunk * chunk_games, size = std::min(chunk_games, count - begin);
    const auto games = take_games(source, static_cast<std::uint64_t>(first + begin), size);
    write_tokens(games, vocabulary, {tokens + begin * columns, static_cast<std::size_t>(size * columns)});
    std::int64_t sum = 0;
    for (const Game& game : games) sum += game.length;
    plies += sum;
  });
  return plies;
}

/// The plies of a shard whose file is what was written; nothing if it is missing or altered.
std::optional<std::int64_t> plies_if_whole(const fs::path& folder, const DatasetShard& shard, int columns) {
  std::error_code ignored;
  if (!fs::is_regular_file(folder / shard.file, ignored)) return {};
  const std::string bytes = read_file(folder / shard.file);
  const std::int64_t cells = shard.games * columns;
  if (static_cast<std::int64_t>(bytes.size()) < cells || sha256(bytes) != shard.sha256) return {};
  return cells - std::count(bytes.end() - cells, bytes.end(), static_cast<char>(kPadding));
}

/// Temporary files of a process that was killed while it wrote.
void remove_leftovers(const fs::path& folder) {
  static const std::regex leftover(R"((games-\d+\.npy|unfinished\.jsonl|dataset\.json)\.tmp-\d+)");
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (std::regex_match(entry.path().filename().string(), leftover)) fs::remove(entry.path(), error);
}

void require_same(const fs::path& folder, const DatasetRequest& found, const DatasetRequest& wanted) {
  if (const auto text = difference(found, wanted); !text.empty())
    fail("{} holds games of another configuration ({}); choose another --out", folder.string(), text);
}

/// A complete dataset of the request, checked; nothing if the folder has no dataset.json.
std::optional<GenerateSummary> find_complete(const fs::path& folder, const DatasetRequest& request) {
  if (!fs::exists(dataset_document_file(folder))) return {};
  const DatasetDocument document = read_dataset_document(folder);
  const DatasetHeader& header = document.header;
  require_same(folder, {header.schema, header.board, header.player, header.seed, header.games}, request);
  const int columns = Vocabulary(board_size(request.board)).max_moves();
  parallel_for(static_cast<int>(document.shards.size()), available_cores(), [&](int i, int) {
    const DatasetShard& shard = document.shards[static_cast<std::size_t>(i)];
    if (!plies_if_whole(folder, shard, columns))
      fail("{} is missing or was altered; remove {} to have it written anew", (folder / shard.file).string(),
           folder.string());
  });
  GenerateSummary summary;
  summary.player = header.player;
  summary.games = header.games;
  summary.plies = header.plies;
  return summary;
}

/// What an earlier call left, without the shards that are damaged; or a fresh start in an empty folder.
UnfinishedDataset find_unfinished(const fs::path& folder, const DatasetRequest& request, std::int64_t& plies) {
  UnfinishedDataset found, kept;
  kept.request = request;
  if (fs::exists(unfinished_file(folder))) {
    found = read_unfinished(folder);
    require_same(folder, found.request, request);
  } else {
    require_new_folder(folder);
  }
  const std::vector<std::pair<std::size_t, DatasetShard>> shards(found.shards.begin(), found.shards.end());
  const int columns = Vocabulary(board_size(request.board)).max_moves();
  std::mutex mutex;
  parallel_for(static_cast<int>(shards.size()), available_cores(), [&](int i, int) {
    const auto& [number, shard] = shards[static_cast<std::size_t>(i)];
    const auto whole = plies_if_whole(folder, shard, columns);
    if (!whole) return;
    const std::lock_guard lock(mutex);
    kept.shards.emplace(number, shard);
    plies += *whole;
  });
  return kept;
}

void write_document(const fs::path& folder, const UnfinishedDataset& dataset, std::int64_t plies) {
  DatasetDocument document;
  document.header.board = dataset.request.board;
  document.header.player = dataset.request.player;
  document.header.seed = dataset.request.seed;
  document.header.games = dataset.request.games;
  document.header.plies = plies;
  for (const auto& [number, shard] : dataset.shards) document.shards.push_back(shard);
  write_dataset_document(folder, document);
}

}  // namespace

GenerateSummary generate_dataset(const fs::path& folder, const DatasetRequest& asked,
                                 const std::function<void(std::int64_t)>& progress) {
  const auto player = make_player(asked.player, board_size(asked.board));
  DatasetRequest request = asked;
  request.player = player->name();
  const GameSource source(player->board(), request.seed, Purpose::training, player);
  const Vocabulary vocabulary(source.board());
  if (!fs::is_directory(folder)) {
    require_new_folder(folder);
    make_folder(folder);
  }
  const FolderLock lock(folder);
  remove_leftovers(folder);
  if (const auto complete = find_complete(folder, request)) {
    fs::remove(unfinished_file(folder));  // all that was left to do
    return *complete;
  }

  GenerateSummary summary;
  summary.player = request.player;
  UnfinishedDataset dataset = find_unfinished(folder, request, summary.plies);
  write_unfinished(folder, dataset);

  // While one shard is hashed and written the next one is played into the other buffer.
  std::array<std::string, 2> buffers;
  std::future<DatasetShard> writing;
  std::size_t last = 0;  // the shard that is being written
  const auto finish_writing = [&] {
    if (!writing.valid()) return;
    dataset.shards.emplace(last, writing.get());
    progress(dataset.games());
  };
  for (std::size_t number = 0, turn = 0; number < request.shards(); ++number) {
    if (dataset.shards.contains(number)) continue;
    const std::int64_t games = request.shard_games(number);
    std::string& bytes = buffers[turn++ % 2];
    const Stopwatch playing;
    summary.plies += play_shard(source, vocabulary, static_cast<std::int64_t>(number) * kShardGames, games, bytes);
    summary.play_seconds += playing.seconds();
    summary.played += games;
    finish_writing();
    last = number;
    writing = std::async(std::launch::async, [&folder, &bytes, number, games] {
      const DatasetShard shard = write_shard(folder, number, games, bytes);
      append_unfinished(folder, shard);
      return shard;
    });
  }
  finish_writing();
  summary.games = request.games;
  write_document(folder, dataset, summary.plies);
  fs::remove(unfinished_file(folder));
  return summary;
}

}  // namespace othello
