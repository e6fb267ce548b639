// The parts of results/probe.json beside its table of accuracies. All may be absent.
#pragma once

#include "report/probe_results.h"

namespace othello {

/// Accuracy against the number of games that a probe was fitted on.
struct LearningCurve {
  std::string name;                                                // "network", "one-hot", "untrained"
  std::string site;                                                // "" if it reads no layer
  std::vector<std::pair<double, std::optional<Estimate>>> points;  // games, accuracy
};

/// What one input tells about the target.
struct InputInformation {
  std::string name, kind;  // a site, "one-hot", "untrained SITE", "one-hot + SITE"; "logistic", "mlp", "prior"
  bool control = false;
  std::optional<int> width;                                // of a hidden layer
  std::optional<Estimate> accuracy, entropy, information;  // the latter in bits per label
};

/// What a site tells beyond another input.
struct ConditionalInformation {
  std::string site;
  bool control = false;
  std::optional<Estimate> information, left_open;  // bits per label; left_open: what the other input leaves open
  std::optional<Estimate> at_half;                 // of fewer games to fit, `half_games`
  double half_games = 0;
};

struct DescriptionLength {
  std::string name;
  std::optional<double> uniform;                    // bits per label without a probe
  std::optional<Estimate> codelength, compression;  // bits per label; uniform over that
};

struct ProbeInformation {
  double fit_games = 0, fit_positions = 0;
  std::vector<InputInformation> inputs;
  std::vector<ConditionalInformation> conditional;
  std::vector<DescriptionLength> lengths;
};

struct WidthScore {
  bool trained = false;
  int d_model = 0;
  std::optional<Estimate> accuracy;
};

struct Selectivity {
  std::string site;
  std::optional<Estimate> accuracy, control_task, selectivity, shuffled;
};

struct TransferScore {
  std::string name, fitted_on, read_on;
  std::optional<Estimate> accuracy;
};

/// Cosines between the directions that probes of different sites found, means over squares.
struct DirectionCosines {
  std::string contrast;  // "mine - yours"
  std::string plies;     // which positions the weights are of: "even", "odd", "all"
  std::vector<std::string> sites;
  std::vector<std::vector<std::optional<double>>> mean;  // [site][site]
  double by_chance = 0;                                  // mean size of the cosine of random directions
};

struct ProbeMeasures {
  std::vector<LearningCurve> curves;
  std::optional<ProbeInformation> information;
  std::vector<WidthScore> widths;
  std::vector<Selectivity> selectivity;
  std::vector<TransferScore> transfer;
  std::optional<DirectionCosines> cosines;  // of the first contrast and set of weights
};

/// Throws Error naming the field.
ProbeMeasures read_measures(const Json& document);

}  // namespace othello
