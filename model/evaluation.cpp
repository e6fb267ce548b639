#include "model/evaluation.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "common/threads.h"
#include "model/batch_tensors.h"

namespace othello {
namespace {

constexpr std::int64_t kBatchGames = 64;

Estimate mean_over_positions(const std::vector<GameScore>& games, double GameScore::*field) {
  std::vector<Cluster> clusters;
  for (const auto& game : games) clusters.push_back({game.*field, game.positions});
  return ratio_of_sums(clusters);
}

}  // namespace

std::vector<GameScore> score_batch(const Tensor& logits, const Batch& batch, std::vector<PlyScore>* by_ply) {
  const auto vocabulary = logits.size(2);
  const auto log_p = at::log_softmax(logits.to(at::kFloat), -1).contiguous();  // [games, context, vocabulary]
  const auto best = log_p.argmax(-1).contiguous();                             // [games, context]
  const float* row = log_p.data_ptr<float>();
  const auto* top = best.data_ptr<std::int64_t>();
  std::vector<GameScore> scores(static_cast<std::size_t>(batch.games));
  for (std::size_t cell = 0; cell < batch.targets.size(); ++cell, row += vocabulary) {
    const auto target = batch.targets[cell];
    if (target == kPadding) continue;
    const auto legal = batch.legal[cell];
    const auto is_legal = [&](std::int64_t token) { return token > 0 && (legal >> (token - 1) & 1) != 0; };
    double mass = 0;
    for (std::uint64_t bits = legal; bits != 0; bits &= bits - 1) mass += std::exp(row[std::countr_zero(bits) + 1]);
    const double loss = -row[target];
    const double floor = batch.floor(cell);
    const double hit = is_legal(top[cell]) ? 1 : 0;
    auto& game = scores[cell / static_cast<std::size_t>(batch.context)];
    game.positions += 1, game.cross_entropy += loss, game.floor += floor, game.legal_top1 += hit,
        game.legal_mass += mass;
    if (by_ply == nullptr) continue;
    auto& ply = (*by_ply)[cell % static_cast<std::size_t>(batch.context)];
    ply.positions += 1, ply.cross_entropy += loss, ply.floor += floor, ply.legal_top1 += hit;
  }
  return scores;
}

Evaluation evaluate(const Transformer& model, const GameSource& source, std::int64_t games, int workers) {
  const auto vocabulary = model.config().vocabulary();
  const auto batches = static_cast<int>((games + kBatchGames - 1) / kBatchGames);
  std::vector<std::vector<GameScore>> scores(static_cast<std::size_t>(batches));
  std::vector<std::vector<PlyScore>> plies(static_cast<std::size_t>(batches));
  parallel_for(batches, workers, [&](int i, int) {
    const at::NoGradGuard no_grad;
    const auto first = i * kBatchGames;
    const auto batch =
        take_batch(vocabulary, source, static_cast<std::uint64_t>(first), std::min(kBatchGames, games - first));
    auto& by_ply = plies[static_cast<std::size_t>(i)];
    by_ply.resize(static_cast<std::size_t>(batch.context));
    scores[static_cast<std::size_t>(i)] = score_batch(model.forward(batch_tensor(batch, batch.tokens)), batch, &by_ply);
  });
  Evaluation result;
  result.by_ply.resize(static_cast<std::size_t>(vocabulary.context()));
  for (const auto& part : scores) result.games.insert(result.games.end(), part.begin(), part.end());
  for (const auto& part : plies)
    for (std::size_t t = 0; t < part.size(); ++t) {
      auto& sum = result.by_ply[t];
      sum.positions += part[t].positions, sum.cross_entropy += part[t].cross_entropy;
      sum.floor += part[t].floor, sum.legal_top1 += part[t].legal_top1;
    }
  if (std::none_of(result.games.begin(), result.games.end(), [](const GameScore& game) { return game.positions > 0; }))
    fail("player {} plays games without a second move to predict", source.player().name());
  return result;
}

Json Evaluation::to_json() const {
  double positions = 0;
  std::vector<Cluster> loss, floor_sums;
  for (const auto& game : games) {
    positions += game.positions;
    loss.push_back({game.cross_entropy, game.positions});
    floor_sums.push_back({game.floor, game.positions});
  }
  Json plies = Json::array();
  for (std::size_t t = 0; t < by_ply.size(); ++t) {
    const auto& ply = by_ply[t];
    if (ply.positions > 0)
      plies.push_back({{"ply", t + 1},
                       {"positions", ply.positions},
                       {"cross_entropy", ply.cross_entropy / ply.positions},
                       {"floor", ply.floor / ply.positions},
                       {"legal_top1", ply.legal_top1 / ply.positions}});
  }
  return {{"games", games.size()},
          {"positions", static_cast<std::int64_t>(positions)},
          {"cross_entropy", othello::to_json(ratio_of_sums(loss))},
          {"floor", othello::to_json(ratio_of_sums(floor_sums))},
          {"excess", othello::to_json(paired_difference(loss, floor_sums))},
          {"legal_top1", othello::to_json(mean_over_positions(games, &GameScore::legal_top1))},
          {"legal_mass", othello::to_json(mean_over_positions(games, &GameScore::legal_mass))},
          {"by_ply", plies}};
}

}  // namespace othello
