// What sources read of the board and of legality, side by side, as parts of a result document.
#pragma once

#include "theory/kernel_sources.h"
#include "theory/size_curve.h"

namespace othello {

/// The answers of every source for the positions that report: int64 [m, squares].
struct BoardAnswers {
  Tensor majority, input, after_kernel, untrained, network;
  TensorList kernel;  // by initialisation
};

/// "concepts": [{"name", "flips", "share", "majority_accuracy": E, "input_accuracy": E, "kernel_accuracy": E, mean over
/// initialisations, "after_kernel_accuracy": E, "untrained_accuracy": E, "network_accuracy": E, and paired differences
/// "kernel_minus_input": E, "network_minus_kernel": E, "network_minus_after_kernel": E}…]
Json concepts_table(const BoardTruth& truth, const BoardAnswers& answers);

/// Scores of squares as legal moves: fp64 [n, moves] of the rows that fit, by none of which they know the label, and
/// [m, moves] of those that report.
struct LegalScores {
  std::string name;
  Tensor fit, report;
};
LegalScores legal_scores(const std::string& name, const KernelReading& reading);
/// ln p of every move by the network itself.
LegalScores network_scores(const Transformer& model, const StudyPositions& positions, int workers);

/// [{"name", "legal_top1": E, "balanced_accuracy": E}…]
Json legality_table(const std::vector<LegalScores>& sources, const StudyPositions& positions);

/// {"source", "concept": "board", "points": [{"n", "error": E}…], "exponent": E}
Json curve_table(const std::string& source, const SizeCurve& curve);

}  // namespace othello
