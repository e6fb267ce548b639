#include "model/parameters.h"

namespace othello {

void ModelConfig::resolve() {
  board_size(board);
  if (d_model % heads != 0)
    fail("configuration key 'model.d_model' is {}, which {} heads cannot share evenly", d_model, heads);
  if (d_mlp == 0) d_mlp = 4 * d_model;
}

TensorList Parameters::list() const {
  TensorList tensors;
  visit(*this, [&](const std::string&, const Tensor& tensor, Role) { tensors.push_back(tensor); });
  return tensors;
}

std::vector<Role> Parameters::roles() const {
  std::vector<Role> all;
  visit(*this, [&](const std::string&, const Tensor&, Role role) { all.push_back(role); });
  return all;
}

std::vector<std::string> Parameters::names() const {
  std::vector<std::string> all;
  visit(*this, [&](const std::string& name, const Tensor&, Role) { all.push_back(name); });
  return all;
}

std::int64_t Parameters::count() const {
  std::int64_t total = 0;
  for (const auto& tensor : list()) total += tensor.numel();
  return total;
}

Parameters Parameters::shapes(const ModelConfig& config) {
  const auto vocabulary = config.vocabulary();
  const std::int64_t d = config.d_model;
  const auto empty = [](at::IntArrayRef shape) {
    return torch::empty(shape, at::TensorOptions(at::kMeta).dtype(at::kFloat));
  };
  Parameters p;
  p.W_E = empty({vocabulary.size(), d});
  p.W_pos = empty({vocabulary.context(), d});
  for (int layer = 0; layer < config.layers; ++layer)
    p.blocks.push_back({empty({d}), empty({d}), empty({d, 3 * d}), empty({3 * d}), empty({d, d}), empty({d}),
                        empty({d}), empty({d}), empty({d, config.d_mlp}), empty({config.d_mlp}),
                        empty({config.d_mlp, d}), empty({d})});
  p.ln_final_w = empty({d});
  p.ln_final_b = empty({d});
  p.W_U = empty({d, vocabulary.size()});
  return p;
}

Parameters Parameters::initial(const ModelConfig& config, const Stream& stream) {
  Parameters p = shapes(config);
  std::uint64_t index = 0;
  visit(p, [&](const std::string& name, Tensor& tensor, Role role) {
    const auto shape = tensor.sizes().vec();
    tensor = torch::empty(shape, at::kFloat);
    const bool gain = role == Role::norm && name.ends_with(".w");
    if (shape.size() == 1) {
      tensor.fill_(gain ? 1.0 : 0.0);
    } else {
      stream.normal(index++, {tensor.data_ptr<float>(), static_cast<std::size_t>(tensor.numel())});
      tensor.mul_(0.02);
    }
  });
  return p;
}

Parameters Parameters::compute_copy(at::ScalarType precision, bool with_gradient) const {
  Parameters copy = *this;
  visit(copy, [&](const std::string&, Tensor& tensor, Role role) {
    const bool multiplies = role == Role::hidden || role == Role::head;
    tensor = tensor.detach().to(multiplies ? precision : at::kFloat);
    tensor.requires_grad_(with_gradient);
  });
  return copy;
}

}  // namespace othello
