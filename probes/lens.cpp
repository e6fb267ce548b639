#include "probes/lens.h"

#include <algorithm>
#include <optional>

#include "common/threads.h"
#include "model/batch_tensors.h"
#include "model/evaluation.h"
#include "probes/layer_order.h"

namespace othello {
namespace {

constexpr std::int64_t kBatchGames = 64;
constexpr std::pair<const char*, double Score::*> kScores[] = {{"legal_top1", &Score::legal_top1},
                                                               {"legal_mass", &Score::legal_mass},
                                                               {"kl", &Score::kl},
                                                               {"cross_entropy", &Score::cross_entropy}};

/// Sums over the positions of a game at one layer.
struct LayerSums {
  Score model, untrained;
  double squares = 0;  // that are read right
  double exact = 0;    // positions at which all are
};

/// What a batch of games gives.
struct Part {
  std::vector<std::vector<LayerSums>> layers;  // [layers][games]
  OrderTally order;
};

/// The lens at every layer: [layers] of [games, pos, vocabulary]. `visit` gets the stream itself as well.
template <class Visit>
void for_each_layer(const Transformer& model, const Tensor& tokens, const Visit& visit) {
  const auto sites = residual_sites(model.config());
  Trace trace;
  for (const auto& site : sites) trace.record(site);
  model.forward(tokens, &trace);
  for (std::size_t layer = 0; layer < sites.size(); ++layer) {
    const auto& x = trace.value(sites[layer]);
    visit(layer, x, lens_logits(model, x));
  }
}

class LensPass {
 public:
  LensPass(const Transformer& model, const Transformer& untrained, const ProbeSet* probes, const LensGames& games)
      : model_(model),
        untrained_(untrained),
        games_(games),
        vocabulary_(model.config().vocabulary()),
        squares_(board_squares(vocabulary_.board())) {
    for (const auto& site : residual_sites(model.config()))
      probes_.push_back(probes == nullptr ? nullptr : find_mover_probe(*probes, site));
  }

  const std::vector<const FittedProbe*>& probes() const { return probes_; }
  bool has_order() const {
    return std::all_of(probes_.begin(), probes_.end(), [](const FittedProbe* probe) { return probe != nullptr; });
  }

  Part part(std::int64_t first, std::int64_t count) const {
    const at::NoGradGuard no_grad;
    const auto games = take_games(games_.source, static_cast<std::uint64_t>(first), count);
    const GameFacts facts(vocabulary_.board(), games);
    const auto batch = make_batch(vocabulary_, games, facts);
    const auto tokens = batch_tensor(batch, batch.tokens);
    Part part{std::vector(probes_.size(), std::vector<LayerSums>(games.size())), OrderTally(vocabulary_, count)};
    std::vector<LayerView> views(batch.targets.size() * probes_.size());  // [games · context, layers]
    for_each_layer(model_, tokens, [&](std::size_t layer, const Tensor& x, const Tensor& logits) {
      auto& sums = part.layers[layer];
      const auto scores = score_batch(logits, batch);
      for (std::size_t g = 0; g < games.size(); ++g) sums[g].model = scores[g];
      const auto top = logits.argmax(-1).contiguous();  // [games, pos]
      for (std::size_t cell = 0; cell < batch.targets.size(); ++cell)
        views[cell * probes_.size() + layer].top = static_cast<Token>(top.data_ptr<std::int64_t>()[cell]);
      if (probes_[layer] != nullptr) read_board(layer, x, batch, facts, sums, views);
    });
    for_each_layer(untrained_, tokens, [&](std::size_t layer, const Tensor&, const Tensor& logits) {
      const auto scores = score_batch(logits, batch);
      for (std::size_t g = 0; g < games.size(); ++g) part.layers[layer][g].untrained = scores[g];
    });
    if (has_order()) order_positions(batch, facts, views, part.order);
    return part;
  }

 private:
  /// Calls `visit(cell, game, facts)` for every position with a next move.
  template <class Visit>
  static void for_each_position(const Batch& batch, const GameFacts& facts, const Visit& visit) {
    const auto context = static_cast<std::size_t>(batch.context);
    for (std::size_t cell = 0; cell < batch.targets.size(); ++cell)
      if (batch.targets[cell] != kPadding)
        visit(cell, cell / context, facts.at(cell / context, static_cast<int>(cell % context) + 1));
  }

