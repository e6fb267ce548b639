// Ridge probes of many inputs, targets and modes from one pass over the games that fit them.
#pragma once

#include "probes/normal_equations.h"
#include "probes/probe_score.h"
#include "probes/probe_set.h"
#include "probes/reading.h"
#include "probes/unfinished.h"

namespace othello {

/// An input of a sweep and the targets that are read from it.
struct SweepInput {
  std::unique_ptr<ProbeInput> input;
  std::vector<std::size_t> targets;  // indices into the stream's targets
  bool curve = false;                // also fit it on fewer games: its learning curve
};

/// One linear probe with what it reads on the games that report.
struct SweepProbe {
  std::size_t input = 0;  // index into the inputs
  std::size_t target = 0;
  Mode mode = Mode::by_parity;
  std::int64_t fit_games = 0;
  std::int64_t rank = 0;  // of a low-rank probe, else 0
  double ridge = 0;
  double chosen_at = 0;  // accuracy on the games that choose
  Readout readout;
  std::unique_ptr<ProbeScore> score;
};

class RidgeSweep {
 public:
  /// `stream` outlives this. Learning curves are of the first target and the first mode.
  RidgeSweep(const ActivationStream& stream, std::vector<SweepInput> inputs, std::vector<Mode> modes);

  /// Fits on `split.fit` and chooses the ridge of every probe by its accuracy on `split.choose`. Goes on from what
  /// `unfinished` has, and keeps there what is done. Throws Error if a system cannot be solved.
  void fit(const GameSplit& split, Unfinished& unfinished, const SweepProgress& progress);
  /// Low-rank probes beside the one at `index`.
  void add_low_rank(std::size_t index, const std::vector<std::int64_t>& ranks);
  /// Scores every probe on games of `stream`: the one that the probes were fitted to, or another with the same sites
  /// and targets.
  void report(const ActivationStream& stream, const GameRange& range, const SweepProgress& progress);

  const std::vector<SweepInput>& inputs() const { return inputs_; }
  const std::vector<SweepProbe>& probes() const { return probes_; }
  const std::vector<Mode>& modes() const { return modes_; }
  /// Mean and standard deviation of the features of an input over all rows that fit: [features].
  std::pair<Tensor, Tensor> moments(std::size_t input) const;

 private:
  /// A probe at every ridge.
  struct Candidates {
    std::size_t input = 0, target = 0;
    Mode mode = Mode::by_parity;
    std::int64_t games = 0;
    std::vector<double> ridges;
    std::vector<Readout> readouts;  // by ridge
    std::vector<double> right;      // by ridge: of `asked` answers
    double asked = 0;
  };

  void accumulate(const GameRange& range, Unfinished& unfinished, const SweepProgress& progress);
  std::vector<Candidates> plan(std::int64_t games, bool curve) const;
  void solve(std::vector<Candidates>& candidates) const;
  void choose(const GameRange& range, std::vector<Candidates> candidates, const SweepProgress& progress);
  NormalEquations sums_of(std::size_t input, const std::vector<int>& parities) const;

  const ActivationStream& stream_;
  std::vector<SweepInput> inputs_;
  std::vector<Mode> modes_;
  std::vector<std::array<NormalEquations, 2>> sums_;  // by input and parity
  std::vector<Candidates> early_;                     // of fewer games, for learning curves
  std::vector<SweepProbe> probes_;
};

}  // namespace othello
