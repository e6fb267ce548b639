#include "interventions/benchmark.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "common/threads.h"
#include "interventions/board_reading.h"
#include "interventions/case_examples.h"
#include "interventions/case_scores.h"
#include "interventions/fitting.h"
#include "interventions/rollout.h"

namespace othello {
namespace {

constexpr std::size_t kLeastCases = 30;

/// What is tried: a range of layers and a scale.
struct Trial {
  Placement placement;
  double scale = 0;
};

class Benchmark {
 public:
  Benchmark(const LoadedModel& loaded, const ProbeSet& probes, const CaseSet& set, const InterveneSettings& settings,
            const InterveneProgress& progress)
      : config_(loaded.model.config()),
        set_(set),
        settings_(settings),
        progress_(progress),
        workers_(settings.workers == 0 ? available_cores() : settings.workers),
        legal_(legal_tokens(config_.vocabulary(), set.cases)) {
    settings_.method.workers = workers_;
    settings_.method.seed = settings.seed;
    check_layers();
    split();
    trained_.model = &loaded.model;
    trained_.probes = &probes;
    trained_.batches = make_case_batches(loaded.model, set.cases, settings.positions, workers_);
    if (settings.controls) untrained_model_ = std::make_unique<Transformer>(config_, loaded.facts.seed);
  }

  Json run() {
    fit();
    const Map map = evaluate_map(trained_, {}, 0.1, settings_.controls ? 0.4 : 0.9);
    Trial best = trials()[map.best(choose_)];
    const auto probe_layer = chosen_probe_layer(best);
    Json out = describe_cases();
    out["edits"] = rows_of_ranges(map);
    out["maps"] = Json::array({map_row("edit", map)});
    if (probe_layer && probe_layer != settings_.method.probe_layer)
      out["maps"].push_back(
          map_row("edit-chosen-probe", evaluate_map(trained_, {Aim::changes, probe_layer}, 0.4, 0.5)));
    report(best, probe_layer, out);
    if (settings_.controls)
      for (const auto& [name, variant] : swept_controls(best, probe_layer)) {
        const double from = 0.4 + 0.1 * static_cast<double>(out["maps"].size());
        const auto& subject = name == "untrained" ? untrained_ : trained_;
        out["maps"].push_back(map_row(name, evaluate_map(subject, variant, from, from + 0.1)));
      }
    progress_(1, "done");
    return out;
  }

 private:
  /// By trial, the scores of all cases.
  struct Map {
    std::vector<CaseScores> scores;
    std::size_t best(const std::vector<std::size_t>& members) const {
      std::size_t best = 0;
      for (std::size_t i = 1; i < scores.size(); ++i)
        if (mean_error(scores[i], members) < mean_error(scores[best], members)) best = i;
      return best;
    }
  };

  void check_layers() const {
    if (!settings_.layers) return;
    const auto [first, last] = *settings_.layers;
    if (first > last || last >= config_.layers)
      fail("blocks {} to {} were to be edited, and the model has blocks 0 to {}", first, last, config_.layers - 1);
  }

  bool chooses() const { return trials().size() > 1; }

  /// A third of the cases chooses, whatever their order.
  void split() {
    std::vector<std::size_t> order(set_.cases.size());
    std::iota(order.begin(), order.end(), 0);
    if (!chooses()) {
      report_ = choose_ = order;
      return;
    }
    if (order.size() < kLeastCases)
      fail(
          "{} cases are too few to choose layers and scale on a third of them and to report on the rest: give at least "
          "{}, or --layers FIRST,LAST and --scales S, which leave nothing to choose",
          order.size(), kLeastCases);
    Stream(settings_.seed).child("choosing cases").shuffle(0, std::span(order));
    const auto end = order.begin() + static_cast<std::ptrdiff_t>(order.size() / 3);
    choose_.assign(order.begin(), end);
    report_.assign(end, order.end());
    std::sort(report_.begin(), report_.end());
  }

  std::vector<Trial> trials() const {
    std::vector<Trial> all;
    for (int first = 0; first < config_.layers; ++first)
      for (int last = first; last < config_.layers; ++last) {
        if (settings_.layers && *settings_.layers != std::pair{first, last}) continue;
        for (const double scale : scales_of(settings_.method)) all.push_back({{settings_.site, first, last}, scale});
      }
    return all;
  }

  std::vector<ProbeSite> places() const {
    std::vector<ProbeSite> all;
    const auto [first, last] = settings_.layers.value_or(std::pair{0, config_.layers - 1});
    for (int layer = first; layer <= last; ++layer) all.push_back({{settings_.site, layer}});
    return all;
  }

