#include "theory/kernel_spectrum.h"

#include <cmath>
#include <limits>

#include "common/random.h"

namespace othello {

std::vector<std::int64_t> log_spaced_ranks(std::int64_t last) {
  std::vector<std::int64_t> ranks;
  for (double place = 1; place <= static_cast<double>(last); place *= std::pow(10, 0.125)) {
    const auto rank = static_cast<std::int64_t>(std::lround(place));
    if (rank <= last && (ranks.empty() || rank > ranks.back())) ranks.push_back(rank);
  }
  if (!ranks.empty() && ranks.back() < last) ranks.push_back(last);
  return ranks;
}

double decay_exponent(const Tensor& eigenvalues) {
  const auto values = eigenvalues.contiguous();
  double n = 0, x = 0, y = 0, xx = 0, xy = 0;
  for (const auto rank : log_spaced_ranks(values.size(0) / 4)) {
    if (rank < 4) continue;
    const double at = std::log(static_cast<double>(rank)), value = std::log(values[rank - 1].item<double>());
    n += 1, x += at, y += value, xx += at * at, xy += at * value;
  }
  if (n < 3) return std::numeric_limits<double>::quiet_NaN();
  return -(n * xy - x * y) / (n * xx - x * x);
}

Tensor concept_power(const Tensor& vectors, const Tensor& y) {
  return vectors.t().mm(y).square().sum(1) / y.square().sum().clamp_min(1e-300);
}

Tensor top_eigenvectors(const Tensor& k, std::int64_t count) {
  constexpr int kSteps = 20;
  constexpr std::int64_t kMore = 16;  // directions that the last ones wanted are told apart from
  const auto n = k.size(0), width = std::min(n, count + kMore);
  auto start = at::empty({n, width}, at::kFloat);
  Stream(0).child("subspace iteration").normal(0, {start.data_ptr<float>(), static_cast<std::size_t>(start.numel())});
  auto basis = start.to(at::kDouble);
  for (int step = 0; step < kSteps; ++step) basis = std::get<0>(at::linalg_qr(k.mm(basis)));
  const auto [values, vectors] = at::linalg_eigh(basis.t().mm(k.mm(basis)));
  const auto kept = std::min(count, n);
  return basis.mm(vectors.slice(1, width - kept).flip(1));
}

}  // namespace othello
