// Moving what a probe says of squares, and nothing that it does not look at.
#pragma once

#include "interventions/linear_edit.h"

namespace othello {

/// The scores s = W·x + b of the squares that change become s + scale·(s′ − s), where s′ has those of the old and the
/// new state exchanged: so scale 1 makes the probe answer the new state as firmly as it did the old one. The change of
/// x is the smallest that does so, in the span of these squares' weights, so that the null space of the probe of these
/// squares keeps its part of x.
class CoordinateEdit : public Edit {
 public:
  /// `probes` outlive this; they are linear ones of mine / yours / empty.
  CoordinateEdit(std::map<ProbeSite, const FittedProbe*> probes, const BoardSize& board, Aim aim, double scale,
                 std::uint64_t seed = 1);
  Tensor apply(const Tensor& x, const ProbeSite& site, const CaseBatch& batch) const override;

 private:
  std::map<ProbeSite, Tensor> weights_;  // [2·64, width + 1, classes], even plies first
  Aim aim_;
  double scale_;
  std::uint64_t seed_;
};

}  // namespace othello
