// Adding along probe directions (Nanda et al. 2023, arXiv 2309.00941).
#pragma once

#include <map>
#include <memory>

#include "interventions/aim.h"
#include "interventions/edit.h"
#include "probes/probe_set.h"

namespace othello {

/// Unit vectors from state to state, of every square and parity: [2·3·3·64, width]; see row_of. Towards empty it is the
/// direction of "empty" against the mean of both discs, whatever was there; between the same states it is 0. Throws
/// Error if the probe does not read mine / yours / empty of each square.
Tensor direction_table(const FittedProbe& probe, const BoardSize& board);
inline std::int64_t row_of(const StateChange& change) {
  return ((change.parity * kStates + change.from) * kStates + change.to) * 64 + change.square;
}

/// How far an edit goes.
struct Size {
  double scale = 0.2;
  bool relative = true;  // in units of the activation's norm; else absolute
};

/// Which way edits along directions go, for all cases: computed once, for edits of any size.
class Directions {
 public:
  /// `tables`: of every place that is edited.
  Directions(const std::vector<CaseBatch>& batches, const std::map<ProbeSite, Tensor>& tables, Aim aim,
             std::uint64_t seed, int workers = 1);

  /// The sum of the unit vectors of the squares that change: [rows, pos, width].
  const Tensor& of(const CaseBatch& batch, const ProbeSite& site) const;

 private:
  std::vector<std::map<ProbeSite, Tensor>> by_batch_;
};

/// x ← x + scale·(‖x‖ or 1)·direction.
class LinearEdit : public Edit {
 public:
  LinearEdit(std::shared_ptr<const Directions> directions, Size size)
      : directions_(std::move(directions)), size_(size) {}
  Tensor apply(const Tensor& x, const ProbeSite& site, const CaseBatch& batch) const override;

 private:
  std::shared_ptr<const Directions> directions_;
  Size size_;
};

}  // namespace othello