  std::vector<ProbeSite> probe_places() const {
    std::vector<ProbeSite> all;
    for (int layer = 0; layer < config_.layers; ++layer) all.push_back({{SiteKind::resid_post, layer}});
    return all;
  }

  /// Probes that no file has.
  void fit() {
    const auto part = [this](double from, const char* what) {
      return [this, from, what](double share) { progress_(from + 0.05 * share, what); };
    };
    const bool fits_untrained = settings_.controls && needs_probes(settings_);
    if (settings_.hidden > 0 || fits_untrained) {
      const ProbeGames games(
          GameSource(config_.vocabulary().board(), settings_.seed, Purpose::probes, settings_.player),
          settings_.fit_games);
      if (settings_.hidden > 0) {
        hidden_ = fit_hidden_probes(*trained_.model, games, probe_places(), settings_.hidden, workers_,
                                    part(0, "fitting probes with a hidden layer"));
        trained_.hidden = &hidden_;
      }
      if (fits_untrained) {
        untrained_probes_ = fit_board_probes(*untrained_model_, games, probe_places(), workers_,
                                             part(0.05, "fitting probes of an untrained model"));
        untrained_.probes = &untrained_probes_;
      }
      if (fits_untrained && settings_.hidden > 0) {
        untrained_hidden_ = fit_hidden_probes(*untrained_model_, games, probe_places(), settings_.hidden, workers_,
                                              part(0.05, "fitting probes of an untrained model"));
        untrained_.hidden = &untrained_hidden_;
      }
    }
    if (!settings_.controls) return;
    untrained_.model = untrained_model_.get();
    untrained_.batches = make_case_batches(*untrained_model_, set_.cases, settings_.positions, workers_);
  }

  CaseScores score(const Subject& subject, const Edit* edit, const Placement& placement) const {
    return score_edit(*subject.model, subject.batches, legal_, edit, placement, workers_,
                      [this] { progress_(share_, what_); });
  }

  void show(double share, const char* what) const {
    share_ = share, what_ = what;
    progress_(share, what);
  }

  Map evaluate_map(const Subject& subject, const Variant& variant, double from, double to) const {
    const auto family = make_family(settings_.method, subject, places(), variant);
    Map map;
    const auto all = trials();
    for (const auto& trial : all) {
      map.scores.push_back(score(subject, family->edit(trial.scale).get(), trial.placement));
      show(from + (to - from) * static_cast<double>(map.scores.size()) / static_cast<double>(all.size()),
           "layers and scales");
    }
    return map;
  }

  /// The block whose probe edits best at the chosen layers and scale; nothing if that of each place does.
  std::optional<int> chosen_probe_layer(Trial& best) const {
    const auto& method = settings_.method;
    if (!chooses() || method.probe_layer || !needs_probes(settings_)) return method.probe_layer;
    std::optional<int> chosen;
    double least = std::numeric_limits<double>::infinity();
    Trial at = best;
    for (int layer = -1; layer < config_.layers; ++layer) {
      Variant variant;
      if (layer >= 0) variant.probe_layer = layer;
      const auto family = make_family(method, trained_, places(), variant);
      for (const double scale : scales_of(method)) {
        const double error = mean_error(score(trained_, family->edit(scale).get(), best.placement), choose_);
        if (error >= least) continue;
        least = error, chosen = variant.probe_layer, at.scale = scale;
      }
    }
    best = at;
    return chosen;
  }

  /// The probe that is farthest from those that edit.
  int wrong_layer(const Trial& best, const std::optional<int>& probe_layer) const {
    const int middle = probe_layer.value_or((best.placement.first + best.placement.last) / 2);
    return 2 * middle < config_.layers - 1 ? config_.layers - 1 : 0;
  }

  std::vector<std::pair<std::string, Variant>> swept_controls(const Trial& best,
                                                              const std::optional<int>& probe_layer) const {
    std::vector<std::pair<std::string, Variant>> all{{"random-direction", {Aim::changes, probe_layer, true}},
                                                     {"wrong-square", {Aim::wrong_square, probe_layer, false}}};
    if (needs_probes(settings_) && config_.layers > 1)
      all.push_back({"wrong-layer", {Aim::changes, wrong_layer(best, probe_layer), false}});
    if (settings_.controls) all.push_back({"untrained", {Aim::changes, probe_layer, false}});
    return all;
  }

