#include "theory/size_curve.h"

#include <cmath>

namespace othello {

SizeCurve size_curve(const std::vector<std::int64_t>& sizes, const TensorList& answers, const Tensor& states) {
  TensorList columns{at::full({states.size(0)}, static_cast<double>(states.size(1)), at::kDouble)};
  for (const auto& answered : answers) columns.push_back((answered != states).to(at::kDouble).sum(1));
  const auto sums = at::stack(columns, 1).contiguous();  // [m, 1 + sizes]
  const Bootstrap bootstrap({sums.data_ptr<double>(), static_cast<std::size_t>(sums.numel())}, columns.size());
  SizeCurve curve{sizes, {}, {}};
  for (std::size_t i = 1; i < columns.size(); ++i)
    curve.errors.push_back(bootstrap.of([i](auto total) { return total[i] / total[0]; }));
  curve.exponent = bootstrap.of([&](auto total) {
    const auto n = static_cast<double>(sizes.size());
    double x = 0, y = 0, xx = 0, xy = 0;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      const double at = std::log(static_cast<double>(sizes[i])), error = std::log(total[i + 1] / total[0]);
      x += at, y += error, xx += at * at, xy += at * error;
    }
    return -(n * xy - x * y) / (n * xx - x * x);  // no finite number where there is no error or one size
  });
  return curve;
}

}  // namespace othello
