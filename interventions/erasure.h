// Erasure of a concept from activations, from the sums that ridge probes keep: what is linearly readable goes, by the
// smallest change (LEACE) or round by round (INLP), beside random erasures of the same rank.
#pragma once

#include "common/random.h"
#include "probes/normal_equations.h"

namespace othello {

/// First and second moments of activations x and of indicators z of classes.
struct ConceptMoments {
  Tensor mean;         // [width] fp64
  Tensor covariance;   // [width, width] fp64, Σxx
  Tensor cross;        // [width, classes] fp64, Σxz: covariances with the indicators
  Tensor frequencies;  // [classes] fp64: the means of z
  double rows = 0;
};

/// Of sums over an input with one intercept. The indicators are `count` columns of a target's from `first` on: those of
/// one square (first = square·classes), or all squares' (the default). Throws Error if there are no rows, no such
/// columns or no intercept.
ConceptMoments concept_moments(const NormalEquations& sums, std::size_t target, std::int64_t first = 0,
                               std::int64_t count = -1);

/// A projection about the mean that takes `rank` dimensions away: x − (x − mean)·right·leftᵀ, where rightᵀ·left = 1.
/// What then still varies along those dimensions is the rounding of fp32.
struct Eraser {
  Tensor mean;         // [width] fp32
  Tensor left, right;  // [width, rank] fp32

  std::int64_t rank() const { return left.size(1); }
  /// x [rows, width] fp32 → [rows, width] fp32.
  Tensor apply(const Tensor& x) const;
};

/// Of all affine maps after which no linear readout of z beats a constant, the one that changes x least, in every
/// norm that an inner product gives: x − W⁺·P·W·(x − mean), W = (Σxx^½)⁺, P the orthogonal projection onto the columns
/// of W·Σxz (LEACE: Belrose et al. 2023, arXiv 2306.03819, theorem 4.3). Directions in which x does not vary stay as
/// they are. P leaves out singular directions whose correlation with the indicators (each divided by its deviation) is
/// at most `tolerance`; the published code has 0.01 of undivided ones. Chance alone gives correlations of up to
/// (√width + √classes)/√rows: a tolerance above that leaves alone what is not there, 0 erases to the last bit.
Eraser leace(const ConceptMoments& moments, double tolerance = 0.01);

/// Iterative null-space projection (INLP: Ravfogel et al. 2020, arXiv 2004.07667) in closed form: each round fits ridge
/// directions for z (`ridge` in units of the mean variance of x) to what is left of x and removes their span, at most
/// classes − 1 dimensions, by an orthogonal projection. Ends early once nothing is left to read. Throws Error if the
/// rounds or the ridge make no sense.
Eraser iterative_nullspace(const ConceptMoments& moments, int rounds, double ridge = 1e-3);

/// The control for a rank (amnesic probing: Elazar et al. 2021, arXiv 2006.00995): the orthogonal projection about the
/// mean [width] that takes a random subspace away. Throws Error unless 0 ≤ rank ≤ width.
Eraser random_erasure(std::int64_t width, std::int64_t rank, const Tensor& mean, const Stream& stream);

/// The same in whitened coordinates, as LEACE erases: every direction in which x varies is as likely, so that as much
/// of the variance in them goes as with `leace`, whereas `random_erasure` hits mostly directions of little variance.
/// Throws Error if x varies in fewer than `rank` directions.
Eraser random_whitened_erasure(const ConceptMoments& moments, std::int64_t rank, const Stream& stream);

}  // namespace othello
