// Localised stochastic-gradient Langevin dynamics on any loss of a flat vector of weights.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "common/random.h"

namespace othello {

enum class Sampler {
  sgld,     // Welling & Teh 2011
  rmsprop,  // preconditioned by the running square of the gradients: Li et al. 2016, arXiv 1512.07666
};

/// The density sampled is exp(−nβ·L(w) − (γ/2)·‖w − w*‖²), inside the box if there is one (Lau et al. 2023,
/// arXiv 2308.12108).
struct SgldSettings {
  double n_beta = 1000;     // nβ: what the loss is multiplied with
  double gamma = 10000;     // γ: how strongly the chain is held at w*
  double step_size = 5e-6;  // ε
  Sampler sampler = Sampler::sgld;
  double decay = 0.99;    // of the running square, for rmsprop
  double damping = 0.1;   // added to its root, for rmsprop
  double box = 0;         // > 0: |wᵢ − wᵢ*| stays below it, by reflection
  bool confined = false;  // the loss itself grows in every direction, so that γ = 0 without a box is a density
  bool noise = true;      // false: the drift alone

  /// Throws Error for a step, nβ, γ or box below 0, and for γ = 0 without a box where the loss does not confine: that
  /// prior is flat over infinite space, and with directions along which the loss does not grow there is no posterior.
  void check() const;

  /// Moves in which the walk forgets its start along directions that the prior alone holds, 2/(ε·γ) rounded up; 0 if it
  /// is not known: preconditioned, or γ = 0.
  double relaxation() const;
};

/// The loss at `weights`, with its gradient written to `gradient`, both [d]. `draw` (from 0) says which minibatch.
using LossAndGradient =
    std::function<double(std::span<const float> weights, std::uint64_t draw, std::span<float> gradient)>;

/// With what probability a Metropolis–Hastings test would have taken a move (MALA, Roberts & Tweedie 1996).
struct MoveTest {
  double acceptance = 1;
  /// Without the share −(ε/8)γ²(‖w' − w*‖² − ‖w − w*‖²) that the prior alone would have had: a known Gaussian whose
  /// steps are exact enough, but in a million directions at once it hides what the step makes of the loss.
  double of_loss = 1;
};

/// One chain, a function of its settings, seed and number: Δw = −(ε/2)·G·[nβ·∇L + γ(w − w*)] + N(0, ε·G), G = 1 for
/// sgld and 1/(√v + damping) for rmsprop with v the mean of ∇L² (its correction for G's own slope is left out, as in
/// devinterp).
class SgldChain {
 public:
  /// Starts at w* = `start`. The loss is called at once, for draw 0. Throws Error as SgldSettings::check does.
  SgldChain(std::vector<float> start, const SgldSettings& settings, LossAndGradient loss, std::uint64_t seed,
            std::uint64_t chain);

  /// One move and the loss after it, on the next draw's minibatch.
  double advance();

  /// The same, with a test of the move on the minibatch that it was made on. It costs one more call of the loss.
  double advance(MoveTest& test);

  std::span<const float> weights() const { return weights_; }

 private:
  void move();
  MoveTest test(std::span<const float> before, std::span<const float> gradient_before, double loss_before,
                std::span<const float> gradient_after, double loss_after) const;
  float preconditioner(std::size_t i) const;

  SgldSettings settings_;
  LossAndGradient loss_;
  Stream stream_;
  std::vector<float> start_, weights_, gradient_, square_, noise_;  // [d] each
  std::uint64_t draw_ = 0;
  double value_ = 0;
  double weight_ = 0;  // of the squares seen so far, 1 − decayᵗ
};

}  // namespace othello
