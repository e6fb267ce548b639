// The parts of the section on theories, each a function of the documents read; "" where they have nothing to show.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "report/chart.h"
#include "report/emergence_results.h"
#include "report/intervene_results.h"
#include "report/llc_results.h"
#include "report/ntk_results.h"
#include "report/probe_results.h"

namespace othello {

/// The documents that exist.
struct TheoryResults {
  std::optional<NtkResults> ntk;
  std::optional<LlcResults> llc;
  std::optional<EmergenceResults> emergence;
  std::optional<ProbeResults> probe;
  std::optional<InterveneResults> intervene;
};

/// "inputs (one-hot)", "kernel, trained", …: what `input`, `after-kernel`, … of the documents are.
std::string reader_title(const std::string& source);
/// Colours for lines that have none of their own, in turn.
std::string tone_of(std::size_t index);
/// Three digits that matter: 0.123, 12.3, 1,234.
std::string short_number(double value);
/// 12.3 (11.0 to 13.6)
std::string short_estimate(const Estimate& estimate);
/// At most `count` of the names, in their order; if there are more, "occupied" and those by flips come first.
std::vector<std::string> chosen_names(const std::vector<std::string>& names, std::size_t count);
/// The line of a reader in the colour that it has in every picture.
ChartSeries reader_line(const std::string& source);

/// Whether the network's reading goes beyond inputs and kernel, in a sentence; "" if it was not measured.
std::string beyond_sentence(const NtkResults& ntk);
/// The same of discs never turned and of those turned 3 times or more.
std::string beyond_by_flips(const NtkResults& ntk);
/// Concept × flips × ways of reading, with what probes, interventions, checkpoints and LLC say of the same.
std::string joined_table(const TheoryResults& theory);
/// Legality by the same readers, apart.
std::string legality_table(const NtkResults& ntk);
/// Accuracy by flips and layer, trained beside untrained.
std::string depth_figure(const ProbeResults& probe);

/// Error against training size with the fitted exponents.
std::string size_figure(const NtkResults& ntk);
/// Where the network is right and the kernel wrong, and what goes with it.
std::string failure_figure(const NtkResults& ntk);
/// After-kernel margin minus kernel margin by flips.
std::string feature_figure(const NtkResults& ntk);

/// Eigenvalues, the concepts' power on them, predicted and measured errors.
std::string spectrum_figures(const NtkResults& ntk);
/// The share of each concept in a block's leading directions.
std::string alignment_figure(const NtkResults& ntk);

/// Loss, concepts, LLC and kernel over the training, on one axis.
std::string training_figures(const TheoryResults& theory);

/// Coefficients by component and subset, settings, chains, calibration.
std::string llc_figures(const LlcResults& llc);

/// Neurons against independence and chance.
std::string independence_figures(const EmergenceResults& emergence);

}  // namespace othello
