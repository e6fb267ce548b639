#include "probes/sweep.h"

#include <algorithm>

#include "common/progress.h"
#include "common/threads.h"
#include "probes/similarity.h"
#include "probes/sweep_results.h"
#include "probes/transfer.h"
#include "probes/width_sweep.h"

namespace othello {
namespace {

constexpr std::int64_t kLeastGames = 60;
constexpr std::int64_t kMostChooseGames = 1000;  // ample for a choice among a few ridges and sites
constexpr std::int64_t kWidthGames = 2500;       // of the width sweep
constexpr std::int64_t kSampleGames = 1024;      // whose labels' frequencies a control task copies
const std::vector<std::int64_t> kRanks{1, 2, 4, 8, 16, 32, 64};

GameSplit split_games(std::int64_t games) {
  const auto sixth = games / 6, choose = std::min(sixth, kMostChooseGames), fit = games - sixth - choose;
  return {{0, fit}, {fit, choose}, {fit + choose, sixth}};
}

/// Each value once, where it came first.
template <class Value>
void drop_repeated(std::vector<Value>& values) {
  for (auto value = values.begin(); value != values.end();)
    value = std::find(values.begin(), value, *value) == value ? value + 1 : values.erase(value);
}

class Sweep {
 public:
  Sweep(const LoadedModel& loaded, const ProbeSettings& settings, Unfinished& unfinished, const SweepProgress& progress)
      : loaded_(loaded),
        config_(loaded.model.config()),
        settings_(settings),
        unfinished_(unfinished),
        progress_(progress),
        workers_(settings.workers == 0 ? available_cores() : settings.workers),
        vocabulary_(config_.vocabulary()),
        games_(GameSource(vocabulary_.board(), settings.seed, Purpose::probes, settings.player), settings.games),
        split_(split_games(settings.games)),
        sites_(probe_sites(settings.sites, config_)) {
    check_positions();
    // What would only be needed at the end of the sweep fails now.
    for (const auto width : settings.widths) widened(config_, width);
    if (settings.transfer)
      there_.emplace(GameSource(vocabulary_.board(), settings.seed, Purpose::probes, settings.transfer),
                     std::min(settings.games, settings.transfer_games), &games_);
    for (int i = 0; i < settings.untrained; ++i)
      untrained_.push_back(std::make_unique<Transformer>(config_, loaded.facts.seed + static_cast<std::uint64_t>(i)));
  }

  ProbeSweep run() {
    ProbeSweep result;
    auto& document = result.document;
    const auto leading = ridge(result);  // its sums are gone before the activations of logistic probes come
    const auto first = reading(games_, split_);
    if (settings_.information.positions > 0) measure(first, leading, result);
    if (settings_.details && first.target.units > 1)
      document["similarity"] =
          similarity(result.probes, loaded_, first.target.name, word_of(first.mode), "ridge", leading.trained);
    if (!settings_.widths.empty())
      document["widths"] = width_sweep(reading(games_, split_games(std::min(settings_.games, kWidthGames))),
                                       loaded_.model, settings_.widths, loaded_.facts.seed, part(0.95, 0.97));
    if (settings_.transfer) document["transfer"] = transferred(leading.trained);
    document["games"] = {{"fit", split_.fit.count},
                         {"choose", split_.choose.count},
                         {"report", split_.report.count},
                         {"duplicates_left_out", games_.dropped()},
                         {"unfinished", games_.unfinished()}};
    return result;
  }

 private:
  void check_positions() const {
    const auto [first, last] = settings_.plies;
    const int end = std::min<int>(last, static_cast<int>(vocabulary_.context()));
    if (first > end)
      fail("no position lies after moves {} to {}: on this board they are 1 to {}", first, last, vocabulary_.context());
    for (const auto mode : settings_.modes)
      if (first == end && (mode == Mode::even || mode == Mode::odd) && weight_sets(mode)[0][0] != first % 2)
        fail("positions after move {} are not of {} plies", first, word_of(mode));
  }

  SweepProgress part(double from, double to) const {
    return [this, from, to](double share, const std::string& what) { progress_(from + share * (to - from), what); };
  }

  std::size_t add_site(ActivationStream& stream, const Transformer& model, const ProbeSite& site) {
    return stream.add(model, site.site, site.head);
  }

