#include "probes/logistic_loss.h"

#include "common/threads.h"
#include "probes/softmax.h"

namespace othello {
namespace {

constexpr std::int64_t kMostRuns = 8;
constexpr std::int64_t kMostNumbers = 32 << 20;  // of all runs together, 256 MB

}  // namespace

Tensor sum_of_parts(int parts, int workers, at::IntArrayRef shape, const std::function<void(int, Tensor&)>& add) {
  const auto numbers = std::max<std::int64_t>(1, c10::multiply_integers(shape));
  const auto runs =
      static_cast<int>(std::clamp<std::int64_t>(kMostNumbers / numbers, 1, std::min<std::int64_t>(kMostRuns, parts)));
  TensorList sums(static_cast<std::size_t>(runs));
  parallel_for(runs, workers, [&](int run, int) {
    const at::NoGradGuard no_grad;
    auto& sum = sums[static_cast<std::size_t>(run)] = torch::zeros(shape, at::kDouble);
    for (int part = run; part < parts; part += runs) add(part, sum);
  });
  for (std::size_t run = 1; run < sums.size(); ++run) sums[0].add_(sums[run]);
  return sums[0];
}

LogisticLoss::LogisticLoss(const LogisticProblem& problem, ProbeBatches batches, Tensor penalty, int workers)
    : problem_(problem), batches_(std::move(batches)), penalty_(std::move(penalty)), workers_(workers) {
  for (const auto& batch : batches_)
    for (const int parity : problem_.parities)
      if (const auto rows = batch->positions.count(parity); rows > 0) {
        parts_.emplace_back(batch.get(), parity);
        rows_ += rows;
      }
}

LossAt LogisticLoss::at(const Tensor& weights, const std::vector<std::int64_t>& units) const {
  const auto width = weights.size(0), classes = problem_.classes, count = static_cast<std::int64_t>(units.size());
  const auto columns = classes * count;
  const auto flat = weights.reshape({width, columns}).contiguous();
  // The last row of the sums is the loss.
  const auto sums =
      sum_of_parts(static_cast<int>(parts_.size()), workers_, {width + 1, columns}, [&](int p, Tensor& sum) {
        const auto [batch, parity] = parts_[static_cast<std::size_t>(p)];
        const auto rows = batch->positions.count(parity);
        const auto* labels = batch->labels[problem_.target].data() + batch->positions.begin[parity] * problem_.units;
        auto z = problem_.input.apply(*batch, parity, flat).view({rows, classes, count});
        const auto label = [&](std::int64_t row, std::int64_t u) -> std::int64_t {
          return labels[row * problem_.units + units[static_cast<std::size_t>(u)]];
        };
        softmax_residual(z, label, sum.data_ptr<double>() + width * columns);
        auto gradient = sum.narrow(0, 0, width);
        problem_.input.adjoint(*batch, parity, z.view({rows, columns}), gradient);
      });
  const auto w = weights.to(at::kDouble);
  const auto pull = w * penalty_.view({width, 1, 1});
  auto means = sums / static_cast<double>(rows_);
  LossAt result;
  const auto losses = means[width].narrow(0, 0, count).contiguous();
  const auto objectives = (losses + (pull * w).sum(at::IntArrayRef{0, 1}) / 2).contiguous();
  result.loss.assign(losses.data_ptr<double>(), losses.data_ptr<double>() + count);
  result.objective.assign(objectives.data_ptr<double>(), objectives.data_ptr<double>() + count);
  result.gradient = (means.narrow(0, 0, width).view({width, classes, count}) + pull).to(at::kFloat);
  return result;
}

}  // namespace othello
