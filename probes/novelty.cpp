#include "probes/novelty.h"

#include <algorithm>

#include "common/threads.h"
#include "data/players.h"
#include "data/symmetry.h"
#include "model/batch_tensors.h"
#include "model/evaluation.h"
#include "probes/targets.h"

namespace othello {
namespace {

constexpr std::size_t kBatchGames = 64;

/// The share of squares that the probe reads right, by row of `positions`. `value`: [games, pos, …].
std::vector<double> read_boards(const Positions& positions, const Target& target, const FittedProbe& probe,
                                const Tensor& value) {
  const auto labels = target.labels(positions);  // [rows, units]
  const auto chosen = probe.site.head < 0 ? value : value.select(2, probe.site.head);
  const auto x =
      chosen.flatten(0, 1).flatten(1).index_select(0, at::tensor(positions.cells, at::kLong));  // [rows, width]
  std::vector<double> share(positions.rows.size());
  const auto units = static_cast<std::size_t>(target.units);
  for (const int parity : {0, 1}) {
    if (positions.count(parity) == 0) continue;
    const auto& w = probe.readout.weights[parity];  // [width + 1, units·classes]
    if (!w.defined()) fail("{} has no weights for every position", probe.describe());
    const auto width = w.size(0) - 1;
    const auto scores =
        at::addmm(w[width], x.narrow(0, positions.begin[parity], positions.count(parity)), w.narrow(0, 0, width));
    const auto answers = scores.view({-1, target.class_count()}).argmax(1).contiguous();  // [rows·units]
    const auto* answer = answers.data_ptr<std::int64_t>();
    for (auto row = static_cast<std::size_t>(positions.begin[parity]);
         row < static_cast<std::size_t>(positions.begin[parity + 1]); ++row) {
      int right = 0;
      for (std::size_t unit = 0; unit < units; ++unit) right += labels[row * units + unit] == *answer++ ? 1 : 0;
      share[row] = static_cast<double>(right) / static_cast<double>(units);
    }
  }
  return share;
}

/// Of a position after `ply` moves. `nearest` is the game of training as it was played.
Closeness closeness(const NearestGame& near, const Game& nearest, std::uint64_t boards, int ply, Bits legal) {
  Closeness found{std::max(0, ply - near.shared), (boards >> (ply - 1) & 1) != 0, false};
  if (ply < nearest.length)
    found.nearest_legal = (legal & bit(mapped(near.symmetry, nearest.squares[static_cast<std::size_t>(ply)]))) != 0;
  return found;
}

std::vector<NoveltyPosition> batch_positions(const Transformer& model, std::span<const Game> games,
                                             std::span<const SeenGame> seen, std::span<const GameRun> training,
                                             const FittedProbe* probe, int first_game) {
  const auto vocabulary = model.config().vocabulary();
  const Positions positions(vocabulary, {games.begin(), games.end()});
  Trace trace;
  if (probe != nullptr) trace.record(probe->site.site);
  const auto scores =
      score_cells(model.forward(batch_tensor(positions.batch, positions.batch.tokens), &trace), positions.batch);
  std::vector<double> read;
  if (probe != nullptr)
    read = read_boards(positions, make_target("mine-yours-empty", vocabulary), *probe, trace.value(probe->site.site));
  std::vector<Game> nearest, nearest_image;
  for (const SeenGame& game : seen) {
    nearest.push_back(game_of(training, game.exact.game));
    nearest_image.push_back(game_of(training, game.image.game));
  }
  std::vector<NoveltyPosition> found;
  for (std::size_t row = 0; row < positions.rows.size(); ++row) {
    const Score& score = scores[static_cast<std::size_t>(positions.cells[row])];
    if (score.positions == 0) continue;  // the game was broken off here
    const auto [game, ply] = positions.rows[row];
    const auto g = static_cast<std::size_t>(game);
    const PlyFacts fact = positions.facts.at(g, ply);
    NoveltyPosition position;
    position.game = first_game + game;
    position.ply = ply;
    position.exact = closeness(seen[g].exact, nearest[g], seen[g].boards, ply, fact.legal);
    position.image = closeness(seen[g].image, nearest_image[g], seen[g].board_images, ply, fact.legal);
    position.legal_top1 = score.legal_top1;
    position.legal_mass = score.legal_mass;
    position.uniform_legal =
        static_cast<double>(count(fact.legal)) / count(vocabulary.board().squares & ~fact.after.occupied());
    if (!read.empty()) position.board_accuracy = read[row];
    found.push_back(position);
  }
  return found;
}

}  // namespace

std::vector<GameRun> training_runs(const TrainingFacts& facts, const BoardSize& board) {
  std::vector<GameRun> runs;
  for (const TrainingFacts& run : facts.history()) {
    if (run.player == kUnknown || run.targets == kUnknown)
      fail("it is not known which games the model was trained on, so nothing can be said about what is new to it");
    if (run.games <= run.first_game) continue;
    std::shared_ptr<const Player> player;
    try {
      player = make_player(run.player, board);
    } catch (const Error& error) {
      fail("the games of {} that the model was trained on cannot be played again: {}", run.player, error.what());
    }
    runs.push_back({GameSource(board, run.seed, Purpose::training, player), static_cast<std::uint64_t>(run.first_game),
                    static_cast<std::uint64_t>(run.games - run.first_game)});
  }
  if (runs.empty()) fail("the model was trained on no game, so all are equally new to it");
  return runs;
}

std::vector<NoveltyPosition> novelty_positions(const Transformer& model, std::span<const Game> games,
                                               std::span<const SeenGame> seen, std::span<const GameRun> training,
                                               const FittedProbe* probe, int workers) {
  std::vector<std::vector<NoveltyPosition>> batches((games.size() + kBatchGames - 1) / kBatchGames);
  parallel_for(static_cast<int>(batches.size()), workers, [&](int index, int) {
    const at::NoGradGuard no_grad;
    const std::size_t first = static_cast<std::size_t>(index) * kBatchGames;
    const std::size_t size = std::min(kBatchGames, games.size() - first);
    batches[static_cast<std::size_t>(index)] = batch_positions(
        model, games.subspan(first, size), seen.subspan(first, size), training, probe, static_cast<int>(first));
  });
  std::vector<NoveltyPosition> all;
  for (const auto& batch : batches) all.insert(all.end(), batch.begin(), batch.end());
  return all;
}

}  // namespace othello
