// From the losses along chains to a learning coefficient, its interval and whether it can be trusted.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "common/statistics.h"

namespace othello {

/// Losses along one chain, an entry for every draw, burn-in first.
struct LlcTrace {
  std::vector<double> difference;  // Σ over the draw's positions of loss(w) − loss(w*), nats
  std::vector<double> positions;   // how many they are
};

struct LlcContext {
  double n_beta = 0;
  std::size_t burn_in = 0;   // draws that the estimate leaves out
  double relaxation = 0;     // draws in which the chain forgets its start; 0: not known
  double loss_at_start = 0;  // L(w*), nats
  double equal_chances = 0;  // loss of a model that knows nothing; ≤ 0: there is none
  double acceptance = 1;     // MoveTest::of_loss, mean over the moves that were tested
};

struct LlcDiagnosis {
  Estimate llc;                // mean over chains with its t-interval (n = chains)
  std::vector<double> chains;  // λ̂ of each
  double chain_std = 0;
  double drift = 0;                // change over the second half of the draws as a share of λ̂, by a straight line
  double r_hat = 0;                // split R̂ of Gelman et al. 2013 (Bayesian Data Analysis, §11.4) over the draws
  bool without_positions = false;  // a chain whose draws have none
  bool valid = true;
  std::string reason;  // why not
};

/// λ̂ = nβ·(E[L] − L(w*)) of each chain as a ratio of sums (Lau et al. 2023, arXiv 2308.12108, eq. 18). Not valid, in
/// this order: a chain without a position behind its burn-in; a loss that is not finite; a loss above equal chances or
/// an acceptance below kLeastAcceptance, where the step is too long; a burn-in shorter than the relaxation time; a
/// coefficient clearly below 0, where w* is no minimum; an interval of λ̂ that holds 0; a drift of more than kMostDrift
/// whose t-interval over chains leaves out 0; chains whose standard deviation is more than kMostSpread of λ̂ with R̂
/// above kMostRHat, or more than kMostSpreadAtAll whatever R̂; a drift of more than kMostUnclearDrift, whatever its
/// interval: few draws have wide ones, so that one which holds 0 does not say that the chain stands still.
LlcDiagnosis llc_diagnosis(std::span<const LlcTrace> chains, const LlcContext& context);

inline constexpr double kLeastAcceptance = 0.5, kMostDrift = 0.1, kMostSpread = 0.1, kMostRHat = 1.1;
inline constexpr double kMostUnclearDrift = 0.25, kMostSpreadAtAll = 0.5;

/// Mean of values with the 95 % interval of Student's t. Throws Error for fewer than two.
Estimate t_interval(std::span<const double> values);

}  // namespace othello
