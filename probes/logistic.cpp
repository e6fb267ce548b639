#include "probes/logistic.h"

#include <torch/optim/lbfgs.h>

namespace othello {

LogisticFit fit_logistic(const Tensor& x, const Tensor& states, const Tensor& start, double l2, int max_iterations) {
  const at::AutoGradMode with_gradient(true);
  const auto classes = start.size(1) / states.size(1);
  const auto features = x.size(1) - 1;
  // Standardised columns make the problem round, and L-BFGS fast; the weights are scaled back at the end.
  const auto mean = x.narrow(1, 0, features).mean(0, true);
  const auto deviation = x.narrow(1, 0, features).std(0, false, true).clamp_min(1e-6);
  const auto z = at::cat({(x.narrow(1, 0, features) - mean) / deviation, x.narrow(1, features, 1)}, 1);
  const auto truth = states.reshape({-1});
  auto w = at::cat({start.narrow(0, 0, features) * deviation.t(),
                    start.narrow(0, features, 1) + at::mm(mean, start.narrow(0, 0, features))},
                   0);
  w = w.detach().requires_grad_(true);

  torch::optim::LBFGS solver({w}, torch::optim::LBFGSOptions(1)
                                      .max_iter(max_iterations)
                                      .history_size(20)
                                      .tolerance_grad(1e-6)
                                      .tolerance_change(1e-9)
                                      .line_search_fn("strong_wolfe"));
  LogisticFit fit;
  const auto loss = [&] {
    ++fit.iterations;
    if (w.grad().defined()) w.mutable_grad() = Tensor();
    auto value = at::cross_entropy_loss(at::mm(z, w).view({-1, classes}), truth) +
                 0.5 * l2 * w.narrow(0, 0, features).square().sum();
    value.backward();
    return value;
  };
  solver.step(loss);
  loss();
  fit.gradient_norm = w.grad().abs().max().item<double>();
  const auto solution = w.detach();
  const auto scaled = solution.narrow(0, 0, features) / deviation.t();
  fit.weights = at::cat({scaled, solution.narrow(0, features, 1) - at::mm(mean, scaled)}, 0);
  return fit;
}

}  // namespace othello
