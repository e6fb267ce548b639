#include "probes/sweep.h"

#include <algorithm>

#include "common/threads.h"
#include "probes/activation_stream.h"
#include "probes/logistic.h"
#include "probes/read_score.h"

namespace othello {
namespace {

const std::vector<double> kRidges{1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1};
constexpr std::int64_t kLeastGames = 60;
constexpr std::int64_t kLogisticGames = 1000;  // ample for d_model + 1 weights per square and class
constexpr double kLogisticL2 = 1e-5;
constexpr int kLogisticIterations = 100;

using Progress = std::function<void(double, const std::string&)>;

/// One input of the sweep with what was found for it.
struct Entry {
  std::unique_ptr<ProbeInput> input;
  std::size_t layer = 0;
  bool control = false;
  std::string control_name;
  Readout chosen;
  double choose_accuracy = 0;
  ReadScore report;
};

class Sweep {
 public:
  Sweep(const LoadedModel& loaded, const ProbeSettings& settings, const Progress& progress)
      : config_(loaded.model.config()),
        settings_(settings),
        progress_(progress),
        workers_(settings.workers == 0 ? available_cores() : settings.workers),
        untrained_(config_, loaded.facts.seed),
        stream_(GameSource(board_size(config_.board), settings.seed, Purpose::probes, settings.player),
                config_.vocabulary(), workers_) {
    const auto sites = residual_sites(config_);
    for (std::size_t layer = 0; layer < sites.size(); ++layer) add_site(loaded.model, sites[layer], layer, "");
    for (std::size_t layer = 0; layer < sites.size(); ++layer) add_site(untrained_, sites[layer], layer, "untrained");
    for (const auto kind : {MoveInput::Kind::majority, MoveInput::Kind::bag_of_moves, MoveInput::Kind::one_hot}) {
      Entry entry;
      entry.input = std::make_unique<MoveInput>(kind, config_.vocabulary());
      entry.control = true;
      entry.control_name = entry.input->name();
      entries_.push_back(std::move(entry));
    }
    squares_ = static_cast<std::int64_t>(board_squares(board_size(config_.board)).size());
  }

  ProbeSweep run() {
    choose(fit());
    stream_.run(
        settings_.fit_games() + settings_.choose_games(), settings_.report_games(), static_cast<int>(entries_.size()),
        [&](int i, const Positions& positions, const Activations& activations) {
          auto& entry = entries_[static_cast<std::size_t>(i)];
          entry.report.add(positions, entry.input->predict(positions, activations, entry.chosen));
        },
        [&](double share) { progress_(0.75 + 0.1 * share, "reading"); });
    const std::size_t best = best_entry("");
    ProbeSweep result;
    for (const auto& entry : entries_)
      if (!entry.control) result.probes.readouts.push_back(entry.chosen);
    result.document = document(best);
    if (settings_.logistic) result.document["probes"].push_back(logistic(best));
    return result;
  }

 private:
  void add_site(const Transformer& model, const Site& site, std::size_t layer, const std::string& control_name) {
    Entry entry;
    entry.input = std::make_unique<ActivationInput>(site_name(site), stream_.add(model, site), config_.d_model);
    entry.layer = layer;
    entry.control = !control_name.empty();
    entry.control_name = control_name;
    entries_.push_back(std::move(entry));
  }

  /// Readouts by entry and ridge.
  std::vector<std::vector<Readout>> fit() const {
    std::vector<std::vector<NormalEquations>> sums;
    for (const auto& entry : entries_) {
      auto& of_parity = sums.emplace_back();
      for (int parity = 0; parity < 2; ++parity)
        of_parity.emplace_back(entry.input->width(), squares_ * kStates, entry.input->first_intercept());
    }
    stream_.run(
        0, settings_.fit_games(), static_cast<int>(entries_.size()),
        [&](int i, const Positions& positions, const Activations& activations) {
          entries_[static_cast<std::size_t>(i)].input->accumulate(positions, activations,
                                                                  sums[static_cast<std::size_t>(i)].data());
        },
        [&](double share) { progress_(0.4 * share, "fitting"); });
    std::vector<std::vector<Readout>> readouts(entries_.size());
    parallel_for(static_cast<int>(entries_.size()), workers_, [&](int index, int) {
      const auto i = static_cast<std::size_t>(index);
      const TensorList solutions[2] = {sums[i][0].solve(kRidges), sums[i][1].solve(kRidges)};
      for (std::size_t r = 0; r < kRidges.size(); ++r)
        readouts[i].push_back({{solutions[0][r], solutions[1][r]}, kRidges[r]});
    });
    return readouts;
  }