  std::vector<SweepInput> make_inputs(ActivationStream& stream) {
    std::vector<std::size_t> wanted;
    for (const auto& name : settings_.targets)
      wanted.push_back(stream.add(make_target(name, vocabulary_, settings_.frame)));
    auto of_sites = wanted, of_one_hot = wanted;
    if (settings_.controls) {
      const auto task = stream.targets()[0];
      const auto sample = Positions(
          vocabulary_, games_.take(split_.fit.first, std::min(split_.fit.count, kSampleGames)), settings_.plies);
      of_sites.push_back(stream.add(control_task(task, sample, settings_.seed)));
      of_sites.push_back(stream.add(shuffled(task)));
      const auto& names = settings_.targets;
      if (std::find(names.begin(), names.end(), kWrongRule) == names.end()) {
        of_sites.push_back(stream.add(make_target(kWrongRule, vocabulary_, settings_.frame)));
        of_one_hot.push_back(of_sites.back());
      }
    }
    std::vector<SweepInput> inputs;
    const auto add = [&](std::unique_ptr<ProbeInput> input, SweepRole role, std::vector<std::size_t> targets,
                         bool curve) {
      inputs.push_back({std::move(input), std::move(targets), curve && settings_.details});
      roles_.push_back(std::move(role));
    };
    using Change = ActivationInput::Change;
    const auto add_activations = [&](std::size_t source, const ProbeSite& site, const ModelConfig& config,
                                     SweepRole role, const std::vector<std::size_t>& targets, Change change,
                                     bool curve) {
      role.site = site;
      add(std::make_unique<ActivationInput>(site_name(site), source, site_width(site, config), settings_.bias, change),
          role, targets, curve);
    };
    for (const auto& site : sites_) {
      const auto source = add_site(stream, loaded_.model, site);
      add_activations(source, site, config_, SweepRole(), of_sites, Change::none, true);
      if (!settings_.controls) continue;
      add_activations(source, site, config_, SweepRole("sorted"), {wanted[0]}, Change::sorted, false);
      add_activations(source, site, config_, SweepRole("power-means"), {wanted[0]}, Change::power_means, false);
      if (site == sites_.back())
        add_activations(source, site, config_, SweepRole("permuted"), {wanted[0]}, Change::permuted, false);
    }
    for (std::size_t i = 0; i < untrained_.size(); ++i)
      for (const auto& site : sites_) {
        SweepRole role("untrained");
        role.seed = loaded_.facts.seed + i;
        add_activations(add_site(stream, *untrained_[i], site), site, config_, role, wanted, Change::none, i == 0);
      }
    for (const auto kind : {MoveInput::Kind::majority, MoveInput::Kind::bag_of_moves, MoveInput::Kind::one_hot}) {
      auto input = std::make_unique<MoveInput>(kind, vocabulary_);
      SweepRole role(input->name());
      const bool one_hot = kind == MoveInput::Kind::one_hot;
      add(std::move(input), role, one_hot ? of_one_hot : wanted, one_hot);
    }
    return inputs;
  }

  /// Where the first target is read best, by its first mode.
  struct Leading {
    ProbeSite trained;
    std::optional<ProbeSite> untrained;
    std::uint64_t seed = 0;  // of that untrained model
  };

  Leading ridge(ProbeSweep& result) {
    const Stopwatch clock;
    ActivationStream stream(games_, vocabulary_, settings_.plies, workers_);
    RidgeSweep sweep(stream, make_inputs(stream), settings_.modes);
    const SweepResults results(sweep, stream, roles_, settings_.targets.size(), split_.fit.count);
    sweep.fit(split_, unfinished_, part(0, 0.45));
    const auto best = *results.best("");
    if (settings_.details) sweep.add_low_rank(best, kRanks);
    sweep.report(stream, split_.report, part(0.45, 0.55));
    const double seconds = clock.seconds();

    auto& document = result.document;
    results.add_rows(document, workers_);
    keep(sweep, results, stream, result.probes);
    document["best"] = results.best_row();
    if (settings_.controls) document["selectivity"] = results.selectivity();
    if (settings_.details) document["learning_curves"] = results.learning_curves();
    document["time"] = {{"ridge_sweep_seconds", seconds},
                        {"forward_share", stream.forward_seconds() / (seconds * workers_)}};
    Leading leading;
    leading.trained = *results.role(best).site;
    if (const auto other = results.best("untrained")) {
      leading.untrained = results.role(*other).site;
      leading.seed = *results.role(*other).seed;
    }
    return leading;
  }

  /// The linear probes of the trained model, for the file.
  void keep(const RidgeSweep& sweep, const SweepResults& results, const ActivationStream& stream, ProbeSet& set) const {
    const auto& probes = sweep.probes();
    for (std::size_t i = 0; i < probes.size(); ++i) {
      const auto& probe = probes[i];
      if (!results.role(i).control.empty() || !results.counts(probe) || probe.rank > 0) continue;
      const auto& target = stream.targets()[probe.target];
      const auto& site = *results.role(i).site;
      set.probes.push_back({site, target.name, target.frame, word_of(probe.mode), "ridge", target.classes,
                            with_intercept(probe.readout)});
      if (set.mean.count(site) == 0) std::tie(set.mean[site], set.deviation[site]) = sweep.moments(probe.input);
    }
  }

