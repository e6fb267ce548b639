#include "theory/emergence.h"

#include <algorithm>
#include <cmath>

#include "common/progress.h"
#include "common/threads.h"
#include "model/evaluation.h"
#include "probes/ridge_sweep.h"
#include "probes/sweep_results.h"
#include "theory/emergence_neurons.h"
#include "theory/joined_series.h"
#include "theory/logistic_curve.h"

namespace othello {
namespace {

enum TargetIndex : std::size_t { kBoard, kOccupied, kLegal };

struct ConceptAccuracy {
  std::string name;
  Json flips;  // "0" … "4+", or null
  Sampled accuracy;
};
using Concepts = std::vector<ConceptAccuracy>;

/// Is there a disc? A target of its own, as the best probe of the board is not that of its discs.
Target occupied_target(const Vocabulary& vocabulary) {
  return {"occupied",
          "",
          {"empty", "disc"},
          vocabulary.board().square_count(),
          [](const Positions& positions, std::span<std::uint8_t> labels) {
            auto label = labels.begin();
            for (const auto& row : positions.rows) {
              const Bits discs = positions.facts.at(static_cast<std::size_t>(row.game), row.ply).after.occupied();
              for (const Square square : positions.squares) *label++ = (discs & bit(square)) != 0;
            }
          }};
}

Json point(const ConceptAccuracy& of) {
  return {{"name", of.name}, {"flips", of.flips}, {"accuracy", to_json(of.accuracy)}};
}

class Study {
 public:
  Study(const std::vector<SeriesCheckpoint>& series, std::int64_t batch_games, const EmergenceSettings& settings,
        const SweepProgress& progress)
      : series_(series),
        ahead_(static_cast<double>(batch_games)),
        settings_(settings),
        progress_(progress),
        workers_(settings.workers == 0 ? available_cores() : settings.workers),
        last_(load_model(series.back().folder)),
        config_(last_.model.config()),
        vocabulary_(config_.vocabulary()),
        games_(GameSource(vocabulary_.board(), settings.seed, Purpose::probes, settings.player), settings.games),
        split_(emergence_split(settings.games)),
        neurons_{games_, vocabulary_, split_.report, settings.frame, workers_} {
    if (!settings.site.empty()) site_ = parse_probe_site(settings.site, config_);
  }

  Json run() {
    if (settings_.site.empty()) site_ = best_site();
    const int blocks = blocks_passed(site_);
    hidden_ = {{SiteKind::mlp_post, std::max(0, blocks - 1)}, -1};
    measure_moves();
    Json document{{"site", site_name(site_)},
                  {"frame", word_of(settings_.frame)},
                  {"mode", word_of(Mode::by_parity)},
                  {"axis", {{"x", "log10(games + games_ahead)"}, {"games_ahead", ahead_}}},
                  {"games",
                   {{"fit", split_.fit.count},
                    {"choose", split_.choose.count},
                    {"report", split_.report.count},
                    {"evaluation", settings_.evaluation_games}}}};
    for (std::size_t i = 0; i < series_.size(); ++i) {
      part_ = {0.1 + 0.75 * static_cast<double>(i) / static_cast<double>(series_.size()),
               0.75 / static_cast<double>(series_.size())};
      document["checkpoints"].push_back(at_checkpoint(i));
    }
    part_ = {0.85, 0.05};
    document["concepts"] = onsets();
    document["stages"] = stages(document["checkpoints"]);
    if (settings_.independence) {
      document["independence"] = independence_;
      part_ = {0.9, 0.08};
      document["detectors"] = detector_rows(series_, last_, neurons_, settings_.seed, span(0, 1, "detectors"));
      part_ = {0.98, 0.02};
      document["symmetry"] = symmetry_rows(last_, neurons_);
      tell(1, "symmetry");
    }
    return document;
  }

 private:
  /// A share of what is under way.
  void tell(double share, const std::string& what) const { progress_(part_.first + part_.second * share, what); }
  SweepProgress span(double from, double to, const std::string& what) const {
    return [this, from, to, what](double share, const std::string&) { tell(from + (to - from) * share, what); };
  }

  ActivationStream stream() const {
    ActivationStream made(games_, vocabulary_, {}, workers_);
    made.add(make_target("mine-yours-empty", vocabulary_, settings_.frame));  // in the order of TargetIndex
    made.add(occupied_target(vocabulary_));
    made.add(make_target("legal", vocabulary_, settings_.frame));
    return made;
  }

  SweepInput input(ActivationStream& to, const Transformer& model, const ProbeSite& site,
                   std::vector<std::size_t> targets,
                   ActivationInput::Change change = ActivationInput::Change::none) const {
    return {std::make_unique<ActivationInput>(site_name(site), to.add(model, site.site, site.head),
                                              site_width(site, config_), true, change),
            std::move(targets), false};
  }

