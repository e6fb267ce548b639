#include "training/optimizer.h"

#include <cmath>

#include "model/kernels/dispatch.h"
#include "model/runtime.h"
#include "training/schedule.h"

namespace othello {
namespace {

constexpr double kBeta1 = 0.9, kBeta2 = 0.95, kEpsilon = 1e-8;
constexpr double kMomentum = 0.95;

}  // namespace

void adamw_update(Tensor& weight, const Tensor& gradient, Tensor& m, Tensor& v, std::int64_t step, double rate,
                  double weight_decay) {
  const double correction1 = 1 - std::pow(kBeta1, step), correction2 = 1 - std::pow(kBeta2, step);
  const double inverse_root = 1 / std::sqrt(correction2), keep = 1 - rate * weight_decay;
  rate /= correction1;
  if (!weight.is_cpu()) {
    m.lerp_(gradient, 1 - kBeta1);
    v.mul_(kBeta2).addcmul_(gradient, gradient, 1 - kBeta2);
    weight.mul_(keep).addcdiv_(m, v.sqrt().mul_(inverse_root).add_(kEpsilon), -rate);
    return;
  }
  model_kernels().adamw(weight.data_ptr<float>(), gradient.data_ptr<float>(), m.data_ptr<float>(), v.data_ptr<float>(),
                        static_cast<std::size_t>(weight.numel()),
                        {.beta1 = static_cast<float>(kBeta1),
                         .beta2 = static_cast<float>(kBeta2),
                         .epsilon = static_cast<float>(kEpsilon),
                         .rate = static_cast<float>(rate),
                         .inverse_root = static_cast<float>(inverse_root),
                         .keep = static_cast<float>(keep)});
}

namespace {

/// Nesterov's momentum, in place; gives the direction.
Tensor nesterov(Tensor& momentum, const Tensor& gradient) {
  if (!gradient.is_cpu()) {
    momentum.lerp_(gradient, 1 - kMomentum);
    return at::lerp(gradient, momentum, kMomentum);
  }
  const auto direction = at::empty_like(gradient);
  model_kernels().nesterov(momentum.data_ptr<float>(), gradient.data_ptr<float>(), direction.data_ptr<float>(),
                           static_cast<std::size_t>(gradient.numel()), static_cast<float>(kMomentum));
  return direction;
}

}  // namespace

Tensor orthogonalise(const Tensor& matrix, at::ScalarType precision) {
  constexpr double a = 3.4445, b = -4.7750, c = 2.0315;
  const bool tall = matrix.size(0) > matrix.size(1);
  auto x = (tall ? matrix.t() : matrix).to(at::kFloat);  // the products are smaller with rows ≤ columns
  x = (x / (x.norm() + 1e-7)).to(precision).contiguous();
  for (int step = 0; step < 5; ++step) {
    const auto square = at::mm(x, x.t());
    const auto polynomial = at::addmm(square, square, square, b, c);  // b·S + c·S²
    x = at::addmm(x, polynomial, x, a);
  }
  return (tall ? x.t() : x).to(at::kFloat);
}

void muon_update(Tensor& weight, const Tensor& gradient, Tensor& momentum, int parts, double rate, double weight_decay,
                 at::ScalarType precision) {
  const auto step = nesterov(momentum, gradient);
  if (weight_decay > 0) weight.mul_(1 - rate * weight_decay);
  const auto columns = weight.size(1) / parts;
  const double scale = std::sqrt(std::max(1.0, static_cast<double>(columns) / static_cast<double>(weight.size(0))));
  for (int part = 0; part < parts; ++part) {
    const auto direction = orthogonalise(step.narrow(1, part * columns, columns), precision);
    weight.narrow(1, part * columns, columns).sub_(direction, rate * scale);
  }
}

Optimizer::Optimizer(const TrainConfig& config, const Parameters& parameters)
    : config_(config), precision_(precision_type(config.precision)) {
  Parameters::visit(parameters, [&](const std::string& name, const Tensor& tensor, Role role) {
    const bool muon = config.optimizer == "muon" && role == Role::hidden;
    Slot slot{.name = name,
              .role = role,
              .parts = muon ? (name.ends_with("W_QKV") ? 3 : 1) : 0,
              .first = torch::zeros_like(tensor),
              .second = {}};
    if (!muon) slot.second = torch::zeros_like(tensor);
    slots_.push_back(std::move(slot));
  });
}

void Optimizer::update(std::size_t index, Tensor& weight, const Tensor& gradient, std::int64_t step) {
  auto& slot = slots_[index];
  // A lazy model's rates are those of u = α·(w − w0).
  const double factor = schedule(config_, step) / (config_.lazy_scale > 0 ? config_.lazy_scale : 1);
  const bool matrix = slot.role == Role::hidden || slot.role == Role::head;
  const double decay = matrix ? config_.weight_decay : 0;
  if (slot.parts > 0)
    muon_update(weight, gradient, slot.first, slot.parts, config_.muon_rate * factor, decay, precision_);
  else adamw_update(weight, gradient, slot.first, slot.second, step + 1, config_.learning_rate * factor, decay);
}

std::map<std::string, Tensor> Optimizer::state() const {
  std::map<std::string, Tensor> tensors;
  for (const auto& slot : slots_) {
    tensors[slot.name + (slot.parts > 0 ? ".momentum" : ".m")] = slot.first;
    if (slot.parts == 0) tensors[slot.name + ".v"] = slot.second;
  }
  return tensors;
}

void Optimizer::load_state(const std::map<std::string, Tensor>& saved, const std::string& source) {
  auto mine = state();
  if (saved.size() != mine.size())
    fail("{}: it holds {} tensors, but this run's optimizer has {}", source, saved.size(), mine.size());
  for (auto& [name, tensor] : mine) {
    const auto found = saved.find(name);
    if (found == saved.end()) fail("{}: it holds no tensor '{}'", source, name);
    if (found->second.sizes() != tensor.sizes() || found->second.scalar_type() != at::kFloat)
      fail("{}: tensor '{}' does not fit this run's model", source, name);
    tensor.copy_(found->second);
  }
}

}  // namespace othello