  /// Files have an intercept for every probe: 0 where it was fitted without one.
  Readout with_intercept(const Readout& readout) const {
    if (settings_.bias) return readout;
    Readout padded;
    for (const int parity : {0, 1})
      if (const auto& w = readout.weights[parity]; w.defined())
        padded.weights[parity] = at::cat({w, torch::zeros({1, w.size(1)}, at::kFloat)});
    return padded;
  }

  /// Logistic probes at the first and the best site, and what they tell.
  void measure(const Reading& of, const Leading& leading, ProbeSweep& result) {
    const auto& at = leading.trained;
    std::vector<InformationSite> sites;
    if (!(sites_.front() == at)) sites.push_back({site_name(sites_.front()), &loaded_.model, sites_.front()});
    sites.push_back({site_name(at), &loaded_.model, at, false, true});
    if (leading.untrained) {
      const auto& model = *untrained_[static_cast<std::size_t>(leading.seed - loaded_.facts.seed)];
      sites.push_back({"untrained " + site_name(*leading.untrained), &model, *leading.untrained, true, true});
    }
    const auto& target = of.target;
    const auto found = measure_information(of, sites, settings_.information, unfinished_, part(0.55, 0.95));
    result.document["information"] = found.document;
    for (const auto& probe : found.probes) {
      const auto site = std::find_if(sites.begin(), sites.end(), [&](const auto& s) { return s.name == probe.name; });
      SweepRole role(probe.control ? probe.name : "");
      if (site != sites.end()) role.site = site->site;
      if (site != sites.end() && probe.control) role.control = "untrained";
      Json row = row_of(role, target, settings_.modes[0]);
      row["kind"] = probe.kind;
      row.update(probe.document);
      const bool joint = !probe.control && site == sites.end();
      if (joint) row["name"] = probe.name;
      result.document[probe.control || joint ? "controls" : "probes"].push_back(row);
      if (probe.control || joint || probe.kind != "logistic") continue;
      result.probes.probes.push_back({site->site, target.name, target.frame, word_of(settings_.modes[0]), "logistic",
                                      target.classes, with_intercept(probe.readout)});
    }
  }

  /// What `games` are read for by the first target and mode.
  Reading reading(const ProbeGames& games, const GameSplit& split) const {
    return {games,
            vocabulary_,
            settings_.plies,
            make_target(settings_.targets[0], vocabulary_, settings_.frame),
            settings_.modes[0],
            settings_.bias,
            split,
            workers_};
  }

  Json transferred(const ProbeSite& site) const {
    const auto there = split_games(there_->count());
    // Of each part of the sweep's own games the first ones: those that chose the site do not report.
    const auto first = [](const GameRange& range, const GameRange& like) {
      return GameRange{range.first, std::min(range.count, like.count)};
    };
    const GameSplit here{first(split_.fit, there.fit), first(split_.choose, there.choose),
                         first(split_.report, there.report)};
    return transfer(reading(games_, here), settings_.player ? settings_.player->name() : "uniform",
                    reading(*there_, there), settings_.transfer->name(), loaded_.model, site, part(0.97, 1));
  }

  const LoadedModel& loaded_;
  ModelConfig config_;
  const ProbeSettings& settings_;
  Unfinished& unfinished_;
  const SweepProgress& progress_;
  int workers_;
  Vocabulary vocabulary_;
  ProbeGames games_;
  GameSplit split_;
  std::optional<ProbeGames> there_;  // of the player to transfer to
  std::vector<ProbeSite> sites_;
  std::vector<std::unique_ptr<Transformer>> untrained_;
  std::vector<SweepRole> roles_;  // by input
};

}  // namespace

GameSplit ProbeSettings::split() const { return split_games(games); }

ProbeSweep probe_sweep(const LoadedModel& loaded, const ProbeSettings& settings, Unfinished& unfinished,
                       const SweepProgress& progress) {
  if (settings.games < kLeastGames)
    fail("{} games are too few to fit, choose and report on different ones; give at least {}", settings.games,
         kLeastGames);
  const at::NoGradGuard no_grad;
  auto wanted = settings;
  drop_repeated(wanted.targets);
  drop_repeated(wanted.modes);
  drop_repeated(wanted.information.mlp);
  return Sweep(loaded, wanted, unfinished, progress).run();
}

}  // namespace othello
