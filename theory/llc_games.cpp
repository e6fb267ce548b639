#include "theory/llc_games.h"

#include <algorithm>
#include <bit>
#include <charconv>

#include "common/log.h"
#include "data/batch.h"
#include "data/players.h"
#include "model/batch_tensors.h"

namespace othello {
namespace {

constexpr int kMostFlips = 4;  // and more

[[noreturn]] void fail_unknown(const std::string& name) {
  std::vector<std::string> known{"all",     "flips:0",  "flips:1",  "flips:2",
                                 "flips:3", "flips:4+", "ply:1-10", "player:NAME"};
  fail("there is no set of positions '{}'; did you mean '{}'?", name, nearest(name, known));
}

int number(std::string_view text, const std::string& name) {
  int value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc{} || end != text.data() + text.size() || value < 0) fail_unknown(name);
  return value;
}

/// How often the disc that was turned most often of those that move `ply` of a game turns had been turned before it,
/// at most 4.
int flips_before(const GameFacts& facts, const std::vector<std::uint8_t>& counts, std::size_t game, int ply) {
  int most = 0;
  for (auto bits = facts.at(game, ply).turned; bits != 0; bits &= bits - 1) {
    const auto square = static_cast<std::size_t>(std::countr_zero(bits));
    most = std::max<int>(most, counts[static_cast<std::size_t>(ply - 2) * 64 + square]);
  }
  return std::min(most, kMostFlips);
}

/// Whether the prediction of move ply + 1 belongs to the subset.
bool contains(const LlcSubset& subset, int ply, int flips) {
  switch (subset.kind) {
    case LlcSubset::Kind::flips: return flips == subset.first;
    case LlcSubset::Kind::ply: return ply >= subset.first && ply <= subset.last;
    default: return true;
  }
}

LlcMinibatch minibatch(const Vocabulary& vocabulary, const GameSource& source, std::uint64_t first, std::int64_t count,
                       const std::vector<LlcSubset>& subsets) {
  const auto games = take_games(source, first, count);
  const GameFacts facts(vocabulary.board(), games);
  const auto batch = make_batch(vocabulary, games, facts, nullptr);
  const auto rows = static_cast<std::int64_t>(subsets.size());
  LlcMinibatch made{batch_tensor(batch, batch.tokens),
                    batch_tensor(batch, batch.targets).view({-1}),
                    at::zeros({rows, batch.games * batch.context}, at::kDouble),
                    {},
                    0};
  auto masks = made.masks.accessor<double, 2>();
  for (std::size_t game = 0; game < games.size(); ++game) {
    const auto counts = facts.flip_counts(game);
    for (int ply = 1; ply <= batch.context; ++ply) {
      const auto cell = static_cast<std::int64_t>(game) * batch.context + ply - 1;
      if (batch.targets[static_cast<std::size_t>(cell)] == kPadding) continue;
      made.positions += 1;
      const int flips = flips_before(facts, counts, game, ply + 1);
      for (std::int64_t row = 0; row < rows; ++row)
        if (contains(subsets[static_cast<std::size_t>(row)], ply, flips)) masks[row][cell] = 1;
    }
  }
  made.counts = made.masks.sum(1);
  return made;
}

LlcGameSet game_set(const ModelConfig& config, const std::shared_ptr<const Player>& player,
                    const std::vector<LlcSubset>& subsets, std::int64_t batches, std::int64_t batch_games,
                    std::uint64_t seed) {
  const auto vocabulary = config.vocabulary();
  const GameSource source(vocabulary.board(), seed, Purpose::evaluation, player);
  LlcGameSet set;
  auto total = at::zeros({static_cast<std::int64_t>(subsets.size())}, at::kDouble);
  for (const auto& subset : subsets) set.subsets.push_back(subset.name);
  for (std::int64_t i = 0; i < batches; ++i) {
    set.batches.push_back(
        minibatch(vocabulary, source, static_cast<std::uint64_t>(i * batch_games), batch_games, subsets));
    if (set.batches.back().positions == 0)
      fail("{} games of {} have no second move to predict", batch_games, source.player().name());
    total += set.batches.back().counts;
  }
  for (std::size_t row = 0; row < subsets.size(); ++row)
    if (total[static_cast<std::int64_t>(row)].item<double>() == 0)
      fail("none of {} games has a position of '{}'", batches * batch_games, subsets[row].name);
  return set;
}

}  // namespace

LlcSubset parse_subset(const std::string& name) {
  using Kind = LlcSubset::Kind;
  if (name == "all") return {name, Kind::all, 0, 0, ""};
  const auto value = name.substr(name.find(':') + 1);
  if (name.starts_with("player:") && !value.empty()) return {name, Kind::player, 0, 0, value};
  if (name.starts_with("flips:")) {
    const bool most = value == "4+" || value == "4";
    const int flips = most ? kMostFlips : number(value, name);
    if (flips > kMostFlips) fail_unknown(name);
    return {most ? "flips:4+" : name, Kind::flips, flips, flips, ""};
  }
  const auto dash = value.find('-');
  if (!name.starts_with("ply:")) fail_unknown(name);
  const int first = number(value.substr(0, dash), name);
  const int last = dash == std::string::npos ? first : number(value.substr(dash + 1), name);
  if (first < 1 || last < first) fail("positions 'ply:A-B' come after moves A to B, not '{}'", name);
  return {name, Kind::ply, first, last, ""};
}

LlcGames llc_games(const ModelConfig& config, const std::shared_ptr<const Player>& player,
                   const std::vector<std::string>& subsets, std::int64_t games, std::int64_t batch_games,
                   std::uint64_t seed) {
  if (const auto period = player ? static_cast<std::int64_t>(player->period()) : 0; period > 0 && period < games) {
    log_warning(fmt::format("{} has {} games, not {}: the coefficient is of those", player->name(), period, games));
    games = period;
  }
  const std::int64_t batches = games / batch_games;
  if (batches < 1) fail("{} games are fewer than one minibatch of {}", games, batch_games);
  std::vector<LlcSubset> own{parse_subset("all")};
  std::vector<LlcSubset> players;
  for (const auto& name : subsets) {
    auto subset = parse_subset(name);
    auto& list = subset.kind == LlcSubset::Kind::player ? players : own;
    if (std::none_of(list.begin(), list.end(), [&](const LlcSubset& other) { return other.name == subset.name; }))
      list.push_back(std::move(subset));
  }
  LlcGames found;
  found.batch_games = batch_games;
  found.sets.push_back(game_set(config, player, own, batches, batch_games, seed));
  for (const auto& subset : players) {
    const auto other = make_player(subset.player, board_size(config.board));
    const auto period = static_cast<std::int64_t>(other->period());
    if (period > 0 && period < batches * batch_games)
      fail("{} has {} games, not {}: give --games {}", other->name(), period, batches * batch_games, period);
    found.sets.push_back(game_set(config, other, {subset}, batches, batch_games, seed));
  }
  return found;
}

}  // namespace othello
