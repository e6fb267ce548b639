#include "theory/sgld.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "common/error.h"

namespace othello {
namespace {

/// `x` folded back into [centre − half, centre + half].
float reflected(float x, float centre, double half) {
  double d = x - centre;
  if (std::abs(d) <= half) return x;
  d = std::fmod(std::abs(d + half), 4 * half);  // the fold has period 4·half
  if (!std::isfinite(d)) return x;
  return static_cast<float>(centre + (d <= 2 * half ? d - half : 3 * half - d));
}

}  // namespace

void SgldSettings::check() const {
  if (!(step_size > 0)) fail("the step size of a Langevin chain must be above 0, not {}", step_size);
  if (!(n_beta > 0)) fail("nβ must be above 0, not {}", n_beta);
  if (!(gamma >= 0)) fail("γ must be at least 0, not {}", gamma);
  if (!(box >= 0)) fail("the box of a chain must be at least 0 wide, not {}", box);
  if (gamma == 0 && box == 0 && !confined)
    fail(
        "γ = 0 without a box is a flat prior over infinite space: where the loss does not grow in every direction, "
        "there is no posterior to sample; give γ above 0");
}

double SgldSettings::relaxation() const {
  if (sampler != Sampler::sgld || gamma <= 0) return 0;
  constexpr double kRounding = 1e-9;  // 2/(5e-6·1e4) is 40 and no hair more
  return std::ceil(2 / (step_size * gamma) * (1 - kRounding));
}

SgldChain::SgldChain(std::vector<float> start, const SgldSettings& settings, LossAndGradient loss, std::uint64_t seed,
                     std::uint64_t chain)
    : settings_(settings),
      loss_(std::move(loss)),
      stream_(Stream(seed).child("langevin").child(fmt::format("chain {}", chain))),
      start_(std::move(start)),
      weights_(start_),
      gradient_(start_.size()),
      noise_(start_.size()) {
  settings_.check();
  if (settings_.sampler == Sampler::rmsprop) square_.resize(start_.size());
  value_ = loss_(weights_, draw_, gradient_);
}

float SgldChain::preconditioner(std::size_t i) const {
  if (square_.empty()) return 1;
  return static_cast<float>(1 / (std::sqrt(square_[i] / weight_) + settings_.damping));
}

void SgldChain::move() {
  if (settings_.noise) stream_.normal(draw_, noise_);
  const auto half = static_cast<float>(settings_.step_size / 2), n_beta = static_cast<float>(settings_.n_beta),
             gamma = static_cast<float>(settings_.gamma), root = static_cast<float>(std::sqrt(settings_.step_size));
  const auto keep = static_cast<float>(settings_.decay);
  weight_ = 1 - settings_.decay * (1 - weight_);
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    const float g = gradient_[i];
    if (!square_.empty()) square_[i] = keep * square_[i] + (1 - keep) * g * g;
    const float scale = preconditioner(i);
    float w = weights_[i] - half * scale * (n_beta * g + gamma * (weights_[i] - start_[i]));
    if (settings_.noise) w += root * std::sqrt(scale) * noise_[i];
    weights_[i] = settings_.box > 0 ? reflected(w, start_[i], settings_.box) : w;
  }
  ++draw_;
}

double SgldChain::advance() {
  move();
  return value_ = loss_(weights_, draw_, gradient_);
}

double SgldChain::advance(MoveTest& test) {
  const auto before = weights_, gradient_before = gradient_;
  const double loss_before = value_;
  move();
  const double loss_after = loss_(weights_, draw_ - 1, gradient_);
  test = this->test(before, gradient_before, loss_before, gradient_, loss_after);
  return value_ = loss_(weights_, draw_, gradient_);
}

/// With U = nβ·L + (γ/2)‖w − w*‖², Δ the move and g, g' the gradients of U before and after it:
/// −(U' − U) + ½Δ·(g + g') − (ε/8)(g'ᵀGg' − gᵀGg), which is log π(w')q(w|w') − log π(w)q(w'|w) without the two large
/// squares that would cancel. The prior's part of U cancels against its part of ½Δ·(g + g').
MoveTest SgldChain::test(std::span<const float> before, std::span<const float> gradient_before, double loss_before,
                         std::span<const float> gradient_after, double loss_after) const {
  double log = -settings_.n_beta * (loss_after - loss_before), prior = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    const double from = before[i] - start_[i], to = weights_[i] - start_[i];
    const double g = settings_.n_beta * gradient_before[i], h = settings_.n_beta * gradient_after[i];
    const double pull = settings_.gamma * from, later = settings_.gamma * to;
    const double scale = settings_.step_size / 8 * preconditioner(i);
    log += (to - from) * (g + h) / 2 - scale * ((h - g) * (h + g) + 2 * (later * h - pull * g));
    prior -= scale * (later - pull) * (later + pull);
  }
  const auto probability = [](double value) { return std::isfinite(value) ? std::min(1.0, std::exp(value)) : 0; };
  return {probability(log + prior), probability(log)};
}

}  // namespace othello
