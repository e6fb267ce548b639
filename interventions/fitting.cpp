#include "interventions/fitting.h"

#include <algorithm>

#include "probes/activation_stream.h"
#include "probes/mlp.h"
#include "probes/ridge_sweep.h"

namespace othello {
namespace {

constexpr double kMostBytes = 600e6;  // of activations that are kept

/// A stream of mine / yours / empty and of the activations at `places`: target 0, source i for place i.
ActivationStream stream_of(const Transformer& model, const ProbeGames& games, const std::vector<ProbeSite>& places,
                           int workers) {
  const auto vocabulary = model.config().vocabulary();
  ActivationStream stream(games, vocabulary, {}, workers);
  stream.add(make_target("mine-yours-empty", vocabulary));
  for (const auto& place : places) stream.add(model, place.site, place.head);
  return stream;
}

std::unique_ptr<ActivationInput> input_of(const ProbeSite& place, std::size_t source, const ModelConfig& config) {
  return std::make_unique<ActivationInput>(site_name(place), source, site_width(place, config));
}

}  // namespace

ProbeSet fit_board_probes(const Transformer& model, const ProbeGames& games, const std::vector<ProbeSite>& places,
                          int workers, const FittingProgress& progress) {
  const at::NoGradGuard no_grad;
  const auto stream = stream_of(model, games, places, workers);
  std::vector<SweepInput> inputs;
  for (std::size_t i = 0; i < places.size(); ++i)
    inputs.push_back({input_of(places[i], i, model.config()), {0}, false});
  RidgeSweep sweep(stream, std::move(inputs), {Mode::by_parity});
  const auto choose = games.count() / 6;
  Unfinished nothing;
  sweep.fit({{0, games.count() - choose}, {games.count() - choose, choose}, {}}, nothing,
            [&](double share, const std::string&) { progress(share); });
  const auto& target = stream.targets()[0];
  ProbeSet set;
  for (const auto& probe : sweep.probes())
    set.probes.push_back({places[probe.input], target.name, target.frame, word_of(Mode::by_parity), "ridge",
                          target.classes, probe.readout});
  return set;
}

std::map<ProbeSite, std::array<PlaneReadout, 2>> fit_hidden_probes(const Transformer& model, const ProbeGames& games,
                                                                   const std::vector<ProbeSite>& places,
                                                                   std::int64_t width, int workers,
                                                                   const FittingProgress& progress) {
  const at::NoGradGuard no_grad;
  const auto& config = model.config();
  double bytes = 0;  // of a game
  for (const auto& place : places)
    bytes += 4.0 * static_cast<double>(config.vocabulary().context() * site_width(place, config));
  const auto used = std::min(games.count(), static_cast<std::int64_t>(kMostBytes / bytes));
  const auto held_out = std::max<std::int64_t>(1, used / 10);
  const auto stream = stream_of(model, games, places, workers);
  const auto collect = [&](const GameRange& range) {
    ProbeBatches batches;
    stream.run(
        range, 1, [&](int, const std::shared_ptr<const ProbeBatch>& batch) { batches.push_back(batch); },
        [](std::int64_t) {});
    return batches;
  };
  const auto fit = collect({0, used - held_out}), stop = collect({used - held_out, held_out});
  const auto& target = stream.targets()[0];
  std::map<ProbeSite, std::array<PlaneReadout, 2>> found;
  for (std::size_t i = 0; i < places.size(); ++i) {
    progress(static_cast<double>(i) / static_cast<double>(places.size()));
    const auto input = input_of(places[i], i, config);
    for (const int parity : {0, 1}) {
      MlpSettings settings;
      settings.width = width, settings.workers = workers;
      const MlpProblem problem{*input, fit, stop, {parity}, 0, target.units, target.class_count()};
      found[places[i]][static_cast<std::size_t>(parity)] =
          planes_of(fit_mlp(problem, settings).probe, target.class_count());
    }
  }
  return found;
}

std::map<ProbeSite, Tensor> mean_activations(const Transformer& model, const ProbeGames& games,
                                             const std::vector<ProbeSite>& places, int workers,
                                             const FittingProgress& progress) {
  const at::NoGradGuard no_grad;
  const auto stream = stream_of(model, games, places, workers);
  const auto context = model.config().vocabulary().context();
  TensorList sums;
  auto rows = torch::zeros({context, 1}, at::kDouble);
  for (const auto& place : places)
    sums.push_back(torch::zeros({context, site_width(place, model.config())}, at::kDouble));
  stream.run(
      {0, games.count()}, static_cast<int>(places.size()),
      [&](int reader, const std::shared_ptr<const ProbeBatch>& batch) {
        const auto i = static_cast<std::size_t>(reader);
        std::vector<std::int64_t> plies;
        for (const auto& row : batch->positions.rows) plies.push_back(row.ply - 1);
        const auto index = at::tensor(plies, at::kLong);
        sums[i].index_add_(0, index, batch->activations[i].to(at::kDouble));
        if (i == 0) rows.index_add_(0, index, torch::ones({index.size(0), 1}, at::kDouble));
      },
      [&](std::int64_t done) { progress(static_cast<double>(done) / static_cast<double>(games.count())); });
  std::map<ProbeSite, Tensor> means;
  for (std::size_t i = 0; i < places.size(); ++i) {
    const auto all = sums[i].sum(0, true) / rows.sum();
    means[places[i]] = at::where(rows > 0, sums[i] / rows.clamp_min(1.0), all).to(at::kFloat);
  }
  return means;
}

std::map<ProbeSite, NormalEquations> board_sums(const Transformer& model, const ProbeGames& games,
                                                const std::vector<ProbeSite>& places, int workers,
                                                const FittingProgress& progress) {
  const at::NoGradGuard no_grad;
  const auto stream = stream_of(model, games, places, workers);
  const auto& target = stream.targets()[0];
  std::vector<std::unique_ptr<ActivationInput>> inputs;
  std::vector<NormalEquations> sums;
  for (std::size_t i = 0; i < places.size(); ++i) {
    inputs.push_back(input_of(places[i], i, model.config()));
    sums.emplace_back(*inputs.back(), std::vector<std::int64_t>{target.outputs()});
  }
  stream.run(
      {0, games.count()}, static_cast<int>(places.size()),
      [&](int reader, const std::shared_ptr<const ProbeBatch>& batch) {
        const auto i = static_cast<std::size_t>(reader);
        for (const int parity : {0, 1})
          sums[i].add(*inputs[i], *batch, parity, {indicators(*batch, 0, parity, target.units, target.class_count())});
      },
      [&](std::int64_t done) { progress(static_cast<double>(done) / static_cast<double>(games.count())); });
  std::map<ProbeSite, NormalEquations> found;
  for (std::size_t i = 0; i < places.size(); ++i) found[places[i]] = std::move(sums[i]);
  return found;
}

}  // namespace othello
