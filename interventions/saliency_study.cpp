#include "interventions/saliency_study.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>

#include "common/error.h"
#include "common/statistics.h"
#include "common/threads.h"
#include "engine/notation.h"
#include "engine/rules.h"
#include "interventions/case_examples.h"
#include "interventions/fitting.h"
#include "interventions/patching.h"
#include "probes/probe_games.h"

namespace othello {
namespace {

constexpr int kLeastPly = 2;  // 6 discs

using Squares = Saliency::Squares;

double value_at(const Squares& values, Square s) { return *values[static_cast<std::size_t>(s)]; }

Bits with_values(const Squares& values) {
  Bits squares = 0;
  for (Square s = 0; s < 64; ++s)
    if (values[static_cast<std::size_t>(s)]) squares |= bit(s);
  return squares;
}

std::optional<double> mean_of(const Squares& values, Bits squares) {
  if (squares == 0) return std::nullopt;
  double sum = 0;
  for_each_square(squares, [&](Square s) { sum += value_at(values, s); });
  return sum / count(squares);
}

/// Which of a position's maps; null if it was not made.
using Source = const Squares* (*)(const StudiedPosition&);
const Squares* flipped(const StudiedPosition& p) { return &p.map.raw; }
const Squares* random_direction(const StudiedPosition& p) { return &p.map.random; }
const Squares* untrained(const StudiedPosition& p) { return p.untrained ? &*p.untrained : nullptr; }

using Measure = std::function<std::optional<double>(const StudiedPosition&, const Squares&)>;

/// A cluster for each position at which the measure is defined.
std::vector<Cluster> clusters(const std::vector<StudiedPosition>& positions, Source source, const Measure& measure) {
  std::vector<Cluster> found;
  for (const auto& p : positions)
    if (const auto* values = source(p))
      if (const auto value = measure(p, *values)) found.push_back({*value, 1});
  return found;
}

Json estimate(const std::vector<Cluster>& found) { return found.empty() ? Json() : to_json(ratio_of_sums(found)); }

Json class_row(const char* name, const std::vector<StudiedPosition>& positions, Bits MoveDiscs::*squares) {
  const Measure mean = [squares](const auto& p, const Squares& values) { return mean_of(values, p.discs.*squares); };
  std::int64_t discs = 0;
  for (const auto& p : positions) discs += count(p.discs.*squares);
  return {{"name", name},
          {"saliency", estimate(clusters(positions, flipped, mean))},
          {"random", estimate(clusters(positions, random_direction, mean))},
          {"untrained", estimate(clusters(positions, untrained, mean))},
          {"discs", discs}};
}

/// Of one measure with its controls: {NAME, NAME_random, NAME_untrained}.
void add_auroc(Json& to, const std::string& name, const std::vector<StudiedPosition>& positions,
               const std::function<std::pair<Bits, Bits>(const StudiedPosition&)>& kinds) {
  const Measure measure = [&](const auto& p, const Squares& values) {
    const auto [positive, negative] = kinds(p);
    return auroc(values, positive, negative);
  };
  to[name] = estimate(clusters(positions, flipped, measure));
  to[name + "_random"] = estimate(clusters(positions, random_direction, measure));
  to[name + "_untrained"] = estimate(clusters(positions, untrained, measure));
}

std::optional<double> relevant_auroc(const StudiedPosition& p, const Squares& values) {
  return auroc(values, p.discs.relevant(), p.discs.others);
}

/// Of the relevant discs' AUROC against that of a control at the same positions.
Json difference(const std::vector<StudiedPosition>& positions, Source control) {
  const auto a = clusters(positions, flipped, relevant_auroc), b = clusters(positions, control, relevant_auroc);
  return a.empty() || b.empty() ? Json() : to_json(paired_difference(a, b));
}

Json names(Bits squares) {
  Json list = Json::array();
  for_each_square(squares, [&](Square s) { list.push_back(square_name(s)); });
  return list;
}

Json example(const StudiedPosition& p) {
  return {{"game", game_text(p.game)},         {"to_move", p.board.to_move == Color::black ? "black" : "white"},
          {"move", square_name(p.move)},       {"turned", names(p.discs.turned)},
          {"anchors", names(p.discs.anchors)}, {"probability", p.map.probability},
          {"raw", by_square(p.map.raw)},       {"random", by_square(p.map.random)},
          {"board", discs_text(p.board)}};
}

/// Directions of its own for every position, so that intervals are over directions too.
SaliencySettings settings_at(const SaliencyStudySettings& settings, std::size_t position) {
  auto own = settings.map;
  own.seed = Stream(settings.map.seed).child(fmt::format("saliency of position {}", position)).key();
  return own;
}

StudiedPosition study_position(const Transformer& model, const ProbeSet& probes, const Game& game,
                               const SaliencySettings& settings) {
  const auto vocabulary = model.config().vocabulary();
  const auto facts = replay(vocabulary.board(), game.moves()).back();
  StudiedPosition p;
  p.game = game;
  p.board = facts.after;
  p.move = most_probable_move(vocabulary, facts.legal, model.forward(game_tokens(game, vocabulary))[0][-1]);
  p.discs = discs_of_move(p.board, p.move);
  p.map = latent_saliency(model, probes, game, vocabulary.token(p.move), settings);
  return p;
}

}  // namespace

MoveDiscs discs_of_move(const Position& board, Square move) {
  MoveDiscs discs;
  discs.turned = flips(board.mover, board.opponent, move);
  for_each_square(board.mover, [&](Square s) {
    if (flips(board.mover & ~bit(s), board.opponent, move) != discs.turned) discs.anchors |= bit(s);
  });
  discs.others = board.occupied() & ~discs.relevant();
  for_each_square(discs.others, [&](Square s) {
    const int files = std::abs(s % 8 - move % 8), ranks = std::abs(s / 8 - move / 8);
    if (files == 0 || ranks == 0 || files == ranks) discs.in_line |= bit(s);
  });
  for_each_square(board.occupied(), [&](Square s) {
    if (flips(board.mover ^ bit(s), board.opponent ^ bit(s), move) == 0) discs.decisive |= bit(s);
  });
  return discs;
}

std::optional<double> auroc(const Squares& values, Bits positive, Bits negative) {
  const Bits there = with_values(values);
  positive &= there, negative &= there;
  if (positive == 0 || negative == 0) return std::nullopt;
  double won = 0;
  for_each_square(positive, [&](Square a) {
    for_each_square(negative, [&](Square b) {
      const double x = value_at(values, a), y = value_at(values, b);
      won += x > y ? 1 : x == y ? 0.5 : 0;
    });
  });
  return won / (static_cast<double>(count(positive)) * count(negative));
}

double share_at_top(const Squares& values, Bits among) {
  double most = -std::numeric_limits<double>::infinity();
  Bits top = 0;
  for_each_square(with_values(values), [&](Square s) {
    const double value = value_at(values, s);
    if (value > most) most = value, top = 0;
    if (value == most) top |= bit(s);
  });
  return top == 0 ? 0 : static_cast<double>(count(top & among)) / count(top);
}

std::vector<Game> saliency_positions(const GameSource& source, std::int64_t count, std::uint64_t seed) {
  const auto stream = Stream(seed).child("saliency positions");
  const auto games = ProbeGames(source, count).take(0, count);
  std::vector<Game> positions;
  for (std::size_t i = 0; i < games.size(); ++i) {
    const auto facts = replay(source.board(), games[i].moves());
    std::vector<int> plies;
    for (int ply = kLeastPly; ply <= games[i].length; ++ply)
      if (!facts[static_cast<std::size_t>(ply - 1)].over()) plies.push_back(ply);
    if (plies.empty()) continue;
    auto cut = games[i];
    cut.length = static_cast<std::uint8_t>(plies[stream.below(static_cast<std::uint32_t>(plies.size()), i, 0)]);
    positions.push_back(cut);
  }
  if (positions.empty())
    fail("no game of {} goes on with {} discs on the board", source.player().name(), 4 + kLeastPly);
  return positions;
}

Json summarise(const std::vector<StudiedPosition>& positions) {
  Json classes = Json::array(), aurocs = Json::object();
  classes.push_back(class_row("turned", positions, &MoveDiscs::turned));
  classes.push_back(class_row("anchor", positions, &MoveDiscs::anchors));
  classes.push_back(class_row("other", positions, &MoveDiscs::others));
  add_auroc(aurocs, "relevant", positions, [](const auto& p) { return std::pair(p.discs.relevant(), p.discs.others); });
  add_auroc(aurocs, "in_line", positions, [](const auto& p) { return std::pair(p.discs.relevant(), p.discs.in_line); });
  add_auroc(aurocs, "decisive", positions,
            [](const auto& p) { return std::pair(p.discs.decisive, p.board.occupied() & ~p.discs.decisive); });
  add_auroc(aurocs, "decisive_within", positions,
            [](const auto& p) { return std::pair(p.discs.decisive, p.discs.relevant() & ~p.discs.decisive); });
  const Measure top = [](const auto& p, const Squares& values) { return share_at_top(values, p.discs.relevant()); };
  const Measure chance = [](const auto& p, const Squares&) {
    return static_cast<double>(count(p.discs.relevant())) / count(p.board.occupied());
  };
  const Measure probability = [](const auto& p, const Squares&) { return p.map.probability; };
  return {{"classes", classes},
          {"auroc", aurocs},
          {"differences",
           {{"random", difference(positions, random_direction)}, {"untrained", difference(positions, untrained)}}},
          {"most_salient",
           {{"relevant", estimate(clusters(positions, flipped, top))},
            {"chance", estimate(clusters(positions, flipped, chance))},
            {"random", estimate(clusters(positions, random_direction, top))},
            {"untrained", estimate(clusters(positions, untrained, top))}}},
          {"probability", estimate(clusters(positions, flipped, probability))}};
}

Json saliency_study(const LoadedModel& loaded, const ProbeSet& probes, const SaliencyStudySettings& settings,
                    const std::function<void(double, const std::string&)>& progress) {
  const at::NoGradGuard no_grad;
  const auto& model = loaded.model;
  const auto board = model.config().vocabulary().board();
  const auto seed = settings.map.seed;
  const int workers = settings.workers == 0 ? available_cores() : settings.workers;
  const auto games =
      saliency_positions(GameSource(board, seed, Purpose::cases, settings.player), settings.positions, seed);
  std::vector<StudiedPosition> positions(games.size());
  const auto for_each_position = [&](double from, double to, const char* what, const auto& work) {
    std::atomic<int> done = 0;
    parallel_for(static_cast<int>(games.size()), workers, [&](int index, int worker) {
      const at::NoGradGuard none;
      work(static_cast<std::size_t>(index));
      const double share = static_cast<double>(++done) / static_cast<double>(games.size());
      if (worker == 0) progress(from + (to - from) * share, what);
    });
  };
  for_each_position(0, settings.controls ? 0.3 : 1, "maps", [&](std::size_t i) {
    positions[i] = study_position(model, probes, games[i], settings_at(settings, i));
  });
  if (settings.controls) {
    const Transformer fresh(model.config(), loaded.facts.seed);
    std::vector<ProbeSite> places;
    for (int layer = settings.map.first_layer; layer <= settings.map.last_layer; ++layer)
      places.push_back({{SiteKind::resid_post, layer}});
    const ProbeGames fit(GameSource(board, seed, Purpose::probes, settings.player), settings.fit_games);
    const auto own = fit_board_probes(fresh, fit, places, workers, [&](double share) {
      progress(0.3 + 0.4 * share, "fitting probes of an untrained model");
    });
    for_each_position(0.7, 1, "maps of an untrained model", [&](std::size_t i) {
      const auto token = model.config().vocabulary().token(positions[i].move);
      positions[i].untrained = latent_saliency(fresh, own, games[i], token, settings_at(settings, i)).raw;
    });
  }
  Json out = summarise(positions);
  out["positions"] = positions.size();
  out["settings"] = {{"layers", {settings.map.first_layer, settings.map.last_layer}},
                     {"scale", settings.map.scale},
                     {"fit_games", settings.controls ? Json(settings.fit_games) : Json()}};
  out["examples"] = Json::array();
  for (std::size_t i = 0; i < std::min(positions.size(), static_cast<std::size_t>(settings.examples)); ++i)
    out["examples"].push_back(example(positions[i]));
  return out;
}

}  // namespace othello
