#include "model/evaluation.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>

#include "common/threads.h"
#include "model/batch_tensors.h"

namespace othello {
namespace {

constexpr std::int64_t kBatchGames = 64;

constexpr double Score::*kFields[] = {&Score::positions,  &Score::cross_entropy, &Score::floor,
                                      &Score::legal_top1, &Score::legal_mass,    &Score::kl,
                                      &Score::kl_player};

/// The batch of games first … first+count−1.
using TakeBatch = std::function<Batch(std::int64_t first, std::int64_t count)>;

Evaluation evaluate_batches(const Transformer& model, std::int64_t games, int workers, const TakeBatch& take) {
  const auto batches = static_cast<int>((games + kBatchGames - 1) / kBatchGames);
  std::vector<std::vector<Score>> scores(static_cast<std::size_t>(batches));
  std::vector<std::vector<PlyScore>> plies(scores.size());
  const auto context = static_cast<std::size_t>(model.config().vocabulary().context());
  parallel_for(batches, workers, [&](int i, int) {
    const at::NoGradGuard no_grad;
    const auto first = i * kBatchGames;
    const auto batch = take(first, std::min(kBatchGames, games - first));
    auto& by_ply = plies[static_cast<std::size_t>(i)];
    by_ply.resize(context);
    scores[static_cast<std::size_t>(i)] = score_batch(model.forward(batch_tensor(batch, batch.tokens)), batch, &by_ply);
  });
  Evaluation result;
  result.by_ply.resize(context);
  for (const auto& part : scores) result.games.insert(result.games.end(), part.begin(), part.end());
  for (const auto& part : plies)
    for (std::size_t t = 0; t < part.size(); ++t) result.by_ply[t] += part[t];
  return result;
}

bool has_positions(const Evaluation& evaluation) {
  return std::any_of(evaluation.games.begin(), evaluation.games.end(),
                     [](const Score& game) { return game.positions > 0; });
}

}  // namespace

Score& Score::operator+=(const Score& other) {
  for (const auto field : kFields) this->*field += other.*field;
  return *this;
}

PlyScore& PlyScore::operator+=(const Score& game) {
  sum += game;
  for (const auto field : kFields) squares.*field += game.*field * game.*field;
  return *this;
}

PlyScore& PlyScore::operator+=(const PlyScore& other) {
  sum += other.sum;
  squares += other.squares;
  return *this;
}

std::vector<Score> score_cells(const Tensor& logits, const Batch& batch) {
  const auto vocabulary = logits.size(2);
  const auto log_p = at::log_softmax(logits.to(at::kCPU, at::kFloat), -1).contiguous();  // [games, context, vocabulary]
  const auto best = log_p.argmax(-1).contiguous();                                       // [games, context]
  const float* row = log_p.data_ptr<float>();
  const auto* top = best.data_ptr<std::int64_t>();
  std::vector<Score> scores(batch.targets.size());
  for (std::size_t cell = 0; cell < batch.targets.size(); ++cell, row += vocabulary) {
    if (batch.targets[cell] == kPadding) continue;
    const float* chances =
        batch.chances.empty() ? nullptr : batch.chances.data() + cell * static_cast<std::size_t>(vocabulary);
    double mass = 0, log_sum = 0, expected = 0;  // Σ p, Σ log p and Σ q log p over the legal moves
    for (std::uint64_t bits = batch.legal[cell]; bits != 0; bits &= bits - 1) {
      const auto token = std::countr_zero(bits) + 1;
      mass += std::exp(row[token]);
      log_sum += row[token];
      if (chances != nullptr) expected += chances[token] * row[token];
    }
    const double legal = std::popcount(batch.legal[cell]);
    const auto first = top[cell];
    Score& score = scores[cell];
    score.positions = 1;
    score.cross_entropy = -row[batch.targets[cell]];
    score.floor = batch.floor(cell);
    score.legal_top1 = first > 0 && (batch.legal[cell] >> (first - 1) & 1) != 0 ? 1 : 0;
    score.legal_mass = mass;
    score.kl = -log_sum / legal - std::log(legal);
    score.kl_player = chances == nullptr ? score.kl : -expected - score.floor;
  }
  return scores;
}

std::vector<Score> score_batch(const Tensor& logits, const Batch& batch, std::vector<PlyScore>* by_ply) {
  const auto cells = score_cells(logits, batch);
  const auto context = static_cast<std::size_t>(batch.context);
  std::vector<Score> scores(static_cast<std::size_t>(batch.games));
  for (std::size_t cell = 0; cell < cells.size(); ++cell) {
    scores[cell / context] += cells[cell];
    if (by_ply != nullptr) (*by_ply)[cell % context] += cells[cell];
  }
  return scores;
}

Evaluation evaluate(const Transformer& model, const GameSource& source, std::int64_t games, int workers) {
  const auto vocabulary = model.config().vocabulary();
  auto result = evaluate_batches(model, games, workers, [&](std::int64_t first, std::int64_t count) {
    return take_batch(vocabulary, source, static_cast<std::uint64_t>(first), count);
  });
  if (!has_positions(result)) fail("player {} plays games without a second move to predict", source.player().name());
  result.known_player = source.player().knows_chances();
  return result;
}

Evaluation evaluate(const Transformer& model, std::span<const Game> games, const Player* player, int workers) {
  const auto vocabulary = model.config().vocabulary();
  const auto count = static_cast<std::int64_t>(games.size());
  auto result = evaluate_batches(model, count, workers, [&](std::int64_t first, std::int64_t part) {
    return make_batch(vocabulary, games.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(part)),
                      player);
  });
  if (!has_positions(result)) fail("none of the {} games has a second move to predict", count);
  result.known_player = player != nullptr;
  return result;
}

