#include "probes/information.h"

#include "common/progress.h"
#include "probes/logistic_probe.h"
#include "probes/mlp.h"
#include "probes/prior.h"

namespace othello {
namespace {

// Strong to weak, each fit starting from the one before, until one predicts worse.
const std::vector<double> kPenaltiesOfMoves{10, 1, 1e-1, 1e-2, 1e-3, 1e-4};
const std::vector<double> kPenaltiesOfSites{1e-3, 1e-4, 1e-5, 1e-6};
constexpr std::int64_t kMostActivationBytes = 500'000'000;  // of one site
constexpr std::int64_t kMostChooseGames = 500;

class Measurement {
 public:
  Measurement(const Reading& reading, const std::vector<InformationSite>& sites, const InformationSettings& settings,
              const Unfinished& unfinished, const SweepProgress& progress)
      : target_(reading.target),
        split_(reading.split),
        sites_(sites),
        settings_(settings),
        unfinished_(unfinished),
        progress_(progress),
        stream_(reading.stream()),
        one_hot_(MoveInput::Kind::one_hot, reading.vocabulary),
        prior_(target_, reading.vocabulary.context()),
        task_{target_, reading.vocabulary, reading.mode, reading.workers} {
    std::int64_t width = 1;
    for (const auto& site : sites) {
      const auto source = stream_.add(*site.model, site.site.site, site.site.head);
      const auto of_site = site_width(site.site, site.model->config());
      width = std::max(width, of_site);
      inputs_.push_back(std::make_unique<ActivationInput>(site.name, source, of_site, reading.bias));
      bare_.push_back(std::make_unique<ActivationInput>(site.name, source, of_site, false));
    }
    joint_.resize(sites.size());
    const auto most = std::min(settings.positions, kMostActivationBytes / (4 * width));
    fit_games_ = std::min(split_.fit.count, std::max<std::int64_t>(1, most / reading.vocabulary.context()));
    choose_games_ = std::min(split_.choose.count, kMostChooseGames);
  }

  Information run() {
    collect({});  // the moves alone need no activations
    for (const auto& batch : fit_) {
      prior_.add(*batch, 0);
      positions_ += task_.rows(batch);
    }
    Information found;
    const auto note = [&](const std::string& name, const std::string& kind, bool control, const LogisticProbe* fitted,
                          Predict predict) {
      InformationProbe probe;
      probe.name = name, probe.kind = kind, probe.control = control;
      probe.document = {{"fit_games", fit_games_}, {"fit_positions", positions_}};
      if (fitted != nullptr) {
        probe.readout = fitted->readout;
        probe.document.update({{"chosen_at", or_null(fitted->chosen_at)},
                               {"l2", fitted->penalty},
                               {"gradient", fitted->gradient},
                               {"converged", fitted->converged},
                               {"passes", fitted->passes},
                               {"seconds", fitted->seconds}});
      }
      found.probes.push_back(std::move(probe));
      predictors_.push_back(std::move(predict));
    };
    note("majority", "prior", true, nullptr,
         [this](const ProbeBatch& batch, int parity) { return prior_.logits(batch, parity); });
    std::vector<std::unique_ptr<LogisticProbe>> fits;
    std::vector<std::unique_ptr<std::array<MlpProbe, 2>>> mlps;
    const auto logistic = [&](const ProbeInput& input, const std::vector<double>& penalties,
                              bool control) -> const LogisticProbe& {
      fits.push_back(std::make_unique<LogisticProbe>(fit({"", fit_}, input, penalties)));
      note(input.name(), "logistic", control, fits.back().get(), fits.back()->predict(input));
      return *fits.back();
    };
    const auto& of_moves = logistic(one_hot_, kPenaltiesOfMoves, true);
    Json lengths = Json::array();
    if (settings_.description_length) lengths.push_back(length_of(one_hot_, of_moves.penalty, true));
    for (std::size_t i = 0; i < sites_.size(); ++i) {
      collect({i});
      const auto& alone = logistic(*inputs_[i], kPenaltiesOfSites, sites_[i].control);
      if (!sites_[i].deep) continue;
      if (settings_.joint) {
        fits.push_back(std::make_unique<LogisticProbe>(fit_joint({"", fit_}, i, alone, joint_[i])));
        note(joint_[i]->name(), "logistic", sites_[i].control, fits.back().get(), fits.back()->predict(*joint_[i]));
        if (!half_) fit_half(i);
      }
      if (settings_.description_length) lengths.push_back(length_of(*inputs_[i], alone.penalty, sites_[i].control));
      for (const auto width : settings_.mlp) {
        mlps.push_back(std::make_unique<std::array<MlpProbe, 2>>());
        const Json document = fit_hidden(*inputs_[i], width, *mlps.back());
        note(inputs_[i]->name(), "mlp", sites_[i].control, nullptr,
             [this, input = inputs_[i].get(), probe = mlps.back().get()](const ProbeBatch& batch, int parity) {
               const auto& of = (*probe)[static_cast<std::size_t>(parity)];
               if (!of.w1.defined()) return Tensor();
               return of.logits(input->rows(batch, parity).narrow(1, 0, input->features()));
             });
        found.probes.back().document.update(document);
      }
    }
    fit_.clear(), choose_.clear();
    report(found);
    found.document["description_lengths"] = lengths;
    return found;
  }

