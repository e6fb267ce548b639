#include "training/divergence.h"

#include <algorithm>
#include <cmath>

namespace othello {
namespace {

double square_sum(const Tensor& tensor) {
  const double norm = tensor.to(at::kDouble).norm().item<double>();
  return std::abs(norm * norm);  // without the sign that a NaN may have
}

/// "blocks.3.attn.W_O" → "blocks.3", "embed.W_E" → "embed".
std::string layer_of(const std::string& name) {
  return name.substr(0, name.find('.', name.starts_with("blocks.") ? 7 : 0));
}

}  // namespace

void LossWatch::alarm() const {
  throw Diverged(
      fmt::format("the loss has been more than {} nats above its best level {:.3f} for {} steps (now "
                  "{:.3f}; train.spike_nats)",
                  margin_, level_, high_, last_));
}

void LossWatch::end() const {
  if (high_ >= kPatienceAtEnd) alarm();
}

void LossWatch::add(double loss, int steps) {
  last_ = loss;
  high_ = margin_ > 0 && loss > level_ + margin_ ? high_ + steps : 0;
  if (high_ >= kPatience) alarm();
  window_.push_back(loss);
  if (window_.size() < kWindow) return;
  std::vector<double> sorted(window_.begin(), window_.end());
  std::nth_element(sorted.begin(), sorted.begin() + kWindow / 2, sorted.end());
  level_ = std::min(level_, sorted[kWindow / 2]);
  window_.pop_front();
}

void require_finite(const Parameters& parameters) {
  Parameters::visit(parameters, [](const std::string& name, const Tensor& tensor, Role) {
    if (!tensor.isfinite().all().item<bool>())
      throw Diverged(fmt::format("the weights '{}' hold numbers that are not finite", name));
  });
}

std::vector<std::string> layer_norms(const Parameters& parameters, const Optimizer& optimizer) {
  const auto state = optimizer.state();
  struct Sums {
    std::string layer;
    double weights = 0, gradients = 0;
  };
  std::vector<Sums> layers;
  Parameters::visit(parameters, [&](const std::string& name, const Tensor& tensor, Role) {
    if (layers.empty() || layers.back().layer != layer_of(name)) layers.push_back({layer_of(name), 0, 0});
    layers.back().weights += square_sum(tensor);
    for (const char* mean : {".m", ".momentum"})
      if (const auto found = state.find(name + mean); found != state.end())
        layers.back().gradients += square_sum(found->second);
  });
  std::vector<std::string> lines;
  for (const auto& sums : layers)
    lines.push_back(fmt::format("{:<10} norm of weights {:.4g}, of mean gradients {:.4g}", sums.layer,
                                std::sqrt(sums.weights), std::sqrt(sums.gradients)));
  return lines;
}

}  // namespace othello
