#include "theory/learnability.h"

#include <cmath>

#include "common/error.h"

namespace othello {

Learnability learnability(const Tensor& eigenvalues, std::int64_t pool, double n, double ridge) {
  if (n <= 0 || ridge < 0 || pool <= 0) fail("learnability needs a positive number of samples and no negative ridge");
  const auto lambda = eigenvalues / static_cast<double>(pool);
  const auto samples_for = [&](double kappa) {
    return (lambda / (lambda + kappa)).sum().item<double>() + ridge / kappa;
  };
  Learnability found;
  found.modes = at::ones_like(lambda);
  if (ridge > 0 || n < static_cast<double>(lambda.size(0))) {
    // Σ λ/(λ + κ) + ridge/κ falls with κ and is at most (tr λ + ridge)/κ.
    double high = (lambda.sum().item<double>() + ridge) / n, low = high * 1e-18;
    for (int step = 0; step < 200 && high / low > 1 + 1e-14; ++step) {
      const double middle = std::sqrt(low * high);
      (samples_for(middle) > n ? low : high) = middle;
    }
    found.kappa = std::sqrt(low * high);
    found.modes = lambda / (lambda + found.kappa);
  }
  const double known = found.modes.square().sum().item<double>();
  found.overfitting = n > known ? n / (n - known) : 1;
  return found;
}

LearnedTarget learned_target(const Learnability& learned, const Tensor& power) {
  const double outside = std::max(0.0, 1 - power.sum().item<double>());
  const double missed = ((1 - learned.modes).square() * power).sum().item<double>() + outside;
  return {(learned.modes * power).sum().item<double>(), learned.overfitting * missed};
}

double measured_error(const Tensor& k, const Tensor& y, const Tensor& samples, double ridge) {
  const auto columns = k.index_select(1, samples);  // [pool, n]
  const auto among = columns.index_select(0, samples) + ridge * at::eye(samples.size(0), k.options());
  const auto dual = at::cholesky_solve(y.index_select(0, samples), at::linalg_cholesky(among));
  return ((columns.mm(dual) - y).square().sum() / y.square().sum()).item<double>();
}

}  // namespace othello
