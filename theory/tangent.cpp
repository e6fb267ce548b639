#include "theory/tangent.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "common/threads.h"
#include "engine/notation.h"

namespace othello {
namespace {

/// A unit vector over tokens that sums to 0 and has 0 at padding: [vocabulary].
Tensor random_contrast(std::int64_t vocabulary, std::uint64_t seed) {
  std::vector<float> draws(static_cast<std::size_t>(vocabulary - 1));
  Stream(seed).child("contrast of logits").normal(0, draws);
  auto v = at::tensor(draws, at::kFloat).to(at::kDouble);
  v -= v.mean();
  v /= v.norm();
  return at::cat({torch::zeros({1}, at::kDouble), v}).to(at::kFloat);
}

/// The group of a parameter: where in the model it is.
std::string group_of(const std::string& parameter) {
  if (parameter.starts_with("blocks.")) return parameter.substr(0, parameter.find('.', std::strlen("blocks.")));
  return parameter.starts_with("ln_final") || parameter.starts_with("unembed") ? "unembed" : "embed";
}

}  // namespace

std::int64_t TangentSource::parameter_count() const {
  std::int64_t total = 0;
  for (const auto& group : groups()) total += group.count;
  return total;
}

ParameterGroup parameter_group(std::string name, std::vector<std::size_t> tensors, const TensorList& parameters) {
  std::int64_t count = 0;
  for (const auto tensor : tensors) count += parameters[tensor].numel();
  return {std::move(name), std::move(tensors), count};
}

TensorList tangent(const TangentSource& source, std::int64_t row) {
  const at::AutoGradMode with_gradient(true);
  auto found = torch::autograd::grad({source.output(row)}, source.parameters(), {}, /*retain_graph=*/{},
                                     /*create_graph=*/false, /*allow_unused=*/true);
  for (auto& gradient : found)
    if (gradient.defined()) gradient = gradient.contiguous();
  return found;
}

TensorList tangents(const TangentSource& source, std::int64_t first, std::int64_t count, int workers) {
  TensorList rows;
  for (const auto& group : source.groups()) rows.push_back(torch::empty({count, group.count}, at::kFloat));
  parallel_for(static_cast<int>(count), workers, [&](int i, int) {
    const auto gradients = tangent(source, first + i);
    for (std::size_t g = 0; g < rows.size(); ++g) {
      float* to = rows[g].data_ptr<float>() + i * rows[g].size(1);
      for (const auto tensor : source.groups()[g].tensors) {
        const auto numbers = source.parameters()[tensor].numel();
        to = gradients[tensor].defined() ? std::copy_n(gradients[tensor].data_ptr<float>(), numbers, to)
                                         : std::fill_n(to, numbers, 0.0F);
      }
    }
  });
  return rows;
}

std::string TangentOutput::name() const {
  switch (kind) {
    case Kind::contrast: return "contrast";
    case Kind::pseudo: return "pseudo";
    case Kind::margin: return "margin";
    case Kind::logit: return "logit:" + square_name(square);
  }
  fail("unknown output");
}

TangentOutput parse_tangent_output(const std::string& text, const Vocabulary& vocabulary, std::uint64_t seed) {
  using Kind = TangentOutput::Kind;
  if (text == "contrast") return {.kind = Kind::contrast, .seed = seed};
  if (text == "pseudo") return {.kind = Kind::pseudo};
  if (text == "margin") return {.kind = Kind::margin};
  const std::string logit = "logit:";
  if (!text.starts_with(logit))
    fail("'{}' is no output of a tangent kernel: contrast, pseudo, margin or logit:SQUARE, as in logit:d3", text);
  const auto square = parse_square(text.substr(logit.size()), vocabulary.board());
  if (vocabulary.token(square) == kPadding) fail("{} is never played, so no logit is for it", square_name(square));
  return {.kind = Kind::logit, .square = square};
}

NetworkTangents::NetworkTangents(const Transformer& model, const PositionSample& sample, const TangentOutput& output,
                                 Operations operations)
    : model_(model.compute_copy(at::kFloat, true)),
      sample_(sample),
      output_(output),
      operations_(operations),
      parameters_(model_.parameters().list()) {
  using Kind = TangentOutput::Kind;
  const std::int64_t vocabulary = sample.vocabulary.size();
  if (model.config().vocabulary().size() != vocabulary)
    fail("positions of another board than the model's have no tangents");
  switch (output.kind) {
    case Kind::contrast: fixed_ = random_contrast(vocabulary, output.seed); break;
    case Kind::pseudo: fixed_ = torch::full({vocabulary}, 1 / std::sqrt(static_cast<double>(vocabulary))); break;
    case Kind::margin: break;
    case Kind::logit: fixed_ = torch::zeros({vocabulary}); fixed_[sample.vocabulary.token(output.square)] = 1;
  }
  const auto names = model_.parameters().names();
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto name = group_of(names[i]);
    if (groups_.empty() || groups_.back().name != name) groups_.push_back({name, {}, 0});
    groups_.back().tensors.push_back(i);
    groups_.back().count += parameters_[i].numel();
  }
}

Tensor NetworkTangents::weights(std::int64_t row, const Tensor& logits) const {
  if (fixed_.defined()) return fixed_;
  const auto legal = sample_.legal[static_cast<std::size_t>(row)];
  const auto squares = logits.size(0) - 1;
  const float* value = logits.data_ptr<float>();
  std::int64_t best = 0;
  for (std::int64_t token = 1; token <= squares; ++token)
    if ((legal >> (token - 1) & 1) != 0 && (best == 0 || value[token] > value[best])) best = token;
  auto weights = torch::full({squares + 1}, -1.0 / static_cast<double>(squares - 1));
  weights[0] = 0;
  weights[best] = 1;
  return weights;
}

Tensor NetworkTangents::output(std::int64_t row) const {
  const auto logits = model_.forward(sample_.tokens(row), nullptr, operations_)[0].select(0, -1);  // [vocabulary]
  return at::dot(logits, weights(row, logits.detach()));
}

}  // namespace othello
