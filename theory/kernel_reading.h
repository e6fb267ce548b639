// What a kernel reads of a target, with ridge and sharing of weights chosen on the rows that fit.
#pragma once

#include "theory/kernel_ridge.h"

namespace othello {

/// By what ridge and sharing of weights are chosen, on the rows that fit.
enum class RidgeChoice {
  left_out_answers,  // the share of labels answered right, each row left out
  left_out_squares,  // the squared error of the indicators, each row left out
  gcv,               // the squared error that generalised cross-validation predicts
};

/// Labels of positions, for several units (squares) each.
struct LabelRows {
  std::int64_t classes = 0;
  Tensor fit, report;  // int64 [n, units], [m, units]: class of each
  RidgeChoice choice = RidgeChoice::left_out_answers;

  LabelRows first(std::int64_t count) const { return {classes, fit.slice(0, 0, count), report, choice}; }
};

/// The class with the largest score of each unit: [rows, units·classes] → int64 [rows, units].
Tensor answers(const Tensor& scores, std::int64_t classes);
/// Share of labels that are answered: both [rows, units].
double share_right(const Tensor& answers, const Tensor& labels);

struct KernelReading {
  Tensor left_out;   // [n, units·classes] leave-one-out scores of the rows that fit
  Tensor scores;     // [m, units·classes] of those that report
  double ridge = 0;  // in units of the centred kernel's mean diagonal
  SharedWeights weights = SharedWeights::pooled;
  double chosen_at = 0;  // share of labels right on the rows that fit, each left out
};

/// One reading for each target; they share factorisations. `weights`: what there is to choose from.
std::vector<KernelReading> read_labels(const KernelRows& kernel, const RowPlies& plies,
                                       const std::vector<LabelRows>& targets,
                                       const std::vector<SharedWeights>& weights);

/// Ridges that are tried, in units of the mean diagonal: 10⁻⁶ … 10 in half decades.
const std::vector<double>& relative_ridges();

/// The most frequent class of a unit at a ply among the rows that fit, of all plies where it has none: scores [m,
/// units·classes] of the rows that report.
Tensor majority_scores(const LabelRows& target, const RowPlies& plies);

}  // namespace othello