Json Evaluation::to_json() const {
  const auto clusters = [&](double Score::*field) {
    std::vector<Cluster> found;
    for (const Score& game : games) found.push_back({game.*field, game.positions});
    return found;
  };
  const auto mean = [&](double Score::*field) { return othello::to_json(ratio_of_sums(clusters(field))); };
  const auto of_player = [&](const Json& value) { return known_player ? value : Json(); };
  const auto excess = paired_difference(clusters(&Score::cross_entropy), clusters(&Score::floor));
  Score total;
  for (const Score& game : games) total += game;
  Json plies = Json::array();
  for (std::size_t t = 0; t < by_ply.size(); ++t) {
    const double n = by_ply[t].sum.positions;
    if (n == 0) continue;
    Json row{{"ply", t + 1}, {"positions", n}};
    const auto add = [&](const char* name, double Score::*field, bool known) {
      const double middle = by_ply[t].sum.*field / n, variance = by_ply[t].squares.*field / n - middle * middle;
      row[name] = known ? Json(middle) : Json();
      row["standard_error"][name] = known && n > 1 ? Json(std::sqrt(std::max(0.0, variance) / (n - 1))) : Json();
    };
    add("cross_entropy", &Score::cross_entropy, true);
    add("floor", &Score::floor, known_player);
    add("legal_top1", &Score::legal_top1, true);
    add("legal_mass", &Score::legal_mass, true);
    add("kl", &Score::kl, true);
    add("kl_player", &Score::kl_player, known_player);
    plies.push_back(row);
  }
  return {{"games", games.size()},
          {"positions", static_cast<std::int64_t>(total.positions)},
          {"cross_entropy", mean(&Score::cross_entropy)},
          {"floor", of_player(mean(&Score::floor))},
          {"excess", of_player(othello::to_json(excess))},
          {"legal_top1", mean(&Score::legal_top1)},
          {"legal_mass", mean(&Score::legal_mass)},
          {"kl", mean(&Score::kl)},
          {"kl_player", of_player(mean(&Score::kl_player))},
          {"by_ply", plies}};
}

}  // namespace othello
