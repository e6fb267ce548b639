#include "theory/failure_factors.h"

#include <algorithm>

#include "theory/logistic_regression.h"

namespace othello {
namespace {

/// Rows of a table: where each disc belongs, int64 [m, squares], and what the places are called.
struct Table {
  std::string name;
  Tensor place;
  std::vector<std::string> values;
};

/// Facts of positions as [m, 1] int64.
Tensor column(const PositionSample& sample, const std::function<std::int64_t(std::size_t row)>& fact) {
  auto values = at::empty({sample.size(), 1}, at::kLong);
  for (std::int64_t row = 0; row < sample.size(); ++row)
    values.data_ptr<std::int64_t>()[row] = fact(static_cast<std::size_t>(row));
  return values;
}

/// 1, 2, …, and the last one for more.
Table counted(const std::string& name, const Tensor& numbers, int last) {
  Table table{name, numbers.clamp(1, last) - 1, {}};
  for (int i = 1; i <= last; ++i) table.values.push_back(std::to_string(i) + (i == last ? "+" : ""));
  return table;
}

/// Plies in tens: "1-10", …
Table tens(const std::string& name, const Tensor& plies) {
  Table table{name, (plies - 1).div(10, "floor"), {}};
  const auto most = plies.max().item<std::int64_t>();
  for (std::int64_t first = 1; first <= most; first += 10)
    table.values.push_back(fmt::format("{}-{}", first, first + 9));
  return table;
}

/// Mean of `number` over the discs of each of `values` places, and over all of them: positions are the clusters.
struct Means {
  Sampled all;
  std::vector<Sampled> by_place;
};

Means means(const Tensor& number, const Tensor& disc, const Tensor& place, std::size_t values) {
  TensorList columns{(number * disc).sum(1), disc.sum(1)};
  for (std::size_t v = 0; v < values; ++v) {
    const auto here = disc * (place == static_cast<std::int64_t>(v)).to(at::kDouble);
    columns.push_back((number * here).sum(1));
    columns.push_back(here.sum(1));
  }
  const auto sums = at::stack(columns, 1).contiguous();
  const Bootstrap bootstrap({sums.data_ptr<double>(), static_cast<std::size_t>(sums.numel())}, columns.size());
  const auto mean = [&](std::size_t i) {
    return bootstrap.of([i](auto total) { return total[2 * i] / total[2 * i + 1]; });
  };
  Means found{mean(0), {}};
  for (std::size_t v = 1; v <= values; ++v) found.by_place.push_back(mean(v));
  return found;
}

Table by_flips(const BoardTruth& truth) {
  Table table{"by_flips", truth.flips.to(at::kLong), {}};
  for (int rung = 0; rung < kFlipRungs; ++rung) table.values.push_back(flips_name(rung));
  return table;
}

}  // namespace

Json failure_factors(const PositionSample& sample, const BoardTruth& truth, const Tensor& kernel,
                     const Tensor& network) {
  const auto disc = (truth.flips != kNoDisc).to(at::kDouble);
  const auto network_right = network == truth.states, kernel_right = kernel == truth.states;
  const auto failed = (network_right & ~kernel_right).to(at::kDouble);
  const auto reversed = (kernel_right & ~network_right).to(at::kDouble);
  const auto plies = column(sample, [&](std::size_t row) { return sample.plies[row]; });
  const auto captured = column(sample, [&](std::size_t row) { return sample.captures[row].discs; });
  const auto lines = column(sample, [&](std::size_t row) { return sample.captures[row].lines; });
  const auto longest = column(sample, [&](std::size_t row) { return sample.captures[row].longest; });

  Json found;
  for (const auto& table : {by_flips(truth), tens("by_ply", plies), counted("by_captured", captured, 6),
                            counted("by_line_length", longest, 5)}) {
    const auto shares = means(failed, disc, table.place.expand_as(disc), table.values.size());
    if (!found.contains("share")) {
      // Two readings that are right as often also differ here and there: what the kernel alone reads is the control.
      const auto reverse = means(reversed, disc, table.place.expand_as(disc), 0).all;
      found["share"] = to_json(shares.all);
      found["reverse_share"] = to_json(reverse);
      found["net"] = to_json(shares.all - reverse);
    }
    auto& rows = found[table.name] = Json::array();
    for (std::size_t v = 0; v < table.values.size(); ++v)
      rows.push_back({{"value", table.values[v]}, {"share", to_json(shares.by_place[v])}});
  }

  // Only where the network is right: among all discs, what makes the network fail too would pass for the kernel's.
  const auto discs = (network_right & (truth.flips != kNoDisc)).flatten().nonzero().flatten();
  const auto of_discs = [&](const Tensor& fact) {
    return fact.to(at::kDouble).expand_as(disc).flatten().index_select(0, discs);
  };
  const std::vector<std::pair<std::string, Tensor>> factors{
      {"flips", truth.flips}, {"ply", plies}, {"captured", captured}, {"lines", lines}, {"line-length", longest}};
  TensorList x;
  for (const auto& [name, fact] : factors) x.push_back(of_discs(fact));
  const auto position = at::arange(sample.size(), at::kLong).unsqueeze(1);
  const auto coefficients =
      logistic_regression(at::stack(x, 1), of_discs(failed), of_discs(position).to(at::kLong), sample.size());
  found["regression"] = Json::array();
  for (std::size_t i = 0; i < factors.size(); ++i)
    found["regression"].push_back({{"factor", factors[i].first}, {"coefficient", to_json(coefficients[i])}});
  return found;
}

Json feature_learning(const BoardTruth& truth, const Tensor& init_scores, const Tensor& trained_scores) {
  const auto right = at::one_hot(truth.states, 3).to(at::kDouble);  // [m, squares, 3]
  // The ridge shrinks all scores of a source, and each source has its own: margins in units of their own spread do not
  // depend on it.
  const auto margin = [&](const Tensor& flat) {
    const auto scores = flat.view_as(right);
    const auto raw = (scores * right).sum(2) - (scores - 1e30 * right).amax(2);
    return raw / raw.std(/*unbiased=*/false).clamp_min(1e-300);
  };
  const auto disc = (truth.flips != kNoDisc).to(at::kDouble);
  const auto table = by_flips(truth);
  const auto gained = means(margin(trained_scores) - margin(init_scores), disc, table.place, table.values.size());
  Json found{{"score", to_json(gained.all)}, {"by_flips", Json::array()}};
  for (std::size_t v = 0; v < table.values.size(); ++v)
    found["by_flips"].push_back({{"flips", table.values[v]}, {"score", to_json(gained.by_place[v])}});
  return found;
}

}  // namespace othello
