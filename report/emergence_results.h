// results/emergence.json as the report reads it: what a run's checkpoints can do, and when each concept came.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "report/document.h"

namespace othello {

/// The accuracy of a concept at one checkpoint; `flips` as in ConceptReading.
struct ConceptAccuracy {
  std::string name, flips;
  Estimate accuracy;
};

struct CheckpointFigures {
  std::string checkpoint;
  double games = 0;
  std::optional<Estimate> cross_entropy, excess, legal_top1;
  std::vector<ConceptAccuracy> concepts;
};

/// A logistic curve in log games fitted to a concept's accuracies.
struct ConceptOnset {
  std::string name, flips;
  std::optional<Estimate> games;       // where it is half way up
  std::optional<Estimate> width;       // in decades
  std::optional<double> error;         // of the fit
  std::optional<double> beyond_moves;  // games from which on the network tells more than the moves
  std::string undefined;               // why there is none
  bool complete = true;                // the rise was over before the last checkpoint

  /// "281 k", with a "+" if the rise was not over, so that it leans on an extrapolation.
  std::string short_games() const;
};

/// A point of another measure over the training.
struct SeriesPoint {
  double games = 0;
  Estimate value;
  bool valid = true;
  bool at_rest = false;  // of a learning coefficient: the checkpoint's learning rate is known to have decayed
};

/// Neurons against independence, at one checkpoint and block.
struct IndependenceFigures {
  double games = 0;
  std::string checkpoint;
  int layer = 0;
  std::optional<Estimate> variance_ratio, within_ply;  // over all positions; of those of the same ply
  std::optional<Estimate> at_most_two, accuracy, sorted_accuracy;
  std::optional<double> at_most_two_independent;
  std::optional<double> kurtosis, active;  // of a neuron over positions, mean over neurons; share that is above 0
};

/// How well single neurons detect a square's state, beside what as many random ones would.
struct DetectorFigures {
  double step = 0;
  std::string checkpoint;
  int layer = 0;
  std::optional<double> best_mean, null_mean, null_high, above_null, above_by_chance;
};

/// width · variance over seeds of the mean activation / variance of an activation, of untrained models: 1 if neurons
/// are independent and alike.
struct SymmetryFigures {
  int layer = 0, seeds = 0;
  std::optional<Estimate> ratio;
};

struct EmergenceResults {
  std::string site;
  std::vector<CheckpointFigures> checkpoints;  // in order of games
  std::vector<ConceptOnset> onsets;
  std::vector<SeriesPoint> llc, velocity;
  std::vector<std::pair<std::string, std::vector<double>>> stages;  // by what, boundaries in games
  std::vector<IndependenceFigures> independence;
  std::vector<DetectorFigures> detectors;
  std::vector<SymmetryFigures> symmetry;

  const ConceptOnset* onset(const std::string& name, const std::string& flips) const;
};

/// Parts that a document lacks are left empty. Throws Error naming the field.
EmergenceResults read_emergence(const Json& document);

}  // namespace othello
