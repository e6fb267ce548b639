#include "probes/similarity.h"

#include <cmath>

#include "common/random.h"

namespace othello {
namespace {

constexpr double kNoDirection = 1e-4;  // of the longest of a board
constexpr int kShuffles = 200;
constexpr double kPi = 3.14159265358979323846;

/// Unit vectors of squares, [64, width] fp64; `defined` [64] fp64: 1 where there is one, 0 where the row is 0.
struct Directions {
  Tensor unit, defined;
};

Directions unit_rows(const Tensor& rows) {
  const auto wide = rows.to(at::kDouble);
  const auto length = wide.norm(2, {1}, true);
  const auto defined = (length > length.max() * kNoDirection).to(at::kDouble);
  return {wide / length.clamp_min(1e-300) * defined, defined.squeeze(1)};
}

/// For documents: four digits are more than a cosine ever means.
double rounded(double x) { return std::round(x * 1e4) / 1e4; }

/// What random unit vectors of that dimension would give.
Json null_of(std::int64_t dimension) {
  const auto d = static_cast<double>(dimension);
  return {{"dimension", dimension},
          {"deviation", 1 / std::sqrt(d)},
          {"mean_size", std::exp(std::lgamma(d / 2) - std::lgamma((d + 1) / 2)) / std::sqrt(kPi)}};
}

struct Spread {
  double mean = 0, deviation = 0, size = 0;  // size: mean |x|
  std::int64_t n = 0;
};

/// Of the values where `mask` is 1.
Spread spread(const Tensor& values, const Tensor& mask) {
  Spread s;
  s.n = static_cast<std::int64_t>(mask.sum().item<double>());
  if (s.n == 0) return s;
  const auto n = static_cast<double>(s.n);
  s.mean = (values * mask).sum().item<double>() / n;
  s.size = (values.abs() * mask).sum().item<double>() / n;
  s.deviation = std::sqrt(((values - s.mean).square() * mask).sum().item<double>() / n);
  return s;
}

Json to_json(const Spread& s) {
  if (s.n == 0) return {{"mean", nullptr}, {"deviation", nullptr}, {"n", 0}};
  return {{"mean", rounded(s.mean)}, {"deviation", rounded(s.deviation)}, {"n", s.n}};
}

/// Cosines between the directions of the same squares.
Tensor same_square(const Directions& a, const Directions& b) { return (a.unit * b.unit).sum(1); }

Json with_null(Json value, std::int64_t dimension) {
  value["null"] = null_of(dimension);
  return value;
}

Json row_json(const Tensor& values, const Tensor& mask) {
  Json out = Json::array();
  for (std::int64_t i = 0; i < values.size(0); ++i)
    out.push_back(mask[i].item<double>() > 0 ? Json(rounded(values[i].item<double>())) : Json(nullptr));
  return out;
}

Json matrix_json(const Tensor& values, const Tensor& mask) {
  Json out = Json::array();
  for (std::int64_t i = 0; i < values.size(0); ++i) out.push_back(row_json(values[i], mask[i]));
  return out;
}

struct Contrast {
  std::string name;
  std::vector<float> weights;  // [classes]
};

std::vector<Contrast> contrasts_of(const FittedProbe& probe) {
  const auto count = probe.classes.size();
  std::vector<Contrast> all{{probe.classes[0] + " - " + probe.classes[1], std::vector<float>(count, 0.0F)}};
  all[0].weights[0] = 1, all[0].weights[1] = -1;
  if (const int empty = probe.class_index("empty"); empty >= 0 && count > 2) {
    all.push_back({"empty - rest", std::vector<float>(count, -1.0F / static_cast<float>(count - 1))});
    all[1].weights[static_cast<std::size_t>(empty)] = 1;
  }
  return all;
}

/// Probes of one target, mode and kind, in the order in which a forward pass meets their sites.
std::vector<const FittedProbe*> matching(const ProbeSet& probes, const std::string& target, const std::string& mode,
                                         const std::string& kind) {
  std::vector<const FittedProbe*> found;
  for (const auto& probe : probes.probes)
    if (probe.target == target && probe.mode == mode && probe.kind == kind) found.push_back(&probe);
  if (found.empty()) fail("there is no {} probe ({}) of {} to compare", kind, mode, target);
  return found;
}

const char* plies(const std::vector<int>& parities) {
  return parities.size() == 2 ? "all" : parities[0] == 0 ? "even" : "odd";
}

/// All pairs of squares, and where both have a direction and are not the same: [64, 64].
struct SquarePairs {
  explicit SquarePairs(const Directions& of)
      : cosine(at::mm(of.unit, of.unit.t())),
        both(at::outer(of.defined, of.defined)),
        different(both * (1 - at::eye(64, at::kDouble))) {}
  Tensor cosine, both, different;
};

Json across_squares(const Directions& of, bool whole) {
  const SquarePairs pairs(of);
  const auto s = spread(pairs.cosine, pairs.different);
  Json out = to_json(s);
  out["mean_size"] = s.n > 0 ? Json(rounded(s.size)) : Json(nullptr);
  if (whole) out["cosines"] = matrix_json(pairs.cosine, pairs.both);
  return out;
}

Json across_sites(const std::vector<ProbeSite>& sites, const std::vector<Directions>& of) {
  Json names = Json::array(), means = Json::array(), deviations = Json::array();
  std::int64_t width = 0;
  for (std::size_t i = 0; i < sites.size(); ++i) {
    if (!in_residual_space(sites[i])) continue;
    names.push_back(site_name(sites[i]));
    width = of[i].unit.size(1);
    Json mean_row = Json::array(), deviation_row = Json::array();
    for (std::size_t j = 0; j < sites.size(); ++j) {
      if (!in_residual_space(sites[j])) continue;
      const auto s = to_json(spread(same_square(of[i], of[j]), of[i].defined * of[j].defined));
      mean_row.push_back(s["mean"]);
      deviation_row.push_back(s["deviation"]);
    }
    means.push_back(std::move(mean_row));
    deviations.push_back(std::move(deviation_row));
  }
  Json out{{"sites", names}, {"mean", means}, {"deviation", deviations}};
  return names.empty() ? out : with_null(std::move(out), width);
}

/// The directions in which the stream makes moves likely: [64, d_model], 0 for squares that are no move.
Directions unembedding(const LoadedModel& model) {
  const auto& p = model.model.parameters();
  const auto columns = (p.ln_final_w.unsqueeze(1) * p.W_U).detach().to(at::kCPU, at::kDouble);  // [d_model, vocabulary]
  const auto centred = (columns - columns.mean(0, true)).t();
  auto rows = torch::zeros({64, centred.size(1)}, at::kDouble);
  const auto vocabulary = model.model.config().vocabulary();
  for (int token = 1; token < vocabulary.size(); ++token)
    rows[vocabulary.square(static_cast<Token>(token))].copy_(centred[token]);
  return unit_rows(rows);
}

/// Correlation of two matrices of cosines over pairs of different squares; NaN if one of them never varies.
double correlation(const Tensor& a, const Tensor& b, const Tensor& mask) {
  const auto n = mask.sum();
  const auto x = (a - (a * mask).sum() / n) * mask, y = (b - (b * mask).sum() / n) * mask;
  return ((x * y).sum() / (x.square().sum() * y.square().sum()).sqrt()).item<double>();
}

Json rsa(const Directions& a, const Directions& b) {
  const auto squares = (a.defined * b.defined).nonzero().squeeze(1);
  const auto n = squares.size(0);
  Json undefined{{"correlation", nullptr}, {"n", n}};
  if (n < 3) return undefined;
  const auto cosines = [&](const Directions& of) {
    const auto rows = of.unit.index_select(0, squares);
    return at::mm(rows, rows.t());
  };
  const auto of_a = cosines(a), of_b = cosines(b), mask = 1 - at::eye(n, at::kDouble);
  const double r = correlation(of_a, of_b, mask);
  if (!std::isfinite(r)) return undefined;
  std::vector<std::int64_t> order(static_cast<std::size_t>(n));
  double sum = 0, squared = 0, largest = -1;
  for (int i = 0; i < kShuffles; ++i) {
    for (std::size_t k = 0; k < order.size(); ++k) order[k] = static_cast<std::int64_t>(k);
    Stream(0).child("squares change places").child(std::to_string(i)).shuffle(0, std::span(order));
    const auto index = at::tensor(order, at::kLong);
    const double x = correlation(of_a, of_b.index_select(0, index).index_select(1, index), mask);
    sum += x, squared += x * x, largest = std::max(largest, x);
  }
  const double mean = sum / kShuffles;
  return {{"correlation", rounded(r)},
          {"n", n},
          {"null",
           {{"mean", rounded(mean)},
            {"deviation", rounded(std::sqrt(std::max(0.0, squared / kShuffles - mean * mean)))},
            {"largest", rounded(largest)},
            {"shuffles", kShuffles}}}};
}

}  // namespace

Json similarity(const ProbeSet& probes, const LoadedModel& model, const std::string& target, const std::string& mode,
                const std::string& kind, const std::optional<ProbeSite>& site) {
  const auto board = board_size(model.model.config().board);
  const auto found = matching(probes, target, mode, kind);
  std::vector<ProbeSite> sites;
  for (const auto* probe : found) sites.push_back(probe->site);
  const auto shown = site.value_or(sites.back());
  const auto to_moves = unembedding(model);
  const auto sets = weight_sets(parse_mode(mode));

  Json out{{"target", target},
           {"mode", mode},
           {"kind", kind},
           {"frame", found[0]->frame},
           {"site", site_name(shown)},
           {"contrasts", Json::array()}};
  for (const auto& contrast : contrasts_of(*found[0])) {
    Json part{{"contrast", contrast.name}, {"sets", Json::array()}};
    std::vector<std::vector<Directions>> by_set;  // [set][site]
    for (const auto& parities : sets) {
      auto& of = by_set.emplace_back();
      for (const auto* probe : found) of.push_back(unit_rows(contrasts(*probe, contrast.weights, parities[0], board)));
      Json squares = Json::array(), moves = Json::array();
      for (std::size_t i = 0; i < sites.size(); ++i) {
        const bool whole = sites[i] == shown;
        Json entry{{"site", site_name(sites[i])}};
        entry.update(across_squares(of[i], whole));
        squares.push_back(with_null(std::move(entry), of[i].unit.size(1)));
        if (!in_residual_space(sites[i])) continue;
        const auto cosines = same_square(of[i], to_moves), both = of[i].defined * to_moves.defined;
        Json move{{"site", site_name(sites[i])}};
        move.update(to_json(spread(cosines, both)));
        if (whole) move["squares"] = row_json(cosines, both);
        moves.push_back(with_null(std::move(move), of[i].unit.size(1)));
      }
      part["sets"].push_back({{"plies", plies(parities)},
                              {"across_sites", across_sites(sites, of)},
                              {"across_squares", std::move(squares)},
                              {"to_unembedding", std::move(moves)}});
    }
    part["across_plies"] = Json::array();
    for (std::size_t i = 0; by_set.size() == 2 && i < sites.size(); ++i) {
      const auto &even = by_set[0][i], &odd = by_set[1][i];
      Json entry{{"site", site_name(sites[i])}};
      entry.update(to_json(spread(same_square(even, odd), even.defined * odd.defined)));
      part["across_plies"].push_back(with_null(std::move(entry), even.unit.size(1)));
    }
    out["contrasts"].push_back(std::move(part));
  }
  return out;
}

Json compare_probes(const ProbeSet& a, const ProbeSet& b, const BoardSize& board, const std::string& target,
                    const std::string& mode, const std::string& kind) {
  std::vector<std::pair<const FittedProbe*, const FittedProbe*>> pairs;
  for (const auto* probe : matching(a, target, mode, kind)) {
    const auto* other = b.find(probe->site, target, mode, kind);
    if (other == nullptr) continue;
    const auto first = static_cast<std::size_t>(weight_sets(parse_mode(mode))[0][0]);
    if (probe->classes != other->classes ||
        probe->readout.weights[first].sizes() != other->readout.weights[first].sizes())
      fail("{} has other classes or another width in the two sets of probes", probe->describe());
    pairs.emplace_back(probe, other);
  }
  if (pairs.empty()) fail("the two sets have no {} probe ({}) of {} at the same site", kind, mode, target);

  Json out{{"target", target}, {"mode", mode}, {"kind", kind}, {"contrasts", Json::array()}};
  for (const auto& contrast : contrasts_of(*pairs[0].first)) {
    Json part{{"contrast", contrast.name}, {"sets", Json::array()}};
    for (const auto& parities : weight_sets(parse_mode(mode))) {
      Json sites = Json::array();
      for (const auto& [one, other] : pairs) {
        const auto x = unit_rows(contrasts(*one, contrast.weights, parities[0], board)),
                   y = unit_rows(contrasts(*other, contrast.weights, parities[0], board));
        sites.push_back(
            {{"site", site_name(one->site)},
             {"cosine", with_null(to_json(spread(same_square(x, y), x.defined * y.defined)), x.unit.size(1))},
             {"rsa", rsa(x, y)}});
      }
      part["sets"].push_back({{"plies", plies(parities)}, {"sites", std::move(sites)}});
    }
    out["contrasts"].push_back(std::move(part));
  }
  return out;
}

}  // namespace othello