 private:
  double share() const { return std::min(0.95, 0.05 + 0.1 * static_cast<double>(step_)); }
  void show(const std::string& what) {
    progress_(share(), what);
    ++step_;
  }

  /// The games that fit and choose, with the activations of one site or none: so memory does not grow with sites.
  void collect(const std::vector<std::size_t>& sites) {
    fit_.clear(), choose_.clear();
    stream_.only(sites);
    const auto into = [&](const GameRange& range, ProbeBatches& batches, Cut cut) {
      stream_.run(
          range, 1, [&](int, const std::shared_ptr<const ProbeBatch>& batch) { batches.push_back(batch); },
          [&](std::int64_t) { progress_(share(), "collecting activations"); }, cut);
    };
    into({split_.fit.first, fit_games_}, fit_, Cut::fine);  // whose first few games description lengths begin with
    into({split_.choose.first, choose_games_}, choose_, Cut::even);
  }

  /// Games to fit, and how the steps that are fitted on them are called.
  struct Part {
    std::string prefix;
    const ProbeBatches& batches;
  };

  /// An input whose moves are penalised `penalty / l2` times.
  using MakeInput = std::function<const ProbeInput&(double penalty)>;

  /// Goes from strong to weak penalties and keeps the one whose probe predicts the games that choose best. `l2` of each
  /// fit is the penalty itself, or `fixed` if that is given and the penalty is the input's own affair.
  LogisticProbe fit(const Part& part, const std::string& name, const std::vector<double>& penalties,
                    const MakeInput& make, std::optional<double> fixed, Readout start) {
    const auto step = part.prefix + "logistic " + name, what = "logistic probe of " + name;
    show(what);
    if (auto saved = unfinished_.load(step)) return LogisticProbe::from_tensors(*saved);
    const Stopwatch clock;
    LogisticProbe best;
    double best_entropy = std::numeric_limits<double>::infinity();
    int passes = 0;
    for (const double penalty : penalties) {
      const auto& input = make(penalty);
      auto fitted = fit_logistic_probe(task_, input, part.batches, fixed.value_or(penalty), start,
                                       [&] { progress_(share(), what); });
      passes += fitted.passes;
      start = fitted.readout;
      fitted.penalty = penalty;
      auto score = task_.new_score(choose_games_);
      for (const auto& batch : choose_) add_scores(score, task_, *batch, fitted.predict(input));
      progress_(share(), what);
      if (score.cross_entropy() >= best_entropy) break;
      best_entropy = score.cross_entropy();
      best = std::move(fitted);
      best.chosen_at = score.accuracy();
    }
    best.passes = passes;
    best.seconds = clock.seconds();
    unfinished_.save(step, best.to_tensors());
    return best;
  }

