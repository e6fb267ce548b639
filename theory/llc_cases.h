// Problems whose learning coefficient is known: what the sampler makes of them.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "common/statistics.h"
#include "theory/sgld.h"

namespace othello {

/// λ̂ of a chain of step ε, γ and nβ on L = ½·Σ hᵢwᵢ² once it is stationary: ½·Σ [nβhᵢ/lᵢ]/(1 − εlᵢ/4) with
/// lᵢ = nβhᵢ + γ; of the density itself for ε = 0. Infinite from ε = 4/max lᵢ on, where the step is unstable.
double quadratic_coefficient(std::span<const double> curvatures, double n_beta, double gamma, double step_size);

/// nβ·E[L] of exp(−nβ·L − γ/2·(w₁² + w₂²)) on [−half, half]², half > 0, for L = c·w₁²w₂², by quadrature.
double crossing_coefficient(double c, double n_beta, double gamma, double half);

/// nβ·E[|w|^p] of exp(−nβ·|w|^p − γ/2·w²), by quadrature.
double monomial_coefficient(double p, double n_beta, double gamma);

/// λ̂ of chains with exact gradients: the mean over `chains` of nβ·E[L], L being 0 at `start`.
Estimate sampled_coefficient(const LossAndGradient& loss, const std::vector<float>& start, const SgldSettings& settings,
                             int chains, int draws, int burn_in, std::uint64_t seed, int workers);

/// [{"name", "lambda", "truth", "truth_is", "estimate", "low", "high", "n", "n_beta", "gamma", "step_size", "draws"}]:
/// `lambda` is the learning coefficient; `truth` is what the chain would find if it sampled for ever ("stationary", of
/// this very chain; "posterior", of the density at this nβ and γ), or where nobody knows that λ itself ("lambda");
/// estimate, low and high the mean over n chains and its t-interval. About ten seconds on two cores; `most_draws` > 0
/// cuts every chain short, and intervals with it.
Json llc_cases(std::uint64_t seed, int workers, int most_draws = 0,
               const std::function<void(double share)>& progress = {});

}  // namespace othello
