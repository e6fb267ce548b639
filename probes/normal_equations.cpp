#include "probes/normal_equations.h"

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>

namespace othello {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using MatrixMap = Eigen::Map<const Matrix>;

// A feature or an intercept that no row ever had would leave its equation empty.
constexpr double kEmpty = 1e-9;

MatrixMap mapped(const Tensor& tensor) { return {tensor.data_ptr<double>(), tensor.size(0), tensor.size(1)}; }

}  // namespace

NormalEquations::NormalEquations(const ProbeInput& input, const std::vector<std::int64_t>& outputs)
    : gram(torch::zeros({input.width(), input.width()}, at::kDouble)), rows(torch::zeros({1}, at::kDouble)) {
  for (const auto count : outputs) cross.push_back(torch::zeros({input.width(), count}, at::kDouble));
}

void NormalEquations::add(const ProbeInput& input, const ProbeBatch& batch, int parity, const TensorList& indicators) {
  input.accumulate(batch, parity, indicators, gram, cross);
  rows.add_(batch.positions.count(parity));
}

NormalEquations& NormalEquations::operator+=(const NormalEquations& other) {
  gram.add_(other.gram);
  rows.add_(other.rows);
  for (std::size_t target = 0; target < cross.size(); ++target) cross[target].add_(other.cross[target]);
  return *this;
}

NormalEquations NormalEquations::copy() const {
  NormalEquations other;
  other.gram = gram.clone();
  other.rows = rows.clone();
  for (const auto& tensor : cross) other.cross.push_back(tensor.clone());
  return other;
}

TensorList solve_ridge(const ProbeInput& input, const NormalEquations& sums, double ridge) {
  const auto penalty = input.penalty(sums.gram).contiguous();  // [features]
  Eigen::MatrixXd system = mapped(sums.gram);
  system.diagonal().array() += kEmpty;
  system.diagonal().head(input.features()) +=
      ridge * Eigen::Map<const Eigen::VectorXd>(penalty.data_ptr<double>(), input.features());
  const Eigen::LLT<Eigen::Ref<Eigen::MatrixXd>> factors(system);
  if (factors.info() != Eigen::Success)
    fail("a ridge regression on {} has no stable solution; use more games", input.name());
  TensorList solutions;
  for (const auto& cross : sums.cross) {
    auto solution = torch::empty(cross.sizes(), at::kDouble);
    Eigen::Map<Matrix>(solution.data_ptr<double>(), cross.size(0), cross.size(1)) = factors.solve(mapped(cross));
    solutions.push_back(solution.to(at::kFloat));
  }
  return solutions;
}

std::vector<Tensor> reduced_rank(const ProbeInput& input, const Tensor& gram, const Tensor& weights,
                                 const std::vector<std::int64_t>& ranks) {
  const auto features = input.features(), intercepts = input.width() - features;
  const auto w = weights.to(at::kDouble);
  const auto slopes = w.narrow(0, 0, features);                               // [features, outputs]
  auto scatter = gram.narrow(0, 0, features).narrow(1, 0, features).clone();  // of the features
  Tensor mean;                                                                // [intercepts, features]
  if (intercepts > 0) {
    const auto counts = gram.diagonal().narrow(0, features, intercepts).clamp_min(kEmpty);
    mean = gram.narrow(0, features, intercepts).narrow(1, 0, features) / counts.unsqueeze(1);
    scatter -= at::mm(mean.t() * counts.unsqueeze(0), mean);  // each intercept has a centre of its own
  }
  const auto predicted = at::mm(slopes.t(), at::mm(scatter, slopes)).contiguous();  // [outputs, outputs]
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(mapped(predicted));
  if (solver.info() != Eigen::Success) fail("the low-rank probe on {} could not be computed", input.name());
  auto vectors = torch::empty(predicted.sizes(), at::kDouble);  // ascending eigenvalues
  Eigen::Map<Matrix>(vectors.data_ptr<double>(), predicted.size(0), predicted.size(1)) = solver.eigenvectors();
  std::vector<Tensor> reduced;
  for (const auto rank : ranks) {
    const auto kept = std::min(rank, predicted.size(0));
    const auto v = vectors.narrow(1, predicted.size(0) - kept, kept);
    const auto low = at::mm(at::mm(slopes, v), v.t());
    auto whole = low;
    if (intercepts > 0) whole = at::cat({low, w.narrow(0, features, intercepts) + at::mm(mean, slopes - low)});
    reduced.push_back(whole.to(at::kFloat));
  }
  return reduced;
}

Tensor indicators(const ProbeBatch& batch, std::size_t target, int parity, std::int64_t units, std::int64_t classes) {
  const auto rows = batch.positions.count(parity);
  auto y = torch::zeros({rows, units * classes}, at::kFloat);
  float* out = y.data_ptr<float>();
  const auto* labels = batch.labels[target].data() + batch.positions.begin[parity] * units;
  for (std::int64_t i = 0; i < rows * units; ++i) out[i * classes + labels[i]] = 1;
  return y;
}

}  // namespace othello
