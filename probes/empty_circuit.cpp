#include "probes/empty_circuit.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "common/statistics.h"
#include "common/threads.h"
#include "engine/notation.h"
#include "model/batch_tensors.h"
#include "model/operations.h"

namespace othello {
namespace {

constexpr std::int64_t kBatchGames = 64;
constexpr double kNoDirection = 1e-4;  // of the longest of a board
constexpr int kDraws = 500;

/// Rows as unit vectors, NaN where a row is as good as 0: [rows, width] fp64.
Tensor unit_rows(const Tensor& rows) {
  const auto wide = rows.to(at::kDouble);
  const auto length = wide.norm(2, {1}, true);
  return wide / length.masked_fill(length <= length.max() * kNoDirection, std::numeric_limits<double>::quiet_NaN());
}

/// The mean of those that are numbers, E over them; null if none is.
Json mean_of(const Tensor& values) {
  std::vector<Cluster> clusters;
  const auto flat = values.contiguous();
  for (std::int64_t i = 0; i < flat.numel(); ++i)
    if (const double value = flat.data_ptr<double>()[i]; std::isfinite(value)) clusters.push_back({value, 1});
  return clusters.empty() ? Json() : to_json(ratio_of_sums(clusters));
}

Tensor same_square(const Tensor& writes, const Tensor& directions) { return (writes * directions).sum(1); }

/// By square, the mean cosine with the directions of the others.
Tensor other_squares(const Tensor& writes, const Tensor& directions) {
  const auto cosines = at::mm(writes, directions.t()), known = cosines.isfinite();
  const auto others = known.logical_and(at::eye(cosines.size(0), at::kDouble) == 0).to(at::kDouble);
  return at::where(known, cosines, at::zeros_like(cosines)).mul(others).sum(1) / others.sum(1);
}

Json random_directions(const Tensor& writes) {
  const Stream stream = Stream(0).child("directions of the empty circuit");
  auto drawn = torch::empty(writes.sizes(), at::kFloat);
  Sampled means{0, {}, kDraws};
  for (int draw = 0; draw < kDraws; ++draw) {
    stream.normal(static_cast<std::uint64_t>(draw), {drawn.data_ptr<float>(), static_cast<std::size_t>(drawn.numel())});
    means.replicates.push_back(same_square(writes, unit_rows(drawn)).mean().item<double>());
    means.value += means.replicates.back() / kDraws;
  }
  return to_json(means);
}

/// The network up to its first block, with the same weights.
Transformer first_block(const Transformer& model) {
  auto config = model.config();
  auto parameters = model.parameters();
  config.layers = 1;
  parameters.blocks.resize(1);
  return {config, std::move(parameters)};
}

/// Games as tokens, and which squares are empty at their positions that have a next move.
struct Emptiness {
  struct At {
    std::size_t cell, game, column;
    Bits empty;
  };
  Batch batch;
  std::vector<At> positions;
};

Emptiness emptiness(const LensGames& from, const Vocabulary& vocabulary, std::int64_t first, std::int64_t count) {
  const auto games = take_games(from.source, static_cast<std::uint64_t>(first), count);
  const GameFacts facts(vocabulary.board(), games);
  Emptiness found{make_batch(vocabulary, games, facts), {}};
  const auto context = static_cast<std::size_t>(found.batch.context);
  for (std::size_t cell = 0; cell < found.batch.targets.size(); ++cell) {
    if (found.batch.targets[cell] == kPadding) continue;
    const auto game = cell / context, column = cell % context;
    const Bits discs = facts.at(game, static_cast<int>(column) + 1).after.occupied();
    found.positions.push_back({cell, game, column, vocabulary.board().squares & ~discs});
  }
  return found;
}

/// What is more frequent, by ply: squares that are empty in more than half of the positions. [context]
std::vector<Bits> majority_empty(const LensGames& games, const Vocabulary& vocabulary,
                                 const std::vector<Square>& squares) {
  const auto context = static_cast<std::size_t>(vocabulary.context());
  std::vector<std::array<std::int64_t, 64>> often(context);
  std::vector<std::int64_t> seen(context);
  for (std::int64_t done = 0; done < games.count; done += kBatchGames) {
    const auto next = emptiness(games, vocabulary, games.count + done, std::min(kBatchGames, games.count - done));
    for (const auto& at : next.positions) {
      ++seen[at.column];
      for_each_square(at.empty, [&](Square square) { ++often[at.column][static_cast<std::size_t>(square)]; });
    }
  }
  std::vector<Bits> majority(context);
  for (std::size_t t = 0; t < context; ++t)
    for (const Square square : squares)
      if (2 * often[t][static_cast<std::size_t>(square)] > seen[t]) majority[t] |= bit(square);
  return majority;
}

}  // namespace

Tensor value_writes(const Transformer& model) {
  const at::NoGradGuard no_grad;
  const auto& p = model.parameters();
  const auto& b = p.blocks[0];
  const std::int64_t d = model.config().d_model, heads = model.config().heads;
  const auto moves = p.W_E.slice(0, 1, p.W_E.size(0));
  const auto e = ops::layer_norm(moves, b.ln1_w, at::zeros_like(b.ln1_w));  // [moves, d_model]
  const auto v = at::mm(e, b.W_QKV.slice(1, 2 * d, 3 * d)).view({-1, heads, d / heads}).permute({1, 0, 2});
  return at::bmm(v, b.W_O.view({heads, d / heads, d})).contiguous();  // a head has its own rows of W_O
}

Tensor empty_directions(const FittedProbe& probe, const Vocabulary& vocabulary) {
  std::vector<float> contrast(probe.classes.size(), -0.5F);
  contrast.at(static_cast<std::size_t>(probe.class_index("empty"))) = 1;
  std::vector<std::int64_t> squares;
  for (int token = 1; token < vocabulary.size(); ++token)
    squares.push_back(vocabulary.square(static_cast<Token>(token)));
  const auto both =
      (contrasts(probe, contrast, 0, vocabulary.board()) + contrasts(probe, contrast, 1, vocabulary.board())) / 2;
  return both.index_select(0, at::tensor(squares, at::kLong));
}

Tensor empty_mean_differences(const Transformer& model, const LensGames& games) {
  const at::NoGradGuard no_grad;
  const auto vocabulary = model.config().vocabulary();
  const auto block = first_block(model);
  const std::int64_t plies = vocabulary.context(), moves = vocabulary.size() - 1, width = model.config().d_model;
  // By ply the sums of activations and numbers of positions, where each move's square is empty and in all.
  auto empty_sum = torch::zeros({plies, moves, width}, at::kDouble),
       all_sum = torch::zeros({plies, 1, width}, at::kDouble);
  auto empties = torch::zeros({plies, moves, 1}, at::kDouble), positions = torch::zeros({plies, 1, 1}, at::kDouble);
  for (std::int64_t done = 0; done < games.count; done += kBatchGames) {
    const auto next = emptiness(games, vocabulary, done, std::min(kBatchGames, games.count - done));
    auto empty = torch::zeros({next.batch.games, plies, moves}, at::kDouble);
    auto counts = torch::zeros({next.batch.games, plies, 1}, at::kDouble);
    for (const auto& at : next.positions) {
      counts.data_ptr<double>()[at.cell] = 1;
      for (std::int64_t i = 0; i < moves; ++i)
        empty.data_ptr<double>()[static_cast<std::int64_t>(at.cell) * moves + i] =
            (at.empty & bit(vocabulary.square(static_cast<Token>(i + 1)))) != 0;
    }
    Trace trace;
    trace.record(kEmptyCircuitSite);
    block.forward(batch_tensor(next.batch, next.batch.tokens), &trace);
    const auto x = trace.value(kEmptyCircuitSite).to(at::kDouble).transpose(0, 1);  // [plies, games, d_model]
    empty_sum += at::bmm(empty.permute({1, 2, 0}), x);
    all_sum += at::bmm(counts.permute({1, 2, 0}), x);
    empties += empty.sum(0).unsqueeze(2);
    positions += counts.sum(0).unsqueeze(2);
  }
  const auto taken = positions - empties;
  const auto difference = empty_sum / empties.clamp_min(1) - (all_sum - empty_sum) / taken.clamp_min(1);
  const auto weight = empties * taken / positions.clamp_min(1);  // 0 where there is only one kind
  return (weight * difference).sum(0) / weight.sum(0).clamp_min(1e-300);
}

Json circuit_cosines(const Transformer& model, const Transformer& untrained, const FittedProbe& probe) {
  const auto vocabulary = model.config().vocabulary();
  const auto directions = unit_rows(empty_directions(probe, vocabulary));
  const auto by_head = value_writes(model);
  const auto writes = unit_rows(by_head.sum(0));
  const auto cosines = same_square(writes, directions).contiguous();
  Json squares = Json::array(), heads = Json::array();
  for (std::int64_t i = 0; i < cosines.size(0); ++i) {
    const double cosine = cosines.data_ptr<double>()[i];
    squares.push_back({{"square", square_name(vocabulary.square(static_cast<Token>(i + 1)))},
                       {"cosine", std::isfinite(cosine) ? Json(cosine) : Json()}});
  }
  for (std::int64_t head = 0; head < by_head.size(0); ++head)
    heads.push_back({{"head", head}, {"cosine", mean_of(same_square(unit_rows(by_head[head]), directions))}});
  const auto control = [](const char* name, Json cosine) {
    return Json{{"name", name}, {"cosine", std::move(cosine)}};
  };
  return {{"site", site_name(probe.site)},
          {"cosine", mean_of(cosines)},
          {"squares", std::move(squares)},
          {"heads", std::move(heads)},
          {"controls",
           {control("other-squares", mean_of(other_squares(writes, directions))),
            control("random-direction", random_directions(writes)),
            control("untrained", mean_of(same_square(unit_rows(value_writes(untrained).sum(0)), directions)))}}};
}

Json empty_accuracy(const Transformer& model, const ProbeSet& probes, const LensGames& games) {
  const auto vocabulary = model.config().vocabulary();
  const auto squares = board_squares(vocabulary.board());
  const auto block = first_block(model);
  std::vector<const FittedProbe*> read;
  for (const Site site : {Site{SiteKind::resid_pre, 0}, kEmptyCircuitSite})
    if (const auto* probe = find_mover_probe(probes, site); probe != nullptr) read.push_back(probe);
  const auto majority = majority_empty(games, vocabulary, squares);

  // Right answers by game: of the majority, then of every probe.
  std::vector<std::vector<Cluster>> right(1 + read.size(), std::vector<Cluster>(static_cast<std::size_t>(games.count)));
  const auto batches = static_cast<int>((games.count + kBatchGames - 1) / kBatchGames);
  parallel_for(batches, games.workers, [&](int i, int worker) {
    const at::NoGradGuard no_grad;
    const auto first = i * kBatchGames;
    const auto truth = emptiness(games, vocabulary, first, std::min(kBatchGames, games.count - first));
    Trace trace;
    for (const auto* probe : read) trace.record(probe->site.site);
    block.forward(batch_tensor(truth.batch, truth.batch.tokens), &trace);
    const auto count_right = [&](std::size_t row, const auto& says_empty) {
      for (const auto& at : truth.positions) {
        auto& game = right[row][static_cast<std::size_t>(first) + at.game];
        game.sum += count(~(says_empty(at) ^ at.empty) & vocabulary.board().squares);
        game.count += static_cast<double>(squares.size());
      }
    };
    count_right(0, [&](const Emptiness::At& at) { return majority[at.column]; });
    for (std::size_t k = 0; k < read.size(); ++k) {
      const auto classes = read_classes(*read[k], trace.value(read[k]->site.site));  // [games, pos, squares]
      const auto* answer = classes.data_ptr<std::int64_t>();
      count_right(1 + k, [&](const Emptiness::At& at) {
        Bits empty = 0;
        for (std::size_t s = 0; s < squares.size(); ++s)
          if (answer[at.cell * squares.size() + s] == static_cast<std::int64_t>(SquareState::empty))
            empty |= bit(squares[s]);
        return empty;
      });
    }
    if (worker == 0) games.progress((i + 1.0) / batches);
  });
  Json rows = Json::array();
  for (std::size_t k = 0; k < read.size(); ++k)
    rows.push_back({{"site", site_name(read[k]->site)},
                    {"accuracy", to_json(ratio_of_sums(right[1 + k]))},
                    {"majority", to_json(ratio_of_sums(right[0]))}});
  return rows;
}

Json empty_circuit(const Transformer& model, const Transformer& untrained, const ProbeSet& probes,
                   const LensGames& games) {
  const auto* probe = find_mover_probe(probes, kEmptyCircuitSite);
  if (probe == nullptr) return nullptr;
  Json found = circuit_cosines(model, untrained, *probe);
  const auto writes = unit_rows(value_writes(model).sum(0)), means = unit_rows(empty_mean_differences(model, games));
  found["mean_difference"] = {{"cosine", mean_of(same_square(writes, means))},
                              {"other_squares", mean_of(other_squares(writes, means))}};
  found["empty_accuracy"] = empty_accuracy(model, probes, games);
  return found;
}

}  // namespace othello