  Json describe_cases() const {
    double bound = 0;
    for (const auto member : report_) bound += null_lower_bound(legal_[member].before, legal_[member].after);
    Json out{{"cases", set_.cases.size()},
             {"rejected", set_.rejected()},
             {"case_set", set_.name},
             {"chosen_on", chooses() ? choose_.size() : 0},
             {"reported_on", report_.size()},
             {"site", word_of(settings_.site)},
             {"positions", settings_.positions},
             {"scales", scales_of(settings_.method)},
             {"null_lower_bound", bound / static_cast<double>(report_.size())},
             {"balance", set_.balance()},
             {"rejections", Json::array()},
             {"drawn_again", set_.drawn_again}};
    for (const auto& rejection : set_.rejections)
      out["rejections"].push_back({{"source", rejection.source}, {"reason", rejection.reason}});
    return out;
  }

  Json trial_row(const Trial& trial) const {
    return {{"edit", settings_.method.name},
            {"site", word_of(settings_.site)},
            {"first_layer", trial.placement.first},
            {"last_layer", trial.placement.last},
            {"scale", trial.scale}};
  }

  /// For every range, its best scale on the cases that choose.
  Json rows_of_ranges(const Map& map) const {
    Json rows = Json::array();
    const auto all = trials();
    const auto scales = scales_of(settings_.method).size();
    for (std::size_t begin = 0; begin < all.size() && chooses(); begin += scales) {
      const Map range{{map.scores.begin() + static_cast<std::ptrdiff_t>(begin),
                       map.scores.begin() + static_cast<std::ptrdiff_t>(begin + scales)}};
      const auto best = begin + range.best(choose_);
      Json row = trial_row(all[best]);
      row["error"] = mean_of(clusters(map.scores[best], Score::error, choose_));
      row["part"] = "choose";
      row["chosen"] = false;
      rows.push_back(row);
    }
    return rows;
  }

  /// The errors of all trials, on the cases that choose and on those that report.
  Json map_row(const std::string& name, const Map& map) const {
    Json cells = Json::array();
    const auto all = trials();
    for (std::size_t i = 0; i < all.size(); ++i)
      cells.push_back({{"first_layer", all[i].placement.first},
                       {"last_layer", all[i].placement.last},
                       {"scale", all[i].scale},
                       {"error", mean_error(map.scores[i], report_)},
                       {"error_choosing", mean_error(map.scores[i], choose_)}});
    return {{"name", name}, {"cells", cells}};
  }

  /// What an edit is measured by on the cases that report.
  struct Measured {
    Json row;
    CaseScores scores;
  };

  Measured measure(const Subject& subject, const Edit* edit, const Trial& at) const {
    Measured found;
    found.scores = score(subject, edit, at.placement);
    found.row = means(found.scores, report_);
    if (settings_.rollout > 0)
      found.row["rollout_illegal"] = share(roll_out(*subject.model, subject.batches, set_.cases.size(), edit,
                                                    at.placement, {settings_.rollout}, workers_));
    if (subject.probes != nullptr && needs_probes(settings_)) {
      const int block = std::min(at.placement.last + 1, config_.layers - 1);
      const auto& probe = board_probe(*subject.probes, {{SiteKind::resid_post, block}});
      const auto reading =
          read_board(*subject.model, subject.batches, set_.cases.size(), edit, at.placement, probe, workers_);
      found.row["read_after_block"] = block;
      found.row["changed_squares_read"] = share(reading.changed);
      found.row["untouched_squares_read"] = share(reading.untouched);
    }
    return found;
  }

  /// Of a person's own cases each is of interest.
  Json by_case(const CaseScores& edited, const CaseScores& null) const {
    Json rows = Json::array();
    for (const auto member : report_)
      rows.push_back({{"source", set_.cases[member].source},
                      {"error", edited[member][static_cast<std::size_t>(Score::error)]},
                      {"null", null[member][static_cast<std::size_t>(Score::error)]}});
    return rows;
  }

  /// Over the cases that report; null if nothing was asked of them.
  Json share(const std::vector<Cluster>& all) const {
    std::vector<Cluster> some;
    for (const auto member : report_)
      if (all[member].count > 0) some.push_back(all[member]);
    return mean_of(some);
  }

