#include "theory/chain_loss.h"

#include <algorithm>
#include <numeric>

#include "common/threads.h"
#include "model/fused.h"

namespace othello {
namespace {

/// −log p(target) of every position, 0 where there is none: fp64 [rows].
Tensor position_losses(const Tensor& logits, const Tensor& targets) {
  const auto rows = logits.view({-1, logits.size(-1)});
  const auto log_p = at::log_softmax(rows, -1).gather(1, targets.unsqueeze(1)).squeeze(1);
  return (-log_p * targets.gt(0)).to(at::kDouble);
}

/// The model on weights of its own; those that `slices` name are leaves of autograd.
Transformer own_copy(const Transformer& model, const std::vector<WeightSlice>& slices) {
  auto parameters = model.parameters();
  std::size_t index = 0;
  Parameters::visit(parameters, [&](const std::string&, Tensor& tensor, Role) {
    const bool free = std::any_of(slices.begin(), slices.end(), [&](const auto& s) { return s.weight == index; });
    tensor = tensor.detach().to(at::kFloat, false, /*copy=*/true).contiguous().requires_grad_(free);
    ++index;
  });
  return Transformer(model.config(), std::move(parameters));
}

Tensor flat(float* data, std::int64_t length) { return at::from_blob(data, {length}, at::kFloat); }

}  // namespace

StartLosses::StartLosses(const Transformer& model, const LlcGames& games, int workers) {
  for (const auto& set : games.sets) {
    TensorList found(set.batches.size());
    parallel_for(static_cast<int>(found.size()), workers, [&](int i, int) {
      const at::NoGradGuard no_grad;
      const auto& batch = set.batches[static_cast<std::size_t>(i)];
      found[static_cast<std::size_t>(i)] = position_losses(model.forward(batch.tokens), batch.targets);
    });
    auto sums = at::zeros({static_cast<std::int64_t>(set.subsets.size())}, at::kDouble), counts = at::zeros_like(sums);
    for (std::size_t i = 0; i < found.size(); ++i) {
      sums += set.batches[i].masks.mv(found[i]);
      counts += set.batches[i].counts;
    }
    const auto means = sums / counts;
    for (std::int64_t row = 0; row < means.size(0); ++row) subset_means.push_back(means[row].item<double>());
    positions.push_back(std::move(found));
  }
}

ChainLoss::ChainLoss(const Transformer& model, const std::vector<WeightSlice>& slices, const LlcGames& games,
                     const StartLosses& start, std::uint64_t seed, std::uint64_t chain)
    : model_(own_copy(model, slices)),
      slices_(slices),
      games_(games),
      start_losses_(start),
      order_(Stream(seed).child("minibatches").child(fmt::format("chain {}", chain))) {
  const auto weights = model_.parameters().list();
  std::vector<std::size_t> free;  // the weights of the leaves
  for (const auto& slice : slices_) {
    auto found = std::find(free.begin(), free.end(), slice.weight);
    if (found == free.end()) {
      leaves_.push_back(weights[slice.weight]);
      found = free.insert(free.end(), slice.weight);
    }
    leaf_.push_back(static_cast<std::size_t>(found - free.begin()));
  }
}

std::vector<float> ChainLoss::start() const {
  const at::NoGradGuard no_grad;
  TensorList parts;
  for (std::size_t i = 0; i < slices_.size(); ++i) parts.push_back(slices_[i].of(leaves_[leaf_[i]]).reshape({-1}));
  const auto all = at::cat(parts).contiguous();
  return {all.data_ptr<float>(), all.data_ptr<float>() + all.numel()};
}

std::size_t ChainLoss::batch_of(std::uint64_t draw) const {
  const std::uint64_t batches = games_.sets[0].batches.size();
  std::vector<std::size_t> order(batches);
  std::iota(order.begin(), order.end(), 0);
  order_.shuffle(draw / batches, std::span(order));
  return order[draw % batches];
}

double ChainLoss::operator()(std::span<const float> weights, std::uint64_t draw, std::span<float> gradient) {
  batch_ = batch_of(draw);
  const auto& batch = games_.sets[0].batches[batch_];
  // from_blob only lends the memory: it is read here and not written.
  const auto from = flat(const_cast<float*>(weights.data()), static_cast<std::int64_t>(weights.size()));
  std::int64_t at = 0;
  for (std::size_t i = 0; i < slices_.size(); ++i) {
    const at::NoGradGuard no_grad;
    auto part = slices_[i].of(leaves_[leaf_[i]]);
    part.copy_(from.narrow(0, at, part.numel()).view(part.sizes()));
    at += part.numel();
  }
  const auto logits = model_.forward(batch.tokens);  // [games, context, vocabulary]
  const auto loss = fused::cross_entropy_sum(logits.view({-1, logits.size(2)}), batch.targets) / batch.positions;
  const auto found = gradients(loss, leaves_);
  const at::NoGradGuard no_grad;
  losses_ = position_losses(logits.detach(), batch.targets);
  auto to = flat(gradient.data(), static_cast<std::int64_t>(gradient.size()));
  at = 0;
  for (std::size_t i = 0; i < slices_.size(); ++i) {
    const auto part = slices_[i].of(found[leaf_[i]]);
    to.narrow(0, at, part.numel()).view(part.sizes()).copy_(part);
    at += part.numel();
  }
  return losses_.sum().item<double>() / batch.positions;
}

ChainLoss::Differences ChainLoss::differences() const {
  const at::NoGradGuard no_grad;
  Differences found;
  for (std::size_t s = 0; s < games_.sets.size(); ++s) {
    const auto& batch = games_.sets[s].batches[batch_];
    const auto losses = s == 0 ? losses_ : position_losses(model_.forward(batch.tokens), batch.targets);
    const auto sums = batch.masks.mv(losses - start_losses_.positions[s][batch_]);  // [subsets]
    for (std::int64_t row = 0; row < sums.size(0); ++row) {
      found.sums.push_back(sums[row].item<double>());
      found.positions.push_back(batch.counts[row].item<double>());
    }
  }
  return found;
}

}  // namespace othello