  LogisticProbe fit(const Part& part, const ProbeInput& input, const std::vector<double>& penalties) {
    return fit(part, input.name(), penalties, [&](double) -> const ProbeInput& { return input; }, {}, {});
  }

  /// Moves and the activations of site `i` together: the latter penalised as they are alone, in `alone`, which is where
  /// the moves begin, with weights of zero. So it cannot be worse than they are but by chance. `joint` gets the input.
  LogisticProbe fit_joint(const Part& part, std::size_t i, const LogisticProbe& alone,
                          std::unique_ptr<JointInput>& joint) {
    const auto make = [&](double penalty) -> const ProbeInput& {
      joint = std::make_unique<JointInput>(one_hot_, *bare_[i], penalty / alone.penalty);
      return *joint;
    };
    make(1);
    Readout start;
    for (const int parity : {0, 1})
      if (const auto& w = alone.readout.weights[parity]; w.defined()) start.weights[parity] = joint->of_activations(w);
    const auto name = joint->name();  // of its own: `make` replaces the input
    return fit(part, name, kPenaltiesOfMoves, make, alone.penalty, start);
  }

  /// The moves, and site `i` with them, by the first half of the games.
  void fit_half(std::size_t i) {
    const auto batches = first_games(fit_, fit_games_ / 2);
    if (batches.empty()) return;
    half_.emplace();
    half_->site = i;
    half_->games = games_of(batches);
    const Part part{"half ", batches};
    half_->moves = fit(part, one_hot_, kPenaltiesOfMoves);
    half_->both = fit_joint(part, i, fit(part, *inputs_[i], kPenaltiesOfSites), half_->joint);
  }

  Json length_of(const ProbeInput& input, double penalty, bool control) {
    const auto step = "length " + input.name(), what = "description length of " + input.name();
    show(what);
    if (const auto saved = unfinished_.load(step)) return parse_json(text_of(saved->at(0)), step);
    Json row = description_length(task_, input, fit_, fit_games_, penalty, [&] { progress_(share(), what); });
    row["control"] = control;
    unfinished_.save(step, {bytes_of(row.dump())});
    return row;
  }

  /// One of the sets of weights of a probe with a hidden layer.
  MlpFit fit_hidden(const ActivationInput& input, std::int64_t width, const std::vector<int>& parities) {
    const auto what = fmt::format("hidden layer of {} on {}", width, input.name());
    const auto step = fmt::format("{}, set {}", what, parities[0]);
    show(what);
    if (const auto saved = unfinished_.load(step)) return MlpFit::from_tensors(*saved);
    MlpSettings settings;
    settings.width = width, settings.workers = stream_.workers();
    settings.pause = [&] { progress_(share(), what); };
    auto fitted = fit_mlp({input, fit_, choose_, parities, 0, target_.units, target_.class_count()}, settings);
    unfinished_.save(step, fitted.to_tensors());
    return fitted;
  }

  Json fit_hidden(const ActivationInput& input, std::int64_t width, std::array<MlpProbe, 2>& probes) {
    const Stopwatch clock;
    Json document{{"width", width}, {"epochs", Json::array()}, {"converged", true}};
    for (const auto& parities : weight_sets(task_.mode)) {
      if (ReadingTask::rows(fit_, parities) == 0 || ReadingTask::rows(choose_, parities) == 0) continue;
      const auto fitted = fit_hidden(input, width, parities);
      for (const int parity : parities) probes[static_cast<std::size_t>(parity)] = fitted.probe;
      document["epochs"].push_back(fitted.epochs);
      if (!fitted.converged) document["converged"] = false;
    }
    document["seconds"] = clock.seconds();
    return document;
  }

