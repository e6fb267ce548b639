// results/ntk.json as the report reads it.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "report/document.h"

namespace othello {

/// What is read of a board, on squares of discs turned so often ("" = all), by read-outs fitted to the same positions.
struct ConceptReading {
  std::string name, flips;
  std::optional<Estimate> majority, input, kernel, after_kernel, untrained, network;    // shares right
  std::optional<Estimate> kernel_minus_input, network_minus_input, after_minus_kernel;  // paired
  std::optional<Estimate> network_minus_kernel, network_minus_after_kernel;             // paired
};

/// "board, 4+ flips"; "board"
std::string concept_title(const std::string& name, const std::string& flips);

struct LegalityReading {
  std::string source;
  std::optional<Estimate> legal_top1, balanced;
};

/// Error against the number of positions fitted.
struct ErrorCurve {
  std::string source, concept_name;
  std::vector<std::pair<double, Estimate>> points;
  std::optional<Estimate> exponent;  // a of error ∝ n^−a
};

/// A named number, as in bars.
struct NamedEstimate {
  std::string name;
  std::optional<Estimate> value;
};

/// Where the network is right and the kernel wrong.
struct KernelFailures {
  std::optional<Estimate> share;
  std::optional<Estimate> reverse_share, net;  // the kernel right and the network wrong; share − reverse, paired
  std::vector<std::pair<std::string, std::vector<NamedEstimate>>> by;  // what it is split by, and shares
  std::vector<NamedEstimate> coefficients;                             // log-odds per standard deviation
};

struct SpectrumConcept {
  std::string name;
  std::optional<Estimate> alignment, learnability, predicted_error, measured_error;
  std::optional<Estimate> measured_accuracy;     // of this kernel's reading, in classes
  std::vector<std::pair<double, double>> power;  // rank, cumulative share
};

struct KernelSpectrum {
  std::string kernel;                                    // "init", "trained"
  std::vector<std::pair<double, double>> eigenvalues;    // rank, value
  std::optional<double> decay, effective_rank, samples;  // samples: positions behind predicted and measured errors
  std::vector<SpectrumConcept> concepts;
};

/// The share of a concept in the leading directions of one block.
struct LayerAlignment {
  int layer = 0;
  std::string name;
  std::optional<Estimate> init, trained, pca;
};

/// The kernel of one checkpoint.
struct KernelMoment {
  double games = 0;
  std::optional<double> step;
  std::optional<Estimate> distance, velocity, board_accuracy;
  std::vector<std::pair<std::string, Estimate>> alignment;
};

struct NtkResults {
  bool held_out = true;
  std::string kernel;                 // what it is and how it was computed, in words
  std::string input_site;             // which form of the moves "input" is: "one-hot+bag-of-moves"; "" if not said
  std::optional<double> fit, report;  // positions
  std::vector<ConceptReading> concepts;
  std::vector<LegalityReading> legality;
  std::vector<ErrorCurve> curves;
  std::optional<KernelFailures> failures;
  std::optional<Estimate> feature_score;
  std::vector<NamedEstimate> feature_by_flips;
  std::vector<KernelSpectrum> spectrum;
  std::vector<LayerAlignment> layers;
  std::vector<KernelMoment> training;

  const ConceptReading* reading(const std::string& name, const std::string& flips) const;
};

/// Parts that a document lacks are left empty. Throws Error naming the field.
NtkResults read_ntk(const Json& document);

}  // namespace othello
