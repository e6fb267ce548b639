#include "interventions/ablation.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "common/threads.h"
#include "interventions/case_scores.h"
#include "interventions/erasure.h"
#include "interventions/fitting.h"
#include "interventions/replacement.h"

namespace othello {
namespace {

/// Takes a concept out of an activation.
class ErasureEdit : public Edit {
 public:
  explicit ErasureEdit(std::map<ProbeSite, Eraser> erasers) : erasers_(std::move(erasers)) {}
  Tensor apply(const Tensor& x, const ProbeSite& site, const CaseBatch&) const override {
    return erasers_.at(site).apply(x.reshape({-1, x.size(2)})).view(x.sizes());
  }

 private:
  std::map<ProbeSite, Eraser> erasers_;
};

/// One thing that is taken away, and a control that takes away as much of something else.
struct Component {
  Placement placement;
  std::shared_ptr<const Edit> edit, random;
  Json what = Json::object();  // its own fields of a row
};

class Ablation {
 public:
  Ablation(const LoadedModel& loaded, const CaseSet& set, const AblationSettings& settings,
           const std::function<void(double, const std::string&)>& progress)
      : model_(loaded.model),
        config_(loaded.model.config()),
        set_(set),
        settings_(settings),
        progress_(progress),
        workers_(settings.workers == 0 ? available_cores() : settings.workers),
        games_(GameSource(config_.vocabulary().board(), settings.seed, Purpose::probes, settings.player),
               settings.fit_games) {
    std::tie(first_, last_) = settings.layers.value_or(std::pair{0, config_.layers - 1});
    if (first_ > last_ || last_ >= config_.layers)
      fail("blocks {} to {} were to be ablated, and the model has blocks 0 to {}", first_, last_, config_.layers - 1);
    if (settings.site == SiteKind::mlp_post && !erases() && first_ != last_)
      fail("single neurons are ablated block by block: give --layers L,L");
    if (settings.name == "iterative-erase" && !settings.square)
      fail("iterative-erase takes one --square: of a whole board, its rounds would take all dimensions there are");
    for (const auto& legal : legal_tokens(config_.vocabulary(), set.cases))
      legal_.push_back({legal.before, legal.before});
    batches_ = make_case_batches(model_, set.cases, settings.positions, workers_);
  }

  Json run() {
    std::vector<std::size_t> all(set_.cases.size());
    std::iota(all.begin(), all.end(), 0);
    const auto null = score(nullptr, {});
    const auto null_errors = clusters(null, Score::error, all);
    Json out{{"cases", set_.cases.size()},
             {"rejected", set_.rejected()},
             {"case_set", set_.name},
             {"chosen_on", 0},
             {"reported_on", set_.cases.size()},
             {"positions", settings_.positions},
             {"balance", set_.balance()},
             {"edits", Json::array()},
             {"controls", Json::array()}};
    Json control{{"name", "null"}};
    control.update(means(null, all));
    out["controls"].push_back(control);
    const auto components = erases() ? erasures() : replacements();
    for (std::size_t i = 0; i < components.size(); ++i) {
      const auto& c = components[i];
      const auto found = score(c.edit.get(), c.placement);
      Json row{{"edit", settings_.name},
               {"site", word_of(c.placement.kind)},
               {"first_layer", c.placement.first},
               {"last_layer", c.placement.last},
               {"scale", 1}};
      row.update(c.what);
      row.update(means(found, all));
      row["difference"] = to_json(paired_difference(clusters(found, Score::error, all), null_errors));
      row["random"] = mean_of(clusters(score(c.random.get(), c.placement), Score::error, all));
      row["part"] = "report";
      row["chosen"] = false;
      out["edits"].push_back(row);
      progress_(0.3 + 0.7 * static_cast<double>(i + 1) / static_cast<double>(components.size()), "ablating");
    }
    return out;
  }

 private:
  bool erases() const { return settings_.name == "erase" || settings_.name == "iterative-erase"; }

  CaseScores score(const Edit* edit, const Placement& placement) const {
    return score_edit(model_, batches_, legal_, edit, placement, workers_);
  }

