// If these fail, what a map of saliency says about the discs that make a move legal is not what the rules say, or the
// shares that are told of many maps are not those of the maps.
#include <algorithm>
#include <set>

#include "engine/notation.h"
#include "interventions/case_examples.h"
#include "interventions/saliency_study.h"
#include "tests/support/positions.h"
#include "tests/support/probe_sets.h"
#include "tests/support/torch_test.h"

namespace othello::test {
namespace {

/// Turned discs, anchors and the others in line by walking from the square, on a board as text.
MoveDiscs walked(const Position& board, Square move, const BoardSize& size) {
  MoveDiscs discs;
  const auto on_board = [&](int file, int rank) {
    return file >= 0 && file < 8 && rank >= 0 && rank < 8 && (size.squares & bit(file + 8 * rank)) != 0;
  };
  for (int df = -1; df <= 1; ++df)
    for (int dr = -1; dr <= 1; ++dr) {
      if (df == 0 && dr == 0) continue;
      Bits line = 0, run = 0;
      bool running = true;
      for (int file = move % 8 + df, rank = move / 8 + dr; on_board(file, rank); file += df, rank += dr) {
        const Bits here = bit(file + 8 * rank);
        line |= here & board.occupied();
        if (!running) continue;
        if ((board.opponent & here) != 0) {
          run |= here;
          continue;
        }
        running = false;
        if ((board.mover & here) != 0 && run != 0) discs.turned |= run, discs.anchors |= here;
      }
      discs.in_line |= line;
    }
  discs.others = board.occupied() & ~(discs.turned | discs.anchors);
  discs.in_line &= discs.others;
  for_each_square(board.occupied(), [&](Square s) {
    const Position other{board.mover ^ bit(s), board.opponent ^ bit(s), board.to_move};
    if ((legal_moves(other, size) & bit(move)) == 0) discs.decisive |= bit(s);
  });
  return discs;
}

TEST_CASE("discs are classed for a move as walking along its lines and asking for legality class them") {
  std::int64_t moves = 0, kept = 0;
  for (const BoardSize& size : {kBoard6, kBoard8})
    for (std::uint64_t index = 0; index < 60; ++index) {
      const auto board = random_position(size, index, 100 + 2 * static_cast<std::uint32_t>(index));
      for_each_square(legal_moves(board, size), [&](Square move) {
        const auto found = discs_of_move(board, move), naive = walked(board, move, size);
        CHECK(found.turned == naive.turned);
        CHECK(found.anchors == naive.anchors);
        CHECK(found.others == naive.others);
        CHECK(found.in_line == naive.in_line);
        CHECK(found.decisive == naive.decisive);
        CHECK((found.decisive & ~found.relevant()) == 0);
        ++moves, kept += found.decisive != found.relevant();
      });
    }
  CHECK(moves > 300);
  CHECK(kept > 100);  // more than one disc, or line, makes them legal
}

/// Mann and Whitney's: the sum of the mean ranks of the positive squares.
double by_ranks(const std::vector<std::pair<double, bool>>& items) {
  double ranks = 0, positive = 0;
  for (const auto& [value, is_positive] : items) {
    if (!is_positive) continue;
    double below = 0, same = 0;
    for (const auto& [other, ignored] : items) below += other < value, same += other == value;
    ranks += below + (same + 1) / 2, ++positive;
  }
  return (ranks - positive * (positive + 1) / 2) / (positive * (static_cast<double>(items.size()) - positive));
}

TEST_CASE("the AUROC of a map counts pairs, ties half") {
  const Stream stream = Stream(4).child("values");
  for (std::uint64_t index = 0; index < 30; ++index) {
    Saliency::Squares values{};
    Bits positive = 0, negative = 0;
    std::vector<std::pair<double, bool>> items;
    for (Square s = 0; s < 64; ++s) {
      const auto draw = stream.draw(index, static_cast<std::uint32_t>(s));
      (draw % 3 == 0 ? positive : negative) |= bit(s);
      if (draw / 3 % 4 == 0) continue;                                               // an empty square
      values[static_cast<std::size_t>(s)] = static_cast<double>(draw / 12 % 7) - 3;  // many ties
      items.emplace_back(*values[static_cast<std::size_t>(s)], draw % 3 == 0);
    }
    CHECK(auroc(values, positive, negative).value() == Approx(by_ranks(items)));
    CHECK(auroc(values, negative, positive).value() == Approx(1 - by_ranks(items)));
    CHECK_FALSE(auroc(values, positive, 0));
  }
  Saliency::Squares values{};
  values[3] = 0.2, values[4] = 0.5, values[9] = 0.5;
  CHECK(share_at_top(values, bit(4) | bit(3)) == 0.5);
  CHECK(share_at_top(values, bit(4) | bit(9)) == 1);
  CHECK(share_at_top(values, bit(3)) == 0);
}

TEST_CASE("positions are one of each game, at any ply that goes on, by the seed") {
  const GameSource source(kBoard6, 5, Purpose::cases);
  const auto positions = saliency_positions(source, 400, 5);
  REQUIRE(positions.size() == 400);
  std::set<int> plies;
  double sum = 0;
  for (const auto& game : positions) {
    const auto facts = replay(kBoard6, game.moves()).back();
    CHECK_FALSE(facts.over());
    CHECK(count(facts.after.occupied()) >= 6);
    plies.insert(game.length);
    sum += game.length;
  }
  CHECK(sum / 400 == Approx(16.5).margin(2));  // between 2 and 31
  CHECK(*plies.begin() == 2);
  CHECK(*plies.rbegin() >= 30);
  CHECK((saliency_positions(source, 400, 5) == positions));
  CHECK_FALSE((saliency_positions(source, 400, 6) == positions));
}

/// A position with values that a function of its discs makes up.
template <class Value>
StudiedPosition made_up_position(const Game& game, const Value& value) {
  StudiedPosition p;
  p.game = game;
  const auto facts = replay(kBoard6, game.moves()).back();
  p.board = facts.after;
  p.move = lowest(facts.legal);
  p.discs = discs_of_move(p.board, p.move);
  p.map.probability = 0.25;
  for_each_square(p.board.occupied(), [&](Square s) {
    p.map.raw[static_cast<std::size_t>(s)] = value(p, s);
    p.map.random[static_cast<std::size_t>(s)] = 0;
  });
  return p;
}

TEST_CASE("planted maps give the figures that were planted, each position counting once") {
  const auto games = saliency_positions(GameSource(kBoard6, 5, Purpose::cases), 20, 5);
  std::vector<StudiedPosition> rules, needed;
  double chance = 0;
  std::int64_t turned = 0;
  for (std::size_t i = 0; i < games.size(); ++i) {
    const double size = i % 2 == 0 ? 0.2 : 0.4;
    rules.push_back(made_up_position(games[i], [&](const StudiedPosition& p, Square s) {
      return (p.discs.relevant() & bit(s)) != 0 ? size : -0.1;
    }));
    needed.push_back(made_up_position(
        games[i], [](const StudiedPosition& p, Square s) { return (p.discs.decisive & bit(s)) != 0 ? 1.0 : 0.0; }));
    chance += static_cast<double>(count(rules[i].discs.relevant())) / count(rules[i].board.occupied()) / 20;
    turned += count(rules[i].discs.turned);
  }
  const auto found = summarise(rules);
  CHECK(found["classes"][0]["name"] == "turned");
  CHECK(found["classes"][0]["saliency"]["mean"].get<double>() == Approx(0.3));
  CHECK(found["classes"][0]["saliency"]["n"] == 20);
  CHECK(found["classes"][0]["discs"] == turned);
  CHECK(found["classes"][1]["saliency"]["mean"].get<double>() == Approx(0.3));
  CHECK(found["classes"][2]["saliency"]["mean"].get<double>() == Approx(-0.1));
  CHECK(found["classes"][2]["random"]["mean"] == 0);
  CHECK(found["classes"][0]["untrained"].is_null());
  CHECK(found["auroc"]["relevant"]["mean"] == 1);
  CHECK(found["auroc"]["in_line"]["mean"] == 1);
  CHECK(found["auroc"]["relevant_random"]["mean"] == 0.5);
  CHECK(found["auroc"]["relevant_untrained"].is_null());
  CHECK(found["auroc"]["decisive_within"]["mean"] == 0.5);
  CHECK(found["auroc"]["decisive_within"]["n"] < 20);  // where all or none are decisive it is undefined
  CHECK(found["differences"]["random"]["mean"] == 0.5);
  CHECK(found["most_salient"]["relevant"]["mean"] == 1);
  CHECK(found["most_salient"]["chance"]["mean"].get<double>() == Approx(chance));
  CHECK(found["most_salient"]["random"]["mean"].get<double>() == Approx(chance));  // all discs are alike
  CHECK(found["probability"]["mean"] == 0.25);
  const auto other = summarise(needed);
  CHECK(other["auroc"]["decisive"]["mean"] == 1);
  CHECK(other["auroc"]["decisive_within"]["mean"] == 1);
  CHECK(other["auroc"]["relevant"]["mean"].get<double>() < 1);
}

ProbeSet random_probes() {
  ProbeSet probes;
  for (int layer = 0; layer < 2; ++layer)
    probes.probes.push_back(made_up({{SiteKind::resid_post, layer}}, "mine-yours-empty", "by-parity", "ridge",
                                    kBoardClasses, at::randn({17, 36, 3}), at::randn({17, 36, 3})));
  return probes;
}

TEST_CASE("a study keeps the maps of the model's own moves, whatever the number of workers") {
  const auto loaded = small_model(6, 16);
  const auto probes = random_probes();
  SaliencyStudySettings settings;
  settings.map = {.first_layer = 0, .last_layer = 1, .scale = 0.5, .seed = 3};
  settings.positions = 12, settings.fit_games = 60, settings.examples = 12;
  const auto study = [&](int workers) {
    settings.workers = workers;
    return saliency_study(loaded, probes, settings, [](double, const std::string&) {});
  };
  const auto found = study(1);
  CHECK(found == study(3));
  CHECK(found["positions"] == 12);
  CHECK(found["settings"]["layers"] == Json{0, 1});
  CHECK(found["auroc"]["relevant_untrained"]["n"] == found["auroc"]["relevant"]["n"]);
  REQUIRE(found["examples"].size() == 12);
  const auto vocabulary = loaded.model.config().vocabulary();
  double probability = 0;
  for (const auto& e : found["examples"]) {
    const auto game = parse_game(e["game"].get<std::string>(), kBoard6);
    const auto facts = replay(kBoard6, game.moves()).back();
    Token token = 0;
    double most = -1;
    const auto p = at::softmax(loaded.model.forward(at::tensor([&] {
                                                      std::vector<std::int64_t> tokens;
                                                      for (const auto square : game.moves())
                                                        tokens.push_back(vocabulary.token(square));
                                                      return tokens;
                                                    }())
                                                        .unsqueeze(0))[0][-1],
                               -1);
    for_each_square(facts.legal, [&](Square s) {
      if (const auto value = p[vocabulary.token(s)].item<double>(); value > most)
        most = value, token = vocabulary.token(s);
    });
    CHECK(e["move"] == square_name(vocabulary.square(token)));
    CHECK(e["probability"].get<double>() == Approx(most));
    CHECK(e["board"] == discs_text(facts.after));
    const auto map = latent_saliency(loaded.model, probes, game, token, settings.map);
    CHECK(e["raw"] == by_square(map.raw));
    probability += most / 12;
  }
  CHECK(found["probability"]["mean"].get<double>() == Approx(probability));
  settings.controls = false;
  const auto without = study(1);
  CHECK(without["auroc"]["relevant_untrained"].is_null());
  CHECK(without["auroc"]["relevant"] == found["auroc"]["relevant"]);
}

TEST_CASE("what no study can be made of is refused before anything is fitted") {
  const auto loaded = small_model(6, 16);
  SaliencyStudySettings settings;
  settings.positions = 4;
  const auto message = [&](const ProbeSet& probes, int last) {
    settings.map.last_layer = last;
    return error_of([&] {
      saliency_study(loaded, probes, settings, [](double, const std::string& what) {
        if (what != "maps") fail("something was fitted");
      });
    });
  };
  CHECK(contains(message(random_probes(), 2), "blocks 0 to 1"));
  CHECK(contains(message({}, 1), "no linear probe"));
}

}  // namespace
}  // namespace othello::test
