// What a ridge sweep found, as the parts of a result document.
#pragma once

#include <optional>

#include "probes/probe_site.h"
#include "probes/ridge_sweep.h"

namespace othello {

/// What an input of a sweep is, beside the probe input itself.
struct SweepRole {
  SweepRole(std::string name = {}) : control(std::move(name)) {}

  std::string control;  // its name, "" for a site of the trained model
  std::optional<ProbeSite> site;
  std::optional<std::uint64_t> seed;  // of an untrained model
};

/// The target that is a control of the board: what it would be if discs were never turned.
inline constexpr const char* kWrongRule = "never-flipped";

/// Blocks whose output a site has, or is on the way to: 0 = before block 0, l + 1 = in or after block l.
int blocks_passed(const ProbeSite& site);

/// {"name" of a control, "site", "layer", "seed", "target", "frame", "mode"}: how a row of a document begins.
Json row_of(const SweepRole& role, const Target& target, Mode mode);

/// The first `wanted` targets of the stream are those that were asked for; the first of these and the first mode rank
/// the sites. Those after them are of controls. Everything outlives this.
class SweepResults {
 public:
  SweepResults(const RidgeSweep& sweep, const ActivationStream& stream, const std::vector<SweepRole>& roles,
               std::size_t wanted, std::int64_t fit_games)
      : sweep_(sweep), stream_(stream), roles_(roles), wanted_(wanted), fit_games_(fit_games) {}

  /// The number of the probe that reads the games that choose best, of those of a control ("" = the trained model) or
  /// of those of them that have a learning curve; nothing if there is none.
  std::optional<std::size_t> best(const std::string& control, bool with_curve = false) const;
  const SweepRole& role(std::size_t probe) const { return roles_[sweep_.probes()[probe].input]; }

  /// "probes" and "controls": a row for every probe of what was asked for, in detail for the first target and mode. And
  /// for every site, by the first mode, as controls: "control-task", "shuffled-labels" and "wrong-rule", the latter
  /// also of the one-hot inputs ("input": "one-hot").
  void add_rows(Json& document, int workers) const;
  /// "best": the best site, and what it has more than the controls.
  Json best_row() const;
  /// By site: the accuracy on the first target, on its control task, the difference, and with shuffled labels. The
  /// first two targets of the stream that were not asked for are those.
  Json selectivity() const;
  /// Accuracy against the number of fit games, for the best site, the one-hot inputs and the best untrained site.
  Json learning_curves() const;
  /// Whether a probe was fitted on all games, to what was asked for.
  bool counts(const SweepProbe& probe) const { return probe.fit_games == fit_games_ && probe.target < wanted_; }

 private:
  bool leads(const SweepProbe& probe) const {  // of the first target and mode, of full rank
    return probe.target == 0 && probe.mode == sweep_.modes()[0] && probe.rank == 0;
  }
  Json row(const SweepProbe& probe) const;
  /// What a probe is as a control by its target, "" if it is none.
  std::string control_of(const SweepProbe& probe) const;

  const RidgeSweep& sweep_;
  const ActivationStream& stream_;
  const std::vector<SweepRole>& roles_;
  std::size_t wanted_;
  std::int64_t fit_games_;
};

}  // namespace othello