  void report(const Trial& best, const std::optional<int>& probe_layer, Json& out) {
    const auto edit_for = [&](const Subject& subject, const Variant& variant) {
      families_.push_back(make_family(settings_.method, subject, places(), variant));
      return families_.back()->edit(best.scale);
    };
    const auto edit = edit_for(trained_, {Aim::changes, probe_layer, false});
    const auto edited = measure(trained_, edit.get(), best);
    Json row = trial_row(best);
    row["probe_layer"] = probe_layer ? Json(*probe_layer) : Json(nullptr);
    row.update(edited.row);
    row["part"] = "report";
    row["chosen"] = true;
    out["edits"].push_back(row);

    out["controls"] = Json::array();
    out["differences"] = Json::object();
    const auto add = [&](const std::string& name, const Measured& measured, const Json& more) {
      Json control{{"name", name}};
      control.update(more);
      control.update(measured.row);
      out["controls"].push_back(control);
      if (name == "untrained" || name == "untrained-null") return;  // another model: see below
      out["differences"][name] = to_json(paired_difference(clusters(edited.scores, Score::error, report_),
                                                           clusters(measured.scores, Score::error, report_)));
    };
    const auto null = measure(trained_, nullptr, best);
    add("null", null, {{"lower_bound", out["null_lower_bound"]}});
    for (const auto& [name, variant] : swept_controls(best, probe_layer)) {
      const auto& subject = name == "untrained" ? untrained_ : trained_;
      Json more{{"first_layer", best.placement.first}, {"last_layer", best.placement.last}, {"scale", best.scale}};
      if (name == "wrong-layer") more["probe_layer"] = *variant.probe_layer;
      const auto measured = measure(subject, edit_for(subject, variant).get(), best);
      add(name, measured, more);
      if (name != "untrained") continue;
      const auto nothing = measure(subject, nullptr, best);
      add("untrained-null", nothing, Json::object());
      // What the edit changes here and there, for an untrained model's errors are of another size.
      out["differences"][name] = to_json(paired_difference(error_changes(edited.scores, null.scores, report_),
                                                           error_changes(measured.scores, nothing.scores, report_)));
    }
    const auto identity = edit_for(trained_, {Aim::nothing, probe_layer, false});
    add("identity", measure(trained_, identity.get(), best),
        {{"largest_change", largest_change(identity.get(), best.placement)}});
    if (settings_.rollout > 0)
      out["rollout_real_board"] =
          share(roll_out(*trained_.model, trained_.batches, set_.cases.size(), nullptr, best.placement,
                         {settings_.rollout, RolloutSettings::Board::before}, workers_));
    out["by_ply"] = errors_by_ply(set_.cases, report_, edited.scores, null.scores);
    out["by_flips"] = errors_by_flips(set_.cases, report_, edited.scores, null.scores);
    if (!is_drawn(set_)) out["by_case"] = by_case(edited.scores, null.scores);
    out["examples"] = case_examples(*trained_.model, set_.cases, trained_.batches, report_, *edit, best.placement);
  }

  /// Passes on what it gets.
  class Nothing : public Edit {
   public:
    Tensor apply(const Tensor& x, const ProbeSite&, const CaseBatch&) const override { return x; }
  };

  /// Of a logit, from a pass that is interrupted at the same places: another one rounds differently.
  double largest_change(const Edit* edit, const Placement& placement) const {
    double largest = 0;
    for (const auto& batch : trained_.batches) {
      const at::NoGradGuard no_grad;
      const Nothing nothing;
      const auto difference =
          run_edited(*trained_.model, batch, edit, placement) - run_edited(*trained_.model, batch, &nothing, placement);
      largest = std::max(largest, difference.abs().max().item<double>());
    }
    return largest;
  }

  ModelConfig config_;
  const CaseSet& set_;
  InterveneSettings settings_;
  const InterveneProgress& progress_;
  mutable double share_ = 0;  // shown last
  mutable std::string what_ = "editing";
  int workers_;
  std::vector<Legal> legal_;
  std::vector<std::size_t> choose_, report_;
  Subject trained_, untrained_;
  std::unique_ptr<Transformer> untrained_model_;
  ProbeSet untrained_probes_;
  std::map<ProbeSite, std::array<PlaneReadout, 2>> hidden_, untrained_hidden_;
  std::vector<std::unique_ptr<EditFamily>> families_;  // of edits that are in use
};

}  // namespace

bool needs_probes(const InterveneSettings& settings) { return settings.method.name != "donor"; }

Json intervention_benchmark(const LoadedModel& loaded, const ProbeSet& probes, const CaseSet& cases,
                            const InterveneSettings& settings, const InterveneProgress& progress) {
  const at::NoGradGuard no_grad;
  return Benchmark(loaded, probes, cases, settings, progress).run();
}

}  // namespace othello