  std::vector<ProbeSite> places() const {
    std::vector<ProbeSite> all;
    const auto kind = erases() ? SiteKind::resid_post : settings_.site;
    for (int layer = first_; layer <= last_; ++layer)
      for (int head = 0; head < (kind == SiteKind::z ? config_.heads : 1); ++head)
        all.push_back({{kind, layer}, kind == SiteKind::z ? head : -1});
    return all;
  }

  std::function<void(double)> fitting() const {
    return [this](double share) { progress_(0.3 * share, "reading activations"); };
  }

  std::vector<Component> replacements() const {
    const auto all = places();
    std::map<ProbeSite, Tensor> constant;
    std::shared_ptr<const StoredActivations> stored;
    if (settings_.name == "mean") constant = mean_activations(model_, games_, all, workers_, fitting());
    if (settings_.name == "resample")
      stored = std::make_shared<StoredActivations>(
          resampled(own_activations(model_, batches_, all, workers_), batches_, settings_.seed));
    std::vector<Component> components;
    const auto add = [&](const ProbeSite& place, int neuron) {
      Component c;
      c.placement = {place.site.kind, place.site.layer, place.site.layer, place.head};
      if (stored) c.edit = std::make_shared<StoredEdit>(stored, neuron);
      else c.edit = std::make_shared<ConstantEdit>(constant, neuron);
      c.random = std::make_shared<RandomisedEdit>(c.edit, settings_.seed);
      if (place.head >= 0) c.what["head"] = place.head;
      if (neuron >= 0) c.what["neuron"] = neuron;
      components.push_back(std::move(c));
    };
    for (const auto& place : all) {
      if (settings_.site != SiteKind::mlp_post) add(place, -1);
      else
        for (int neuron = 0; neuron < site_width(place, config_); ++neuron) add(place, neuron);
    }
    return components;
  }

  /// What is not there still correlates with the classes as far as chance has it (see `leace`).
  static double chance_correlation(const ConceptMoments& moments) {
    const auto width = static_cast<double>(moments.mean.size(0)), classes = static_cast<double>(moments.cross.size(1));
    return std::max(0.01, (std::sqrt(width) + std::sqrt(classes)) / std::sqrt(moments.rows));
  }

  std::vector<Component> erasures() const {
    const auto all = places();
    const auto sums = board_sums(model_, games_, all, workers_, fitting());
    const auto squares = board_squares(config_.vocabulary().board());
    const auto stream = Stream(settings_.seed).child("random erasures");
    std::map<ProbeSite, Eraser> erasers, random;
    for (const auto& place : all) {
      std::int64_t first = 0, count = -1;
      if (settings_.square) {
        first = (std::lower_bound(squares.begin(), squares.end(), *settings_.square) - squares.begin()) * kStates;
        count = kStates;
      }
      const auto moments = concept_moments(sums.at(place), 0, first, count);
      erasers[place] = settings_.name == "erase" ? leace(moments, chance_correlation(moments))
                                                 : iterative_nullspace(moments, settings_.rounds);
      random[place] = random_whitened_erasure(moments, erasers[place].rank(), stream.child(site_name(place)));
    }
    std::vector<Component> components;
    const auto edit = std::make_shared<ErasureEdit>(erasers), control = std::make_shared<ErasureEdit>(random);
    for (int layer = first_; layer <= last_; ++layer) {
      const ProbeSite place{{SiteKind::resid_post, layer}};
      components.push_back({{SiteKind::resid_post, layer, layer}, edit, control, {{"rank", erasers.at(place).rank()}}});
    }
    return components;
  }

  const Transformer& model_;
  ModelConfig config_;
  const CaseSet& set_;
  const AblationSettings& settings_;
  const std::function<void(double, const std::string&)>& progress_;
  int workers_, first_ = 0, last_ = 0;
  std::vector<Legal> legal_;  // of the real boards
  ProbeGames games_;
  std::vector<CaseBatch> batches_;
};

}  // namespace

const std::vector<std::string>& ablation_names() {
  static const std::vector<std::string> names{"mean", "zero", "resample", "erase", "iterative-erase"};
  return names;
}

Json ablation_benchmark(const LoadedModel& loaded, const CaseSet& cases, const AblationSettings& settings,
                        const std::function<void(double share, const std::string& what)>& progress) {
  const at::NoGradGuard no_grad;
  return Ablation(loaded, cases, settings, progress).run();
}

}  // namespace othello
