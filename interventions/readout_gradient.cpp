#include "interventions/readout_gradient.h"

#include <cmath>

namespace othello {
namespace {

constexpr double kBeta1 = 0.9, kBeta2 = 0.999, kEpsilon = 1e-8;

/// Columns [.., units·classes] → [.., classes·units].
Tensor as_planes(const Tensor& columns, std::int64_t units, std::int64_t classes) {
  auto shape = columns.sizes().vec();
  shape.back() = units;
  shape.push_back(classes);
  return columns.to(at::kFloat).reshape(shape).transpose(-1, -2).flatten(-2).contiguous();
}

std::int64_t units_of(const Tensor& weights, std::int64_t classes) {
  if (classes < 1 || weights.size(1) % classes != 0)
    fail("a probe with {} outputs does not score units of {} classes", weights.size(1), classes);
  return weights.size(1) / classes;
}

void check(const PlaneReadout& readout, const Tensor& x, const Tensor& labels, const Tensor& weights) {
  if (x.dim() != 2 || x.size(1) != readout.width())
    fail("a probe of activations of width {} cannot read those of width {}", readout.width(), x.size(-1));
  const std::vector<std::int64_t> shape{x.size(0), readout.units};
  if (labels.sizes() != shape || weights.sizes() != shape)
    fail("to edit {} rows by a probe of {} units takes a label and a weight for each unit of each row", x.size(0),
         readout.units);
  if (labels.numel() > 0 &&
      (labels.min().item<std::int64_t>() < 0 || labels.max().item<std::int64_t>() >= readout.classes))
    fail("a label to be read is none of the probe's {} classes", readout.classes);
}

Tensor centred(const PlaneReadout& readout, const Tensor& x) {
  return readout.mean.defined() ? x - readout.mean : x.clone();
}

/// Loss and gradient for activations that are centred already: the offset of a column is then rounded once, not at
/// every step.
class Objective {
 public:
  Objective(const PlaneReadout& readout, const Tensor& labels, const Tensor& weights)
      : readout_(readout),
        labels_(labels.to(at::kLong).unsqueeze(1)),
        weights_((weights.to(at::kFloat) / static_cast<double>(readout.units)).unsqueeze(1)),
        w2_back_(readout.w2.t().contiguous()),
        w1_back_(readout.w1.defined() ? readout.w1.t().contiguous() : Tensor()) {}

  /// Of each row, [rows]; with the gradient [rows, width], if asked for.
  Tensor loss(const Tensor& x, Tensor* gradient) const {
    const auto rows = x.size(0);
    Tensor hidden = x;
    if (readout_.w1.defined()) hidden = at::addmm(readout_.b1, x, readout_.w1).relu_();
    auto z = at::addmm(readout_.b2, hidden, readout_.w2).view({rows, readout_.classes, readout_.units});
    z.sub_(z.amax(1, true));
    const auto wanted = z.gather(1, labels_);  // [rows, 1, units]
    const auto total = z.exp_().sum(1, true);  // [rows, 1, units]
    const auto losses = total.log().sub_(wanted).mul_(weights_).sum(at::IntArrayRef{1, 2});
    if (gradient == nullptr) return losses;
    z.mul_(weights_ / total);  // weighted probabilities, minus the weighted indicators
    z.scatter_add_(1, labels_, -weights_);
    *gradient = at::mm(z.view({rows, -1}), w2_back_);
    if (readout_.w1.defined()) *gradient = at::mm(gradient->mul_(hidden > 0), w1_back_);
    return losses;
  }

 private:
  const PlaneReadout& readout_;
  Tensor labels_, weights_;  // [rows, 1, units]
  Tensor w2_back_, w1_back_;
};

}  // namespace

Tensor PlaneReadout::logits(const Tensor& x) const {
  auto hidden = centred(*this, x);
  if (w1.defined()) hidden = at::addmm(b1, hidden, w1).relu_();
  return at::addmm(b2, hidden, w2).view({x.size(0), classes, units});
}

PlaneReadout planes_of(const Tensor& weights, std::int64_t classes) {
  PlaneReadout planes;
  planes.classes = classes, planes.units = units_of(weights, classes);
  const auto columns = as_planes(weights, planes.units, classes);
  planes.w2 = columns.narrow(0, 0, columns.size(0) - 1);
  planes.b2 = columns[columns.size(0) - 1];
  return planes;
}

PlaneReadout planes_of(const FittedProbe& probe, int parity) {
  const auto& weights = probe.readout.weights[parity];
  if (!weights.defined()) fail("{} has no weights for {} plies", probe.describe(), parity == 0 ? "even" : "odd");
  return planes_of(weights, static_cast<std::int64_t>(probe.classes.size()));
}

PlaneReadout planes_of(const MlpProbe& probe, std::int64_t classes) {
  PlaneReadout planes;
  planes.classes = classes, planes.units = units_of(probe.w2, classes);
  planes.mean = probe.mean;
  planes.w1 = (probe.w1 / probe.deviation.unsqueeze(1)).contiguous();
  planes.b1 = probe.b1;
  planes.w2 = as_planes(probe.w2, planes.units, classes);
  planes.b2 = as_planes(probe.b2, planes.units, classes);
  return planes;
}

ReadoutLoss readout_loss(const PlaneReadout& readout, const Tensor& x, const Tensor& labels, const Tensor& weights) {
  const at::NoGradGuard no_grad;
  check(readout, x, labels, weights);
  ReadoutLoss result;
  result.loss = Objective(readout, labels, weights).loss(centred(readout, x), &result.gradient);
  return result;
}

Descended descend(const PlaneReadout& readout, const Tensor& x, const Tensor& labels, const Tensor& weights,
                  const DescentSettings& settings) {
  const at::NoGradGuard no_grad;
  check(readout, x, labels, weights);
  if (settings.steps < 1 || !(settings.rate > 0))
    fail("gradient descent on activations needs at least one step and a rate above 0");
  const Objective objective(readout, labels, weights);
  auto rate = at::full({x.size(0), 1}, settings.rate, at::kFloat);
  if (settings.relative) rate.mul_(x.square().mean(1, true).sqrt());
  auto moved = centred(readout, x);
  auto first = at::zeros_like(moved), second = at::zeros_like(moved);
  Descended result;
  result.loss = torch::empty({settings.steps + 1, x.size(0)}, at::kFloat);
  Tensor gradient;
  for (int step = 1; step <= settings.steps; ++step) {
    result.loss[step - 1].copy_(objective.loss(moved, &gradient));
    if (settings.optimizer == DescentSettings::Optimizer::sgd) {
      moved.sub_(gradient * rate);
      continue;
    }
    const double correction1 = 1 - std::pow(kBeta1, step), correction2 = 1 - std::pow(kBeta2, step);
    first.mul_(kBeta1).add_(gradient, 1 - kBeta1);
    second.mul_(kBeta2).addcmul_(gradient, gradient, 1 - kBeta2);
    moved.sub_(first * (rate / correction1) / (second / correction2).sqrt_().add_(kEpsilon));
  }
  result.loss[settings.steps].copy_(objective.loss(moved, nullptr));
  result.x = readout.mean.defined() ? moved.add_(readout.mean) : moved;
  return result;
}

}  // namespace othello