  ProbeSite best_site() {
    auto made = stream();
    std::vector<SweepInput> inputs;
    std::vector<ProbeSite> sites;
    for (const auto& site : residual_sites(config_)) {
      sites.push_back({site, -1});
      inputs.push_back(input(made, last_.model, sites.back(), {kBoard}));
    }
    RidgeSweep sweep(made, std::move(inputs), {Mode::by_parity});
    Unfinished nothing;
    part_ = {0, 0.07};
    sweep.fit(split_, nothing, span(0, 1, "choosing the site"));
    const auto best = std::max_element(sweep.probes().begin(), sweep.probes().end(),
                                       [](const auto& a, const auto& b) { return a.chosen_at < b.chosen_at; });
    return sites[best->input];
  }

  void fit_and_read(RidgeSweep& sweep, const ActivationStream& from, double begin, double end,
                    const std::string& what) const {
    Unfinished nothing;
    sweep.fit(split_, nothing, span(begin, begin + 0.8 * (end - begin), what));
    sweep.report(from, split_.report, span(begin + 0.8 * (end - begin), end, what));
  }

  static const ProbeScore& score(const RidgeSweep& sweep, std::size_t input, std::size_t target) {
    for (const auto& probe : sweep.probes())
      if (probe.input == input && probe.target == target) return *probe.score;
    fail("the sweep has no probe of that input and target");
  }

  static Concepts concepts(const RidgeSweep& sweep, std::size_t input) {
    const auto& board = score(sweep, input, kBoard);
    Concepts all{{"board", nullptr, board.sampled_accuracy()}};
    const auto ladder = board.ladder();
    for (std::size_t rung = 0; rung < ladder.size(); ++rung)
      all.push_back({"board", fmt::format("{}{}", rung, rung + 1 < ladder.size() ? "" : "+"), ladder[rung]});
    all.push_back({"occupied", nullptr, score(sweep, input, kOccupied).sampled_accuracy()});
    for (const auto& [name, measure] : board.measures())
      if (name == "colour_on_occupied") all.push_back({"colour", nullptr, measure});
    all.push_back({"legal", nullptr, score(sweep, input, kLegal).sampled_accuracy()});
    return all;
  }

  /// What the moves alone give of each concept: the network has to do better to be more than its inputs.
  void measure_moves() {
    auto made = stream();
    const std::vector<std::size_t> all{kBoard, kOccupied, kLegal};
    std::vector<SweepInput> inputs;
    for (const auto kind : {MoveInput::Kind::majority, MoveInput::Kind::one_hot})
      inputs.push_back({std::make_unique<MoveInput>(kind, vocabulary_), all, false});
    RidgeSweep sweep(made, std::move(inputs), {Mode::by_parity});
    part_ = {0.07, 0.03};
    fit_and_read(sweep, made, 0, 1, "the moves alone");
    majority_ = concepts(sweep, 0);
    one_hot_ = concepts(sweep, 1);
  }

  Json at_checkpoint(std::size_t index) {
    const auto& checkpoint = series_[index];
    const auto loaded = load_model(checkpoint.folder);
    auto made = stream();
    std::vector<SweepInput> inputs;
    inputs.push_back(input(made, loaded.model, site_, {kBoard, kOccupied, kLegal}));
    if (settings_.independence) {
      inputs.push_back(input(made, loaded.model, hidden_, {kBoard}));
      inputs.push_back(input(made, loaded.model, hidden_, {kBoard}, ActivationInput::Change::sorted));
    }
    RidgeSweep sweep(made, std::move(inputs), {Mode::by_parity});
    fit_and_read(sweep, made, 0, 0.8, checkpoint.name);
    accuracies_.push_back(concepts(sweep, 0));
    Json row{{"checkpoint", checkpoint.name}, {"step", checkpoint.step}, {"games", checkpoint.games}};
    const GameSource fresh(vocabulary_.board(), settings_.seed, Purpose::evaluation, settings_.player);
    const auto evaluated = evaluate(loaded.model, fresh, settings_.evaluation_games, workers_).to_json();
    for (const char* field : {"cross_entropy", "excess", "legal_top1"}) row[field] = evaluated[field];
    for (const auto& concept_ : accuracies_.back()) row["concepts"].push_back(point(concept_));
    tell(0.9, checkpoint.name);
    if (settings_.independence) add_independence(checkpoint, loaded.model, sweep);
    return row;
  }

  /// The probes of the hidden layer stand with the neurons that they read.
  void add_independence(const SeriesCheckpoint& checkpoint, const Transformer& model, const RidgeSweep& sweep) {
    const auto rows =
        independence_rows(checkpoint, model, neurons_, [&](std::int64_t) { tell(0.95, checkpoint.name); });
    for (Json row : rows) {
      const bool probed = row["site"] == site_name(hidden_);
      row["accuracy"] = probed ? to_json(score(sweep, 1, kBoard).sampled_accuracy()) : Json(nullptr);
      row["sorted_accuracy"] = probed ? to_json(score(sweep, 2, kBoard).sampled_accuracy()) : Json(nullptr);
      independence_.push_back(row);
    }
  }