  void read_board(std::size_t layer, const Tensor& x, const Batch& batch, const GameFacts& facts,
                  std::vector<LayerSums>& sums, std::vector<LayerView>& views) const {
    const auto answers = read_classes(*probes_[layer], x);  // [games, pos, squares]
    const auto* answer = answers.data_ptr<std::int64_t>();
    for_each_position(batch, facts, [&](std::size_t cell, std::size_t game, const PlyFacts& at) {
      Bits right = 0;
      for (std::size_t i = 0; i < squares_.size(); ++i)
        if (answer[cell * squares_.size() + i] == static_cast<std::int64_t>(state(at.after, squares_[i])))
          right |= bit(squares_[i]);
      sums[game].squares += count(right);
      sums[game].exact += right == vocabulary_.board().squares ? 1 : 0;
      views[cell * probes_.size() + layer].right = right;
    });
  }

  void order_positions(const Batch& batch, const GameFacts& facts, const std::vector<LayerView>& views,
                       OrderTally& tally) const {
    for_each_position(batch, facts, [&](std::size_t cell, std::size_t game, const PlyFacts& at) {
      const auto of = std::span(views).subspan(cell * probes_.size(), probes_.size());
      const Token move = of.back().top;
      if (move == kPadding || (at.legal & bit(vocabulary_.square(move))) == 0) return;
      tally.add(static_cast<std::int64_t>(game), static_cast<int>(cell % static_cast<std::size_t>(batch.context)) + 1,
                onsets(of, at, vocabulary_), static_cast<int>(of.size()));
    });
  }

  const Transformer &model_, &untrained_;
  const LensGames& games_;
  Vocabulary vocabulary_;
  std::vector<Square> squares_;
  std::vector<const FittedProbe*> probes_;  // [layers]
};

/// {"legal_top1": E, …} of the sums of every game.
Json scores_json(const std::vector<LayerSums>& games, Score LayerSums::*of) {
  std::vector<double> sums;
  for (const auto& game : games) {
    sums.push_back((game.*of).positions);
    for (const auto& [name, field] : kScores) sums.push_back((game.*of).*field);
  }
  const Bootstrap bootstrap(sums, 1 + std::size(kScores));
  Json row;
  for (std::size_t k = 0; k < std::size(kScores); ++k)
    row[kScores[k].first] = to_json(bootstrap.of([&](auto total) { return total[1 + k] / total[0]; }));
  return row;
}

}  // namespace

Tensor lens_logits(const Transformer& model, const Tensor& x) { return model.forward_from(model.config().layers, x); }

Json lens(const Transformer& model, const Transformer& untrained, const ProbeSet* probes, const LensGames& games) {
  const LensPass pass(model, untrained, probes, games);
  const auto batches = static_cast<int>((games.count + kBatchGames - 1) / kBatchGames);
  std::vector<std::optional<Part>> parts(static_cast<std::size_t>(batches));
  parallel_for(batches, games.workers, [&](int i, int worker) {
    const auto first = i * kBatchGames;
    parts[static_cast<std::size_t>(i)] = pass.part(first, std::min(kBatchGames, games.count - first));
    if (worker == 0) games.progress((i + 1.0) / batches);
  });

  Part all = std::move(*parts[0]);
  for (std::size_t i = 1; i < parts.size(); ++i) {
    for (std::size_t layer = 0; layer < all.layers.size(); ++layer)
      all.layers[layer].insert(all.layers[layer].end(), parts[i]->layers[layer].begin(), parts[i]->layers[layer].end());
    all.order.append(parts[i]->order);
  }
  double positions = 0;
  for (const auto& game : all.layers[0]) positions += game.model.positions;
  if (positions == 0) fail("player {} plays games without a second move to predict", games.source.player().name());

  Json layers = Json::array();
  const auto sites = residual_sites(model.config());
  const double squares = model.config().vocabulary().board().square_count();
  for (std::size_t layer = 0; layer < sites.size(); ++layer) {
    const auto& sums = all.layers[layer];
    Json row{{"layer", layer}, {"site", site_name(sites[layer])}};
    row.update(scores_json(sums, &LayerSums::model));
    const auto board = [&](double LayerSums::*field, double of) -> Json {
      if (pass.probes()[layer] == nullptr) return nullptr;
      std::vector<Cluster> clusters;
      for (const auto& game : sums) clusters.push_back({game.*field, game.model.positions * of});
      return to_json(ratio_of_sums(clusters));
    };
    row["board_accuracy"] = board(&LayerSums::squares, squares);
    row["board_exact"] = board(&LayerSums::exact, 1);
    row["untrained"] = scores_json(sums, &LayerSums::untrained);
    layers.push_back(std::move(row));
  }
  return {{"positions", static_cast<std::int64_t>(positions)},
          {"layers", std::move(layers)},
          {"order", pass.has_order() ? all.order.to_json() : Json()}};
}

}  // namespace othello
