#include "probes/normal_equations.h"

#include <Eigen/Cholesky>

namespace othello {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// An intercept that no row ever had would leave its equation empty.
constexpr double kEmpty = 1e-9;

}  // namespace

NormalEquations::NormalEquations(std::int64_t width, std::int64_t outputs, std::int64_t free_from)
    : free_from_(free_from),
      gram_(torch::zeros({width, width}, at::kDouble)),
      cross_(torch::zeros({width, outputs}, at::kDouble)) {}

void NormalEquations::add(const Tensor& x, const Tensor& y) {
  // In fp64 throughout: activations of early layers span few directions, and rounding there would break Cholesky.
  const auto wide = x.to(at::kDouble);
  gram_.add_(at::mm(wide.t(), wide));
  cross_.add_(at::mm(wide.t(), y.to(at::kDouble)));
}

void NormalEquations::add_indicators(const std::vector<std::int32_t>& active, const std::vector<std::int32_t>& hits) {
  double* gram = gram_.data_ptr<double>();
  double* cross = cross_.data_ptr<double>();
  for (const auto row : active) {
    for (const auto column : active) gram[row * gram_.size(1) + column] += 1;
    for (const auto column : hits) cross[row * cross_.size(1) + column] += 1;
  }
}

TensorList NormalEquations::solve(const std::vector<double>& ridges) const {
  const auto width = gram_.size(0), outputs = cross_.size(1);
  const Eigen::Map<const Matrix> gram(gram_.data_ptr<double>(), width, width);
  const Eigen::Map<const Matrix> cross(cross_.data_ptr<double>(), width, outputs);
  const double scale = free_from_ > 0 ? gram.diagonal().head(free_from_).mean() : 1;
  TensorList solutions;
  for (const double ridge : ridges) {
    Eigen::MatrixXd system = gram;
    system.diagonal().head(free_from_).array() += std::max(ridge * scale, kEmpty);
    system.diagonal().tail(width - free_from_).array() += kEmpty;
    const Eigen::LLT<Eigen::Ref<Eigen::MatrixXd>> factors(system);
    if (factors.info() != Eigen::Success)
      fail("a ridge regression with {} inputs has no stable solution; use more games", width);
    auto solution = torch::empty({width, outputs}, at::kDouble);
    Eigen::Map<Matrix>(solution.data_ptr<double>(), width, outputs) = factors.solve(cross);
    solutions.push_back(solution.to(at::kFloat));
  }
  return solutions;
}

}  // namespace othello
