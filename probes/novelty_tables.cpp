#include "probes/novelty_tables.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <memory>

#include "common/statistics.h"

namespace othello {
namespace {

constexpr std::int64_t kMostClusters = 4096;
constexpr double kWindowShare = 0.05;
constexpr std::int64_t kFewestAtPly = 30;

constexpr const char* kGroups[] = {"sequence-seen", "board-seen", "new"};
enum Group { sequence_seen, board_seen, unseen, kGroupCount };

struct Band {
  int first, last;
};
constexpr int kEndless = 1000;
constexpr Band kBands[] = {{0, 0}, {1, 2}, {3, 5}, {6, 10}, {11, 15}, {16, 25}, {26, kEndless}};
constexpr int kBandCount = static_cast<int>(std::size(kBands));

constexpr const char* kMeasures[] = {"legal_top1", "legal_mass", "board_accuracy", "nearest_game_legal",
                                     "uniform_empty_legal"};
constexpr std::size_t kMeasureCount = std::size(kMeasures);

/// What is summed over the positions of a game, by kind of position.
struct Key {
  enum Table { ply, distance, window_distance } table;
  int row = 0;  // ply, or number of the band
  int group = 0;
  friend auto operator<=>(const Key&, const Key&) = default;
};
using Keys = std::vector<Key>;

Group group_of(const Closeness& near) {
  return near.distance == 0 ? sequence_seen : near.board_seen ? board_seen : unseen;
}

int band_of(int distance) {
  return static_cast<int>(
      std::find_if(std::begin(kBands), std::end(kBands), [&](const Band& band) { return distance <= band.last; }) -
      std::begin(kBands));
}

/// Sums of every kind of position that there is, with their resamples.
class Sums {
 public:
  Sums(std::span<const NoveltyPosition> positions, std::int64_t games,
       const std::function<Keys(const NoveltyPosition&)>& keys_of,
       const std::function<bool(const NoveltyPosition&)>& nearest_legal) {
    for (const auto& position : positions)
      for (const Key& key : keys_of(position)) column_.try_emplace(key, column_.size());
    for (auto& [key, column] : column_) column *= 1 + kMeasureCount;
    const std::size_t width = column_.size() * (1 + kMeasureCount);
    const std::int64_t clusters = std::min(games, kMostClusters);
    std::vector<double> sums(static_cast<std::size_t>(clusters) * width);
    for (const auto& p : positions) {
      double* row = sums.data() + static_cast<std::size_t>(p.game * clusters / games) * width;
      const double values[] = {p.legal_top1, p.legal_mass, p.board_accuracy, nearest_legal(p) ? 1.0 : 0.0,
                               p.uniform_legal};
      for (const Key& key : keys_of(p)) {
        double* cell = row + column_.at(key);
        *cell++ += 1;
        for (const double value : values) *cell++ += value;
      }
    }
    totals_.resize(width);
    for (std::size_t i = 0; i < sums.size(); ++i) totals_[i % width] += sums[i];
    bootstrap_ = std::make_unique<Bootstrap>(sums, width);
  }

  /// Positions of all kinds together, and the sum of one of their measures.
  double count(std::span<const double> totals, const Keys& keys) const { return sum(totals, keys, 0); }
  double sum_of(std::span<const double> totals, const Keys& keys, std::size_t measure) const {
    return sum(totals, keys, 1 + measure);
  }

  std::int64_t positions(const Keys& keys) const { return std::llround(count(totals_, keys)); }
  Json share(const Keys& keys, const Keys& of) const {
    return to_json(bootstrap_->of([&](auto totals) { return count(totals, keys) / count(totals, of); }));
  }
  /// F without its share.
  Json figures(const Keys& keys) const {
    Json found{{"positions", positions(keys)}};
    for (std::size_t measure = 0; measure < kMeasureCount; ++measure)
      found[kMeasures[measure]] =
          to_json(bootstrap_->of([&](auto totals) { return sum_of(totals, keys, measure) / count(totals, keys); }));
    return found;
  }
  Json figures(const Keys& keys, const Keys& of) const {
    Json found = figures(keys);
    found["share"] = share(keys, of);
    return found;
  }
  const Bootstrap& bootstrap() const { return *bootstrap_; }

 private:
  double sum(std::span<const double> totals, const Keys& keys, std::size_t offset) const {
    double result = 0;
    for (const Key& key : keys)
      if (const auto found = column_.find(key); found != column_.end()) result += totals[found->second + offset];
    return result;
  }