  void report(Information& found) {
    if (half_) {
      predictors_.push_back(half_->moves.predict(one_hot_));
      predictors_.push_back(half_->both.predict(*half_->joint));
    }
    std::vector<ProbeScore> scores;
    for (std::size_t i = 0; i < predictors_.size(); ++i) scores.push_back(task_.new_score(split_.report.count));
    stream_.all();
    stream_.run(
        split_.report, static_cast<int>(scores.size()),
        [&](int reader, const std::shared_ptr<const ProbeBatch>& batch) {
          const auto i = static_cast<std::size_t>(reader);
          add_scores(scores[i], task_, *batch, predictors_[i]);
        },
        [&](std::int64_t) { progress_(0.97, "reading"); });
    const auto index_of = [&](const std::string& name, const std::string& kind) {
      for (std::size_t i = 0; i < found.probes.size(); ++i)
        if (found.probes[i].name == name && found.probes[i].kind == kind) return i;
      fail("no {} probe of {}", kind, name);
    };
    const auto prior = scores[0].sampled_cross_entropy();
    const auto moves = index_of(one_hot_.name(), "logistic");
    const auto given_moves = scores[moves].sampled_cross_entropy();
    Json rows = Json::array(), conditional = Json::array();
    for (std::size_t i = 0; i < found.probes.size(); ++i) {
      auto& probe = found.probes[i];
      probe.document.update(scores[i].to_json());
      rows.push_back({{"name", probe.name},
                      {"kind", probe.kind},
                      {"control", probe.control},
                      {"accuracy", probe.document["accuracy"]},
                      {"cross_entropy", probe.document["cross_entropy"]},
                      {"v_information", to_json(prior - scores[i].sampled_cross_entropy())}});
      if (probe.document.contains("width")) rows.back()["width"] = probe.document["width"];
    }
    for (std::size_t i = 0; settings_.joint && i < sites_.size(); ++i) {
      if (!sites_[i].deep) continue;
      const auto both = index_of(joint_[i]->name(), "logistic");
      conditional.push_back(
          {{"site", sites_[i].name},
           {"control", sites_[i].control},
           {"given", one_hot_.name()},
           {"v_information", to_json(given_moves - scores[both].sampled_cross_entropy())},
           {"left_given_moves", to_json(given_moves)},
           {"accuracy_gain", to_json(scores[both].sampled_accuracy() - scores[moves].sampled_accuracy())}});
      if (!half_ || half_->site != i) continue;
      const auto left = scores[scores.size() - 2].sampled_cross_entropy();
      conditional.back()["at_half"] = {{"fit_games", half_->games},
                                       {"v_information", to_json(left - scores.back().sampled_cross_entropy())},
                                       {"left_given_moves", to_json(left)}};
    }
    found.document = {{"target", target_.name},
                      {"mode", word_of(task_.mode)},
                      {"unit", "bits per label"},
                      {"positions_asked", settings_.positions},
                      {"fit_games", fit_games_},
                      {"fit_positions", positions_},
                      {"choose_games", choose_games_},
                      {"report_games", split_.report.count},
                      {"probes", rows},
                      {"conditional", conditional}};
  }

  Target target_;
  GameSplit split_;
  const std::vector<InformationSite>& sites_;
  const InformationSettings& settings_;
  const Unfinished& unfinished_;
  const SweepProgress& progress_;
  ActivationStream stream_;
  MoveInput one_hot_;
  std::vector<std::unique_ptr<ActivationInput>> inputs_, bare_;  // by site, the latter without intercept
  std::vector<std::unique_ptr<JointInput>> joint_;               // of deep sites, at the penalties that were chosen
  Prior prior_;
  ReadingTask task_;
  ProbeBatches fit_, choose_;
  /// What was fitted to the first half of the games.
  struct Half {
    std::size_t site = 0;
    std::int64_t games = 0;
    LogisticProbe moves, both;
    std::unique_ptr<JointInput> joint;
  };
  std::optional<Half> half_;
  std::vector<Predict> predictors_;  // of the probes that were found, then of half the games
  std::int64_t fit_games_ = 0, choose_games_ = 0, positions_ = 0;
  int step_ = 0;
};

}  // namespace

Information measure_information(const Reading& reading, const std::vector<InformationSite>& sites,
                                const InformationSettings& settings, const Unfinished& unfinished,
                                const SweepProgress& progress) {
  const at::NoGradGuard no_grad;
  return Measurement(reading, sites, settings, unfinished, progress).run();
}

}  // namespace othello
