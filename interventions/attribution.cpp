#include "interventions/attribution.h"

#include <cmath>
#include <limits>

#include "common/error.h"

namespace othello {
namespace {

constexpr double kSignificantRecovery = 0.01;

/// Pearson's correlation of pairs; NaN if one side does not vary.
double correlation(const std::vector<std::pair<double, double>>& pairs) {
  const auto n = static_cast<double>(pairs.size());
  double mean_x = 0, mean_y = 0, xx = 0, yy = 0, xy = 0;
  for (const auto& [x, y] : pairs) mean_x += x / n, mean_y += y / n;
  for (const auto& [x, y] : pairs) {
    xx += (x - mean_x) * (x - mean_x);
    yy += (y - mean_y) * (y - mean_y);
    xy += (x - mean_x) * (y - mean_y);
  }
  return xx > 0 && yy > 0 ? xy / std::sqrt(xx * yy) : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

std::vector<PatchRow> attribution_patching(const Transformer& model, const PatchPair& pair, const SiteValues& clean) {
  const auto vocabulary = model.config().vocabulary();
  const at::AutoGradMode with_gradient(true);
  Trace trace;
  // Weights ask for no gradient, so the graph starts at the embedding.
  trace.edit({SiteKind::embed}, [](const Tensor& value) { return value.detach().requires_grad_(); });
  for (const auto& [site, value] : clean) trace.record(site);
  const auto logits = model.forward(game_tokens(pair.corrupt, vocabulary), &trace, Operations::plain)[0][-1];
  const auto metric = at::dot(logits.to(at::kDouble), logit_contrast(pair, vocabulary));
  TensorList corrupt;
  for (const auto& [site, value] : clean) corrupt.push_back(trace.value(site));
  const auto slopes = gradients(metric, corrupt);
  std::map<Site, Tensor> effects;  // [pos], z [pos, head]; fp64
  std::size_t i = 0;
  for (const auto& [site, value] : clean) {
    effects[site] = ((value - corrupt[i].detach()).to(at::kDouble) * slopes[i].to(at::kDouble)).sum(-1)[0];
    ++i;
  }
  auto grid = empty_grid(model.config(), pair);
  for (auto& row : grid) {
    auto effect = effects.at(site_of(row.component, row.layer));
    if (row.component == PatchComponent::head) effect = effect.select(1, row.head);
    for (std::size_t t = 0; t < row.effect.size(); ++t)
      if (row.reaches[t]) row.effect[t] = effect[static_cast<std::int64_t>(t)].item<double>();
  }
  return grid;
}

ApproximationError approximation_error(const std::vector<PatchRow>& exact, const std::vector<PatchRow>& approximate,
                                       PatchComponent component, double total) {
  if (exact.size() != approximate.size()) fail("exact and approximate effects are of different places");
  std::vector<std::pair<double, double>> pairs;  // recoveries
  for (std::size_t i = 0; i < exact.size(); ++i) {
    const auto &a = exact[i], &b = approximate[i];
    if (a.component != b.component || a.layer != b.layer || a.head != b.head || a.reaches != b.reaches)
      fail("exact and approximate effects are of different places");
    if (a.component != component) continue;
    for (std::size_t t = 0; t < a.effect.size(); ++t)
      if (a.reaches[t]) pairs.emplace_back(a.effect[t] / total, b.effect[t] / total);
  }
  ApproximationError error{.n = static_cast<std::int64_t>(pairs.size()), .correlation = correlation(pairs)};
  double agree = 0;
  for (const auto& [x, y] : pairs) {
    error.mean_absolute_error += std::abs(x - y) / static_cast<double>(pairs.size());
    error.mean_absolute_exact += std::abs(x) / static_cast<double>(pairs.size());
    if (std::abs(x) < kSignificantRecovery) continue;
    ++error.sign_n;
    agree += (x > 0) == (y > 0) ? 1 : 0;
  }
  error.sign_agreement =
      error.sign_n > 0 ? agree / static_cast<double>(error.sign_n) : std::numeric_limits<double>::quiet_NaN();
  return error;
}

}  // namespace othello