  std::map<Key, std::size_t> column_;
  std::vector<double> totals_;
  std::unique_ptr<Bootstrap> bootstrap_;
};

Keys seen_at(int ply) { return {{Key::ply, ply, sequence_seen}, {Key::ply, ply, board_seen}}; }
Keys new_at(int ply) { return {{Key::ply, ply, unseen}}; }

Keys joined(const std::vector<Keys>& parts) {
  Keys all;
  for (const Keys& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

Json distance_rows(const Sums& sums, Key::Table table) {
  Keys all;
  for (int band = 0; band < kBandCount; ++band) all.push_back({table, band});
  Json rows = Json::array();
  for (const Key& key : all) {
    const Band& band = kBands[key.row];
    Json row{{"first", band.first}, {"last", band.last == kEndless ? Json() : Json(band.last)}};
    row.update(sums.figures({key}, all));
    rows.push_back(row);
  }
  return rows;
}

Json same_ply(const Sums& sums, const std::vector<int>& plies) {
  Json found{{"plies", Json::array()}};
  Keys seen, fresh;
  std::vector<int> both;
  for (const int ply : plies) {
    if (std::min(sums.positions(seen_at(ply)), sums.positions(new_at(ply))) < kFewestAtPly) continue;
    both.push_back(ply);
    seen = joined({seen, seen_at(ply)});
    fresh = joined({fresh, new_at(ply)});
  }
  found["plies"] = both;
  found["seen"] = sums.positions(seen);
  found["new"] = sums.positions(fresh);
  for (std::size_t measure = 0; measure < kMeasureCount; ++measure)
    found[kMeasures[measure]] = to_json(sums.bootstrap().of([&](auto totals) {
      double weights = 0, differences = 0;
      for (const int ply : both) {
        const double a = sums.count(totals, new_at(ply)), b = sums.count(totals, seen_at(ply));
        const double weight = std::min(a, b);
        if (weight == 0) continue;  // in this resample
        weights += weight;
        differences +=
            weight * (sums.sum_of(totals, new_at(ply), measure) / a - sums.sum_of(totals, seen_at(ply), measure) / b);
      }
      return differences / weights;
    }));
  return found;
}

}  // namespace

Json novelty_tables(std::span<const NoveltyPosition> positions, std::int64_t games, SeenBy by) {
  const auto near = [by](const NoveltyPosition& p) -> const Closeness& {
    return by == SeenBy::moves ? p.exact : p.image;
  };
  std::map<int, std::array<std::int64_t, 2>> at_ply;  // seen, new
  for (const auto& p : positions) ++at_ply[p.ply][group_of(near(p)) == unseen ? 1 : 0];
  std::vector<int> plies, window;
  for (const auto& [ply, n] : at_ply) {
    plies.push_back(ply);
    const bool both = static_cast<double>(std::min(n[0], n[1])) >= kWindowShare * static_cast<double>(n[0] + n[1]);
    if (both && (window.empty() || window.back() == ply - 1)) window.push_back(ply);
  }
  const auto in_window = [&](int ply) { return !window.empty() && window.front() <= ply && ply <= window.back(); };

  const Sums sums(
      positions, games,
      [&](const NoveltyPosition& p) {
        const int band = band_of(near(p).distance);
        Keys keys{{Key::ply, p.ply, group_of(near(p))}, {Key::distance, band}};
        if (in_window(p.ply)) keys.push_back({Key::window_distance, band});
        return keys;
      },
      [&](const NoveltyPosition& p) { return near(p).nearest_legal; });

  std::vector<Keys> groups(kGroupCount);
  for (const int ply : plies)
    for (int group = 0; group < kGroupCount; ++group)
      groups[static_cast<std::size_t>(group)].push_back({Key::ply, ply, group});
  const Keys all = joined(groups);
  Json result{{"positions", positions.size()}, {"groups", Json::array()}, {"by_ply", Json::array()}};
  for (std::size_t group = 0; group < kGroupCount; ++group) {
    Json row{{"name", kGroups[group]}};
    row.update(sums.figures(groups[group], all));
    result["groups"].push_back(row);
  }
  result["by_distance"] = distance_rows(sums, Key::distance);
  result["within_plies"] = nullptr;
  if (!window.empty()) {
    Json rows = distance_rows(sums, Key::window_distance);
    std::int64_t n = 0;
    for (const Json& row : rows) n += row["positions"].get<std::int64_t>();
    result["within_plies"] = {
        {"first", window.front()}, {"last", window.back()}, {"positions", n}, {"by_distance", rows}};
  }
  for (const int ply : plies) {
    const Keys here = joined({seen_at(ply), new_at(ply)});
    Json row{{"ply", ply}, {"positions", sums.positions(here)}};
    for (int group = 0; group < kGroupCount; ++group)
      row["shares"][kGroups[group]] = sums.share({{Key::ply, ply, group}}, here);
    row["seen"] = sums.figures(seen_at(ply), here);
    row["new"] = sums.figures(new_at(ply), here);
    result["by_ply"].push_back(row);
  }
  result["same_ply"] = same_ply(sums, plies);
  return result;
}

}  // namespace othello
