// If these fail, a model that only remembers its games passes for one that knows the rules, or the other way round.
#include "probes/novelty.h"

#include <cmath>
#include <map>
#include <set>

#include "data/batch.h"
#include "data/players.h"
#include "probes/novelty_tables.h"
#include "tests/support/probe_sets.h"
#include "tests/support/torch_test.h"

namespace othello::test {
namespace {

TrainingFacts facts_of(const std::string& player, std::uint64_t seed, std::int64_t first, std::int64_t end) {
  TrainingFacts facts;
  facts.player = player, facts.seed = seed, facts.first_game = first, facts.games = end, facts.targets = "sampled";
  return facts;
}

/// Positions of `games` games with made-up closeness and figures.
std::vector<NoveltyPosition> made_up_positions(int games) {
  const Stream stream = Stream(4).child("positions");
  std::vector<NoveltyPosition> positions;
  for (int game = 0; game < games; ++game) {
    const auto left = 3 + static_cast<int>(stream.below(5, static_cast<std::uint64_t>(game), 1000));
    for (int ply = 1; ply <= 31; ++ply) {
      auto draw = [&, k = static_cast<std::uint32_t>(8 * ply)](std::uint32_t n) mutable {
        return static_cast<int>(stream.below(n, static_cast<std::uint64_t>(game), k++));
      };
      NoveltyPosition p;
      p.game = game, p.ply = ply;
      p.exact = {std::max(0, ply - left), ply <= left || (ply < 12 && draw(3) == 0), draw(2) == 0};
      p.image = {std::max(0, ply - left - 1), p.exact.board_seen || ply == left + 1, draw(2) == 0};
      p.legal_top1 = draw(10) > 0 ? 1 : 0;
      p.legal_mass = draw(100) / 100.0;
      p.uniform_legal = draw(100) / 100.0;
      p.board_accuracy = draw(37) / 36.0;
      positions.push_back(p);
    }
  }
  return positions;
}

struct Mean {
  double sum = 0;
  int n = 0;
  void add(double value) { sum += value, ++n; }
  double value() const { return sum / n; }
};

double value_of(const NoveltyPosition& p, const Closeness& near, const std::string& measure) {
  if (measure == "legal_top1") return p.legal_top1;
  if (measure == "legal_mass") return p.legal_mass;
  if (measure == "board_accuracy") return p.board_accuracy;
  if (measure == "nearest_game_legal") return near.nearest_legal ? 1 : 0;
  return p.uniform_legal;
}

}  // namespace

TEST_CASE("all games of a chain of runs are those of training, oldest first, and unknown ones are refused") {
  TrainingFacts facts = facts_of("greedy:30", 5, 32, 80);
  facts.earlier = {facts_of("uniform", 3, 0, 40), facts_of("uniform", 9, 7, 7)};
  const auto runs = training_runs(facts, kBoard6);
  REQUIRE(runs.size() == 2);
  CHECK(game_count(runs) == 40 + 48);
  CHECK(game_of(runs, 39) == GameSource(kBoard6, 3, Purpose::training).game(39));
  CHECK(game_of(runs, 41) == GameSource(kBoard6, 5, Purpose::training, make_player("greedy:30", kBoard6)).game(32 + 1));

  CHECK(contains(error_of([] { training_runs(TrainingFacts::unknown(), kBoard6); }), "not known"));
  facts.earlier = {TrainingFacts::unknown()};
  CHECK(contains(error_of([&] { training_runs(facts, kBoard6); }), "not known"));
  CHECK(contains(error_of([] { training_runs(TrainingFacts{}, kBoard6); }), "on no game"));
  CHECK(contains(error_of([] { training_runs(facts_of("dataset:nowhere", 1, 0, 9), kBoard6); }), "dataset:nowhere"));
}

TEST_CASE("what is found of positions is what a walk through one game after the other finds") {
  const auto model = small_model(6, 16);
  const auto vocabulary = model.model.config().vocabulary();
  const std::vector<GameRun> training{{GameSource(kBoard6, 1, Purpose::training), 0, 200}};
  const auto games = take_games(GameSource(kBoard6, 1, Purpose::evaluation), 0, 70);
  const auto seen = find_nearest_games(kBoard6, games, training, 1);
  at::manual_seed(3);
  const ProbeSite site{{SiteKind::resid_post, 0}};
  const auto probe = made_up(site, "mine-yours-empty", "by-parity", "ridge", kBoardClasses, at::randn({17, 36, 3}),
                             at::randn({17, 36, 3}));
  const auto found = novelty_positions(model.model, games, seen, training, &probe, 1);
  const auto others = novelty_positions(model.model, games, seen, training, &probe, 3);
  REQUIRE(found.size() == others.size());
  std::map<std::pair<int, int>, NoveltyPosition> by_place;
  for (std::size_t i = 0; i < found.size(); ++i) {
    by_place[{found[i].game, found[i].ply}] = found[i];
    CHECK(found[i].legal_mass == others[i].legal_mass);
    CHECK(found[i].board_accuracy == others[i].board_accuracy);
  }
  REQUIRE(by_place.size() == found.size());
  std::size_t positions = 0;
  int nearest_legal = 0;
  const auto squares = board_squares(kBoard6);
  for (const int g : {0, 1, 2, 65, 69}) {
    const Game& game = games[static_cast<std::size_t>(g)];
    const auto& near = seen[static_cast<std::size_t>(g)];
    const Game nearest = training[0].source.game(near.exact.game);
    std::vector<std::int64_t> moves;
    for (const auto square : game.moves().first(std::min<std::size_t>(31, game.length)))
      moves.push_back(vocabulary.token(square));
    Trace trace;
    trace.record(site.site);
    const at::NoGradGuard no_grad;
    const auto logits = model.model.forward(at::tensor(moves, at::kLong).view({1, -1}), &trace)[0];
    const auto p = at::softmax(logits.to(at::kDouble), -1);
    const auto x = trace.value(site.site)[0];
    for (int ply = 1; ply <= std::min(31, game.length - 1); ++ply, ++positions) {
      const auto fact = replay(kBoard6, game.moves().first(static_cast<std::size_t>(ply))).back();
      const auto& position = by_place.at({g, ply});
      double mass = 0, legal = 0;
      for (int token = 1; token < vocabulary.size(); ++token)
        if (fact.legal & bit(vocabulary.square(static_cast<Token>(token))))
          mass += p[ply - 1][token].item<double>(), ++legal;
      CHECK(position.legal_mass == Approx(mass).epsilon(1e-4));
      const auto best = p[ply - 1].argmax().item<std::int64_t>();
      CHECK((position.legal_top1 == 1) ==
            (best > 0 && (fact.legal & bit(vocabulary.square(static_cast<Token>(best)))) != 0));
      CHECK(position.uniform_legal == Approx(legal / (32 - ply)));
      CHECK(position.exact.distance == std::max(0, ply - near.exact.shared));
      CHECK(position.image.distance == std::max(0, ply - near.image.shared));
      CHECK(position.exact.nearest_legal == (ply < nearest.length && (fact.legal & bit(nearest.squares[ply])) != 0));
      nearest_legal += position.exact.nearest_legal ? 1 : 0;
      if (position.exact.distance == 0) CHECK(position.exact.board_seen);
      int right = 0;
      for (std::size_t unit = 0; unit < squares.size(); ++unit) {
        const auto w = probe.readout.weights[ply % 2].slice(1, 3 * static_cast<std::int64_t>(unit),
                                                            3 * static_cast<std::int64_t>(unit) + 3);  // [17, 3]
        const auto scores = at::matmul(x[ply - 1], w.narrow(0, 0, 16)) + w[16];
        right += scores.argmax().item<std::int64_t>() == static_cast<std::int64_t>(state(fact.after, squares[unit]));
      }
      CHECK(position.board_accuracy == Approx(right / 36.0));
    }
  }
  CHECK(positions > 100);
  CHECK(nearest_legal > 10);
}

TEST_CASE("groups, distances and differences at equal ply are sums of a plain loop") {
  const int games = 80;
  const auto positions = made_up_positions(games);
  const std::vector<std::string> measures{"legal_top1", "legal_mass", "board_accuracy", "nearest_game_legal",
                                          "uniform_empty_legal"};
  for (const auto by : {SeenBy::moves, SeenBy::images}) {
    const auto near = [&](const NoveltyPosition& p) { return by == SeenBy::moves ? p.exact : p.image; };
    const auto group = [&](const NoveltyPosition& p) {
      return near(p).distance == 0 ? "sequence-seen" : near(p).board_seen ? "board-seen" : "new";
    };
    const auto d = novelty_tables(positions, games, by);
    std::map<std::string, Mean> of_group, of_distance, of_ply;
    std::map<int, std::pair<int, int>> at_ply;
    for (const auto& p : positions) {
      const int t = near(p).distance;
      const char* band = t == 0 ? "0" : t < 3 ? "1" : t < 6 ? "3" : t < 11 ? "6" : t < 16 ? "11" : t < 26 ? "16" : "26";
      const bool fresh = std::string(group(p)) == "new";
      (fresh ? at_ply[p.ply].second : at_ply[p.ply].first) += 1;
      for (const auto& m : measures) {
        const double value = value_of(p, near(p), m);
        of_group[group(p) + m].add(value);
        of_distance[band + m].add(value);
        of_ply[fmt::format("{} {} {}", p.ply, fresh, m)].add(value);
      }
    }
    const auto check_rows = [&](const Json& rows, std::map<std::string, Mean>& means, const auto& name) {
      for (const Json& row : rows) {
        if (row["positions"] == 0) continue;
        for (const auto& m : measures) {
          const Mean& expected = means.at(name(row) + m);
          CHECK(row["positions"] == expected.n);
          CHECK(row[m]["mean"].get<double>() == Approx(expected.value()));
          CHECK(row[m]["low"].get<double>() <= row[m]["mean"].get<double>());
          CHECK(row[m]["n"] == games);
        }
      }
    };
    CHECK(d["positions"] == positions.size());
    REQUIRE(d["groups"].size() == 3);
    check_rows(d["groups"], of_group, [](const Json& row) { return row["name"].get<std::string>(); });
    CHECK(d["groups"][2]["share"]["mean"].get<double>() ==
          Approx(of_group.at("newlegal_top1").n / static_cast<double>(positions.size())));
    REQUIRE(d["by_distance"].size() == 7);
    check_rows(d["by_distance"], of_distance, [](const Json& row) { return std::to_string(row["first"].get<int>()); });
    CHECK(d["by_distance"][6]["last"].is_null());

    REQUIRE(d["by_ply"].size() == 31);
    int first = 0, last = 0;
    for (const Json& row : d["by_ply"]) {
      const int ply = row["ply"];
      const auto [seen, fresh] = at_ply[ply];
      CHECK(row["seen"]["positions"] == seen);
      CHECK(row["new"]["positions"] == fresh);
      if (seen > 0) {
        CHECK(row["seen"]["legal_top1"]["mean"].get<double>() ==
              Approx(of_ply.at(fmt::format("{} false legal_top1", ply)).value()));
      } else {
        CHECK(row["seen"]["legal_top1"].is_null());
      }
      CHECK(row["shares"]["new"]["mean"].get<double>() == Approx(fresh / static_cast<double>(seen + fresh)));
      if (20 * seen >= games && 20 * fresh >= games && (last == 0 || last == ply - 1))
        last = ply, first = first == 0 ? ply : first;
    }
    CHECK(d["within_plies"]["first"] == first);
    CHECK(d["within_plies"]["last"] == last);
    CHECK(d["within_plies"]["positions"] == games * (last - first + 1));

    std::vector<int> plies;
    for (const auto& m : measures) {
      double weights = 0, sum = 0;
      plies.clear();
      for (const auto& [ply, n] : at_ply) {
        if (std::min(n.first, n.second) < 30) continue;
        plies.push_back(ply);
        const double weight = std::min(n.first, n.second);
        weights += weight;
        sum += weight * (of_ply.at(fmt::format("{} true {}", ply, m)).value() -
                         of_ply.at(fmt::format("{} false {}", ply, m)).value());
      }
      CHECK(d["same_ply"][m]["mean"].get<double>() == Approx(sum / weights));
    }
    CHECK(plies.size() > 1);
    CHECK(d["same_ply"]["plies"] == plies);
  }
}

TEST_CASE("without a probe nothing is said about the board, and without overlap no plies are compared") {
  auto positions = made_up_positions(40);
  for (auto& p : positions) p.board_accuracy = NoveltyPosition::kNone, p.exact = {0, true, true};
  const auto d = novelty_tables(positions, 40, SeenBy::moves);
  CHECK(d["groups"][0]["board_accuracy"].is_null());
  CHECK(d["groups"][0]["legal_top1"]["n"] == 40);
  CHECK(d["groups"][2]["positions"] == 0);
  CHECK(d["groups"][2]["share"]["mean"] == 0);
  CHECK(d["groups"][2]["legal_top1"].is_null());
  CHECK(d["within_plies"].is_null());
  CHECK(d["same_ply"]["plies"].empty());
  CHECK(d["same_ply"]["legal_top1"].is_null());
}

}  // namespace othello::test