  /// Keeps each entry's best ridge on games that were not fitted.
  void choose(const std::vector<std::vector<Readout>>& readouts) {
    const auto ridges = kRidges.size();
    std::vector<ReadScore> scores(entries_.size() * ridges);
    stream_.run(
        settings_.fit_games(), settings_.choose_games(), static_cast<int>(scores.size()),
        [&](int reader, const Positions& positions, const Activations& activations) {
          const auto i = static_cast<std::size_t>(reader) / ridges, r = static_cast<std::size_t>(reader) % ridges;
          scores[static_cast<std::size_t>(reader)].add(
              positions, entries_[i].input->predict(positions, activations, readouts[i][r]));
        },
        [&](double share) { progress_(0.45 + 0.3 * share, "choosing"); });
    for (std::size_t i = 0; i < entries_.size(); ++i)
      for (std::size_t r = 0; r < ridges; ++r)
        if (const double accuracy = scores[i * ridges + r].accuracy(); accuracy > entries_[i].choose_accuracy) {
          entries_[i].choose_accuracy = accuracy;
          entries_[i].chosen = readouts[i][r];
        }
  }

  std::size_t best_entry(const std::string& control_name) const {
    std::size_t best = entries_.size();
    for (std::size_t i = 0; i < entries_.size(); ++i)
      if (entries_[i].control_name == control_name &&
          (best == entries_.size() || entries_[i].choose_accuracy > entries_[best].choose_accuracy))
        best = i;
    return best;
  }

  Json row(const Entry& entry) const {
    Json out;
    if (entry.control) out["name"] = entry.control_name;
    if (!entry.control || entry.control_name == "untrained") {
      out["site"] = entry.input->name();
      out["layer"] = entry.layer;
    }
    out.update({{"kind", "ridge"}, {"target", "mine-yours-empty"}, {"frame", "mover"}, {"ridge", entry.chosen.ridge}});
    out.update(entry.report.to_json(board_size(config_.board)));
    return out;
  }

  Json document(std::size_t best) const {
    Json out;
    out["probes"] = Json::array(), out["controls"] = Json::array();
    for (const auto& entry : entries_) out[entry.control ? "controls" : "probes"].push_back(row(entry));
    Json differences;
    for (const char* name : {"majority", "bag-of-moves", "one-hot", "untrained"})
      differences[name] = to_json(entries_[best].report.minus(entries_[best_entry(name)].report));
    const Json best_row = row(entries_[best]);
    out["best"] = {{"site", best_row["site"]},
                   {"kind", "ridge"},
                   {"layer", best_row["layer"]},
                   {"accuracy", best_row["accuracy"]},
                   {"colour_on_occupied", best_row["colour_on_occupied"]},
                   {"differences", differences}};
    return out;
  }

  /// A logistic probe at the best site, from the ridge solution, on a part of the same fit games.
  Json logistic(std::size_t best) {
    const auto& entry = entries_[best];
    const auto& input = static_cast<const ActivationInput&>(*entry.input);
    std::vector<TensorList> x(2), y(2);
    stream_.run(
        0, std::min(kLogisticGames, settings_.fit_games()), 1,
        [&](int, const Positions& positions, const Activations& activations) {
          for (const int parity : {0, 1}) {
            x[static_cast<std::size_t>(parity)].push_back(input.rows(positions, activations, parity));
            y[static_cast<std::size_t>(parity)].push_back(
                positions.indicators(parity).view({-1, squares_, kStates}).argmax(-1));
          }
        },
        [](double) {});
    progress_(0.87, "logistic probe");
    std::vector<LogisticFit> fits(2);
    parallel_for(2, workers_, [&](int parity, int) {
      const auto p = static_cast<std::size_t>(parity);
      fits[p] =
          fit_logistic(at::cat(x[p]), at::cat(y[p]), entry.chosen.weights[parity], kLogisticL2, kLogisticIterations);
    });
    const Readout readout{{fits[0].weights, fits[1].weights}, kLogisticL2};
    ReadScore score;
    stream_.run(
        settings_.fit_games() + settings_.choose_games(), settings_.report_games(), 1,
        [&](int, const Positions& positions, const Activations& activations) {
          score.add(positions, input.predict(positions, activations, readout));
        },
        [&](double share) { progress_(0.95 + 0.05 * share, "logistic probe"); });
    Json out{{"site", input.name()},         {"layer", entry.layer}, {"kind", "logistic"},
             {"target", "mine-yours-empty"}, {"frame", "mover"},     {"ridge", kLogisticL2}};
    out["gradient_norm"] = std::max(fits[0].gradient_norm, fits[1].gradient_norm);
    out["iterations"] = std::max(fits[0].iterations, fits[1].iterations);
    out["fit_games"] = std::min(kLogisticGames, settings_.fit_games());
    out.update(score.to_json(board_size(config_.board)));
    return out;
  }

  ModelConfig config_;
  ProbeSettings settings_;
  const Progress& progress_;
  int workers_;
  Transformer untrained_;
  ActivationStream stream_;
  std::vector<Entry> entries_;
  std::int64_t squares_ = 0;
};

}  // namespace

ProbeSweep probe_sweep(const LoadedModel& loaded, const ProbeSettings& settings, const Progress& progress) {
  if (settings.games < kLeastGames)
    fail("{} games are too few to fit, choose and report on different ones; give at least {}", settings.games,
         kLeastGames);
  const at::NoGradGuard no_grad;
  return Sweep(loaded, settings, progress).run();
}

}  // namespace othello