  Json onsets() const {
    std::vector<double> x;
    for (const auto& checkpoint : series_) x.push_back(std::log10(static_cast<double>(checkpoint.games) + ahead_));
    std::vector<Json> rows(majority_.size());
    parallel_for(static_cast<int>(rows.size()), workers_, [&](int i, int) {
      const auto k = static_cast<std::size_t>(i);
      std::vector<Sampled> values;
      for (const auto& at : accuracies_) values.push_back(at[k].accuracy);
      rows[k] = onset_row(x, values, k);
    });
    tell(1, "onsets");
    return rows;
  }

  Json onset_row(const std::vector<double>& x, const std::vector<Sampled>& values, std::size_t k) const {
    const auto onset = find_onset(x, values);
    Json row{{"name", majority_[k].name}, {"flips", majority_[k].flips}};
    const bool defined = onset.undefined.empty();
    const auto games = [&](double at) { return std::max(0.0, std::pow(10.0, at) - ahead_); };
    row["start"] = defined ? Json(onset.curve.start) : Json(nullptr);
    row["end"] = defined ? Json(onset.curve.end) : Json(nullptr);
    row["onset_games"] = nullptr;
    row["width_decades"] = nullptr;
    row["fit_error"] = defined ? Json(onset.curve.error) : Json(nullptr);
    if (defined) {
      const auto& m = onset.midpoint;
      row["onset_games"] = to_json(Estimate{games(m.mean), games(m.low), games(m.high), m.n});
      row["width_decades"] = to_json(onset.width);
      row["explained"] = onset.curve.explained;
      row["complete"] = onset.complete;
    } else {
      row["undefined"] = onset.undefined;
    }
    row["first"] = to_json(values.front());
    row["last"] = to_json(values.back());
    row["majority"] = to_json(majority_[k].accuracy);
    row["one_hot"] = to_json(one_hot_[k].accuracy);
    row["last_minus_one_hot"] = to_json(values.back() - one_hot_[k].accuracy);
    row["beyond_moves_games"] = beyond_moves(values, k);
    return row;
  }

  /// Games of the first checkpoint from which on the network tells more than the moves do; null if it never does.
  Json beyond_moves(const std::vector<Sampled>& values, std::size_t k) const {
    Json since = nullptr;
    for (std::size_t i = values.size(); i-- > 0;) {
      const auto more = values[i] - one_hot_[k].accuracy;
      if (!std::isfinite(more.value) || !(more.estimate().low > 0)) break;
      since = series_[i].games;
    }
    return since;
  }

  Json stages(const Json& checkpoints) const {
    std::vector<double> games;
    for (const auto& checkpoint : series_) games.push_back(static_cast<double>(checkpoint.games));
    Json all = Json::array();
    for (const auto& [by, field] : {std::pair("loss", "cross_entropy"), {"legal_top1", "legal_top1"}}) {
      std::vector<double> values;
      for (const auto& row : checkpoints) values.push_back(row[field]["mean"]);
      all.push_back(stages_by(by, games, values, ahead_, false));
    }
    return all;
  }

  const std::vector<SeriesCheckpoint>& series_;
  double ahead_;  // games that the axis is ahead, so that step 0 has a place on it
  const EmergenceSettings& settings_;
  const SweepProgress& progress_;
  int workers_;
  LoadedModel last_;
  ModelConfig config_;
  Vocabulary vocabulary_;
  ProbeGames games_;
  GameSplit split_;
  NeuronReading neurons_;
  ProbeSite site_, hidden_;
  std::pair<double, double> part_{0, 1};  // of the whole: where what is under way begins, and how much it is
  Concepts majority_, one_hot_;
  std::vector<Concepts> accuracies_;  // by checkpoint
  Json independence_ = Json::array();
};

/// What would stop the work midway is found before it. One checkpoint at a time is in memory.
void check_checkpoints(const std::vector<SeriesCheckpoint>& series) {
  const auto config = load_model(series.back().folder).model.config();
  for (const auto& checkpoint : series)
    if (!(load_model(checkpoint.folder).model.config() == config))
      fail("{} is a model of other sizes than the last checkpoint", checkpoint.folder.string());
}

}  // namespace

GameSplit emergence_split(std::int64_t games) {
  ProbeSettings settings;
  settings.games = games;
  return settings.split();
}

Json emergence(const std::vector<SeriesCheckpoint>& series, std::int64_t batch_games, const EmergenceSettings& settings,
               const SweepProgress& progress) {
  if (settings.games < kLeastEmergenceGames)
    fail("{} games are too few to fit, choose and report on different ones; give at least {}", settings.games,
         kLeastEmergenceGames);
  const at::NoGradGuard no_grad;
  check_checkpoints(series);
  return Study(series, batch_games, settings, progress).run();
}

}  // namespace othello
