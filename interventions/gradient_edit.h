// Gradient descent on an activation until a probe reads another board (Li et al. 2023, arXiv 2210.13382, section 4.1).
#pragma once

#include <map>

#include "interventions/aim.h"
#include "interventions/edit.h"
#include "interventions/readout_gradient.h"

namespace othello {

/// Every activation moves down the gradient of the probe's cross-entropy against the board that the edit aims at, where
/// the squares that stay as they are have the weight kUnchangedWeight. One whose squares all stay is left alone.
class GradientEdit : public Edit {
 public:
  /// `readouts`: of every place that is edited, for even and odd plies; they outlive this.
  GradientEdit(std::map<ProbeSite, std::array<PlaneReadout, 2>> readouts, const BoardSize& board, Aim aim,
               DescentSettings settings, std::uint64_t seed = 1)
      : readouts_(std::move(readouts)), squares_(board_squares(board)), aim_(aim), settings_(settings), seed_(seed) {}
  Tensor apply(const Tensor& x, const ProbeSite& site, const CaseBatch& batch) const override;

 private:
  std::map<ProbeSite, std::array<PlaneReadout, 2>> readouts_;
  std::vector<Square> squares_;
  Aim aim_;
  DescentSettings settings_;
  std::uint64_t seed_;
};

}  // namespace othello
