#include "probes/probe_score.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>
#include <numbers>
#include <optional>

#include "probes/square_classes.h"

namespace othello {
namespace {

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

std::string rung_name(std::size_t rung) { return fmt::format("{}{}", rung, rung + 1 < kFlipRungs ? "" : "+"); }

/// The mean over those of `value(class)` that are defined.
template <class Value>
double mean_of_classes(std::size_t classes, const Value& value) {
  double sum = 0, count = 0;
  for (std::size_t k = 0; k < classes; ++k)
    if (const double v = value(k); std::isfinite(v)) sum += v, ++count;
  return sum / count;
}

/// Of two columns that stand side by side: the right answers and how many there are.
auto share(std::size_t column) {
  return [column](std::span<const double> sums) { return sums[column] / sums[column + 1]; };
}

double undefined_statistic(std::span<const double>) { return kUndefined; }

}  // namespace

/// Made when it is first asked for, by whichever thread.
struct ProbeScore::Resampled {
  std::mutex mutex;
  std::optional<Bootstrap> bootstrap;
};

ProbeScore::ProbeScore(const Target& target, const Vocabulary& vocabulary, std::int64_t games, Scores kind)
    : target_(target.name),
      frame_(target.frame),
      classes_(target.classes),
      board_(vocabulary.board()),
      units_(target.units),
      games_(games),
      clusters_(std::min(games, kMostClusters)),
      empty_(target.empty_class()),
      kind_(kind),
      per_square_(units_ == board_.square_count()),
      parity_(3 * classes_.size()),
      flips_(parity_ + 4),
      squares_(flips_ + (per_square_ ? 2 * kFlipRungs : 0)),
      bits_(squares_ + (per_square_ ? 2 * square_class_names().size() : 0)),
      columns_(bits_ + 1),
      plies_(static_cast<std::size_t>(vocabulary.context())),
      right_of_unit_(static_cast<std::size_t>(units_)),
      label_(right_of_unit_.size()),
      varies_(right_of_unit_.size()),
      resampled_(std::make_shared<Resampled>()) {
  if (games < 1) fail("a probe cannot be scored on {} games", games);
  sums_.resize(static_cast<std::size_t>(clusters_) * columns_);
  if (per_square_)
    for (const Square square : board_squares(board_))
      square_class_.push_back(static_cast<std::uint8_t>(square_class(board_, square)));
}

void ProbeScore::add(const ProbeBatch& batch, std::size_t target, int parity, const Tensor& scores) {
  const auto rows = batch.positions.count(parity);
  const auto outputs = units_ * static_cast<std::int64_t>(classes_.size());
  if (scores.dim() != 2 || scores.size(0) != rows || scores.size(1) != outputs || scores.scalar_type() != at::kFloat)
    fail("scores of '{}' should be {} x {} floats", target_, rows, outputs);
  if (batch.labels.at(target).size() != batch.positions.rows.size() * static_cast<std::size_t>(units_))
    fail("target {} of the batch is not '{}'", target, target_);
  if (batch.first_game < 0 || batch.first_game + static_cast<std::int64_t>(batch.positions.games.size()) > games_)
    fail("there are more games than the {} that '{}' is scored on", games_, target_);
  if (rows == 0) return;
  if (!std::isfinite(scores.sum().item<float>()))
    fail("scores of '{}' are not finite numbers: what gave them did not converge", target_);
  resampled_ = std::make_shared<Resampled>();
  const auto contiguous = scores.contiguous();
  const auto* label = batch.labels[target].data() + batch.positions.begin[parity] * units_;
  switch (classes_.size()) {
    case 2: return add_rows<2>(batch, label, parity, contiguous.data_ptr<float>());
    case 3: return add_rows<3>(batch, label, parity, contiguous.data_ptr<float>());
    default: return add_rows<0>(batch, label, parity, contiguous.data_ptr<float>());
  }
}

/// kClasses: their number, 0 if it is known only now.
template <int kClasses>
void ProbeScore::add_rows(const ProbeBatch& batch, const std::uint8_t* label, int parity, const float* score) {
  const auto classes = kClasses > 0 ? static_cast<std::size_t>(kClasses) : classes_.size();
  const auto units = static_cast<std::size_t>(units_);
  const auto begin = static_cast<std::size_t>(batch.positions.begin[parity]),
             end = static_cast<std::size_t>(batch.positions.begin[parity + 1]);
  const std::uint8_t* rung = per_square_ ? batch.positions.flips.data() + begin * units : nullptr;
  std::vector<std::int32_t> counts(columns_);  // of a row
  std::vector<std::uint8_t> hits(units);
  std::int32_t* const labels = counts.data();
  std::int32_t* const answers = labels + classes;
  std::int32_t* const rights = answers + classes;
  if (rows_ == 0) std::copy_n(label, units, label_.begin());
  for (std::size_t r = begin; r < end; ++r) {
    std::fill(counts.begin(), counts.end(), 0);
    double nats = 0, product = 1;  // Σ log Σ exp as one logarithm: at most 255^64, which a double holds
    for (std::size_t unit = 0; unit < units; ++unit, score += classes) {
      float best = score[0];
      std::size_t answer = 0;
      for (std::size_t k = 1; k < classes; ++k) {
        answer = score[k] > best ? k : answer;
        best = std::max(best, score[k]);
      }
      const std::size_t truth = label[unit];
      if (truth >= classes) fail("'{}' has a label {} but {} classes", target_, truth, classes);
      const int hit = answer == truth;
      hits[unit] = static_cast<std::uint8_t>(hit);
      ++labels[truth];
      ++answers[answer];
      rights[truth] += hit;
      if (kind_ == Scores::ranks) continue;
      float sum = 1;
      for (std::size_t k = answer + 1; k < answer + classes; ++k)
        sum += std::exp(score[k < classes ? k : k - classes] - best);
      nats += best - score[truth];
      product *= sum;
    }
    int right = 0;
    for (std::size_t unit = 0; unit < units; ++unit) {
      right += hits[unit];
      right_of_unit_[unit] += hits[unit];
      varies_[unit] |= label[unit] != label_[unit];
    }
    if (per_square_) {
      // One rung more, for squares without a disc.
      std::int32_t rungs[2 * (kFlipRungs + 1)] = {};
      for (std::size_t unit = 0; unit < units; ++unit) {
        rungs[2 * rung[unit]] += hits[unit];
        ++rungs[2 * rung[unit] + 1];
        counts[squares_ + 2 * square_class_[unit]] += hits[unit];
        ++counts[squares_ + 2 * square_class_[unit] + 1];
      }
      std::copy_n(rungs, 2 * kFlipRungs, counts.begin() + static_cast<std::ptrdiff_t>(flips_));
      rung += units;
    }
    label += units;
    counts[parity_ + 2 * static_cast<std::size_t>(parity)] = right;
    counts[parity_ + 2 * static_cast<std::size_t>(parity) + 1] = static_cast<std::int32_t>(units);
    const auto row = batch.positions.rows[r];
    add_row(batch.first_game + row.game, row.ply, right, counts, (nats + std::log(product)) / std::numbers::ln2);
  }
}

void ProbeScore::add_row(std::int64_t game, int ply, int right, std::span<const std::int32_t> counts, double bits) {
  const auto cluster = games_ > clusters_ ? game * clusters_ / games_ : game;
  double* sums = sums_.data() + static_cast<std::size_t>(cluster) * columns_;
  for (std::size_t k = 0; k < columns_; ++k) sums[k] += counts[k];
  sums[bits_] += bits;
  auto& of_ply = plies_[static_cast<std::size_t>(ply - 1)];
  ++of_ply.games;
  of_ply.right += right;
  of_ply.right_squared += static_cast<double>(right) * right;
  ++rows_;
}

const Bootstrap& ProbeScore::bootstrap() const {
  const std::lock_guard lock(resampled_->mutex);
  if (!resampled_->bootstrap) resampled_->bootstrap.emplace(sums_, columns_);
  return *resampled_->bootstrap;
}

std::vector<double> ProbeScore::totals() const {
  std::vector<double> totals(columns_);
  for (std::size_t i = 0; i < sums_.size(); i += columns_)
    for (std::size_t k = 0; k < columns_; ++k) totals[k] += sums_[i + k];
  return totals;
}

std::string ProbeScore::undefined() const {
  const auto sums = totals();
  std::string only;
  for (std::size_t k = 0; k < classes_.size(); ++k) {
    if (sums[k] == 0) continue;
    if (!only.empty()) return {};
    only = fmt::format("every label is '{}'", classes_[k]);
  }
  return only.empty() ? "there is no label" : only;
}

ProbeScore::Statistic ProbeScore::of_accuracy() const {
  return [at = parity_](auto sums) { return (sums[at] + sums[at + 2]) / (sums[at + 1] + sums[at + 3]); };
}

ProbeScore::Statistic ProbeScore::of_cross_entropy() const {
  if (kind_ == Scores::ranks) fail("scores that are no logits have no cross-entropy");
  return [at = parity_, bits = bits_](auto sums) { return sums[bits] / (sums[at + 1] + sums[at + 3]); };
}

double ProbeScore::accuracy() const { return undefined().empty() ? of_accuracy()(totals()) : kUndefined; }
double ProbeScore::cross_entropy() const { return undefined().empty() ? of_cross_entropy()(totals()) : kUndefined; }
Sampled ProbeScore::sampled_accuracy() const { return sampled(of_accuracy()); }
Sampled ProbeScore::sampled_cross_entropy() const { return sampled(of_cross_entropy()); }

Sampled ProbeScore::sampled(const Statistic& statistic) const {
  auto sampled = undefined().empty() ? bootstrap().of(statistic) : bootstrap().of(undefined_statistic);
  sampled.n = games_;
  return sampled;
}

std::vector<std::pair<std::string, Sampled>> ProbeScore::measures() const {
  const auto classes = classes_.size();
  const auto balanced = [=](auto sums) {
    return mean_of_classes(classes, [&](std::size_t k) { return sums[2 * classes + k] / sums[k]; });
  };
  const auto f1 = [=](auto sums) {
    return mean_of_classes(classes,
                           [&](std::size_t k) { return 2 * sums[2 * classes + k] / (sums[k] + sums[classes + k]); });
  };
  const auto colour = [classes, empty = static_cast<std::size_t>(empty_)](auto sums) {
    double right = 0, count = 0;
    for (std::size_t k = 0; k < classes; ++k)
      if (k != empty) right += sums[2 * classes + k], count += sums[k];
    return right / count;
  };
  return {{"accuracy", sampled_accuracy()},
          {"balanced_accuracy", sampled(balanced)},
          {"macro_f1", sampled(f1)},
          {"colour_on_occupied", empty_ < 0 ? sampled(undefined_statistic) : sampled(colour)},
          {"cross_entropy", kind_ == Scores::ranks ? sampled(undefined_statistic) : sampled_cross_entropy()}};
}

std::vector<Sampled> ProbeScore::ladder() const {
  std::vector<Sampled> ladder;
  if (per_square_)
    for (std::size_t rung = 0; rung < kFlipRungs; ++rung) ladder.push_back(sampled(share(flips_ + 2 * rung)));
  return ladder;
}

Json ProbeScore::to_json() const {
  Json out = Json::object();
  const auto why = undefined();
  if (!why.empty()) out["undefined"] = why;
  for (const auto& [name, measure] : measures()) out[name] = othello::to_json(measure);
  const auto sums = totals();
  const auto classes = classes_.size();
  const double all = rows_ * static_cast<double>(units_);
  const auto defined = [&](double value) { return number(why.empty() ? value : kUndefined); };
  out["classes"] = Json::array();
  for (std::size_t k = 0; k < classes; ++k)
    out["classes"].push_back({{"name", classes_[k]},
                              {"share", number(sums[k] / all)},
                              {"recall", defined(sums[2 * classes + k] / sums[k])},
                              {"precision", defined(sums[2 * classes + k] / sums[classes + k])}});
  if (per_square_) {
    out["per_square"] = std::vector<Json>(64);
    for (std::size_t unit = 0; const Square square : board_squares(board_)) {
      if (varies_[unit]) out["per_square"][static_cast<std::size_t>(square)] = right_of_unit_[unit] / rows_;
      ++unit;
    }
  }
  out["by_ply"] = Json::array();
  for (std::size_t t = 0; t < plies_.size(); ++t) {
    const auto& [games, right, right_squared] = plies_[t];
    if (games == 0) continue;
    const double units = static_cast<double>(units_), mean = right / games;
    const double variance = std::max(0.0, right_squared / games - mean * mean) / (games - 1);  // of the mean
    out["by_ply"].push_back({{"ply", t + 1},
                             {"accuracy", defined(mean / units)},
                             {"standard_error", defined(std::sqrt(variance) / units)},
                             {"n", static_cast<std::int64_t>(games)}});
  }
  if (per_square_) {
    double discs = 0;
    for (std::size_t rung = 0; rung < kFlipRungs; ++rung) discs += sums[flips_ + 2 * rung + 1];
    out["by_flips"] = Json::array();
    for (std::size_t rung = 0; const auto& accuracy : ladder()) {
      out["by_flips"].push_back({{"flips", rung_name(rung)},
                                 {"accuracy", othello::to_json(accuracy)},
                                 {"share", number(sums[flips_ + 2 * rung + 1] / discs)}});
      ++rung;
    }
    out["by_square_class"] = Json::array();
    for (std::size_t k = 0; k < square_class_names().size(); ++k) {
      int squares = 0;
      bool varies = false;
      for (std::size_t unit = 0; unit < square_class_.size(); ++unit)
        if (square_class_[unit] == k) ++squares, varies |= varies_[unit] != 0;
      out["by_square_class"].push_back(
          {{"name", square_class_names()[k]},
           {"squares", squares},
           {"accuracy", varies ? othello::to_json(sampled(share(squares_ + 2 * k))) : Json(nullptr)}});
    }
  }
  out["by_parity"] = {{"even", othello::to_json(sampled(share(parity_)))},
                      {"odd", othello::to_json(sampled(share(parity_ + 2)))}};
  return out;
}

Json ProbeScore::minus(const ProbeScore& other) const {
  if (target_ != other.target_ || frame_ != other.frame_ || games_ != other.games_)
    fail("scores of '{}' in {} games and of '{}' in {} games have no paired difference", target_, games_, other.target_,
         other.games_);
  Json out = Json::object();
  const auto ours = measures(), theirs = other.measures();
  for (std::size_t i = 0; i < ours.size(); ++i)
    out[ours[i].first] = othello::to_json(ours[i].second - theirs[i].second);
  if (!per_square_) return out;
  const auto steps = ladder(), others = other.ladder();
  out["by_flips"] = Json::array();
  for (std::size_t rung = 0; rung < steps.size(); ++rung)
    out["by_flips"].push_back({{"flips", rung_name(rung)}, {"accuracy", othello::to_json(steps[rung] - others[rung])}});
  return out;
}

}  // namespace othello
