// Cross-entropy of many softmaxes side by side, for the gradients that probes write by hand.
#pragma once

#include "model/torch.h"

namespace othello {

/// Scores z [rows, classes, units] fp32 become probabilities minus the indicator of `label(row, unit)`: the gradient of
/// the cross-entropies, which in nats are added to loss [units]. Classes as planes: all of it vectorises over units.
template <class Label>
void softmax_residual(Tensor& z, const Label& label, double* loss) {
  const auto rows = z.size(0), classes = z.size(1), units = z.size(2);
  z.sub_(z.amax(1, true));
  const auto each_label = [&](const auto& visit) {
    float* scores = z.data_ptr<float>();
    for (std::int64_t row = 0; row < rows; ++row, scores += classes * units)
      for (std::int64_t u = 0; u < units; ++u) visit(u, scores[label(row, u) * units + u]);
  };
  each_label([&](std::int64_t u, float& score) { loss[u] -= static_cast<double>(score); });
  auto total = z.exp_().sum(1, true);
  z.div_(total);
  const auto logs = total.log_().sum(at::IntArrayRef{0, 1}, false, at::kDouble).contiguous();
  for (std::int64_t u = 0; u < units; ++u) loss[u] += logs.template data_ptr<double>()[u];
  each_label([](std::int64_t, float& probability) { probability -= 1; });
}

}  // namespace othello
