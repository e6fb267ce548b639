// What tables say of a probe. The references here are sums over games, written out.
#include "probes/probe_score.h"

#include <cmath>

#include "common/random.h"
#include "probes/prior.h"
#include "probes/square_classes.h"
#include "tests/support/probes.h"
#include "tests/support/torch_test.h"

namespace othello::test {
namespace {

/// A target of this file's own: labels by hand, written into batches.
Target target_of(std::vector<std::string> classes, std::int64_t units) {
  Target target;
  target.name = "test";
  target.classes = std::move(classes);
  target.units = units;
  return target;
}

ProbeBatch batch_of(const BoardSize& board, std::int64_t first, std::int64_t games) {
  auto batch = probe_batch(board, static_cast<std::uint64_t>(first), games);
  batch.first_game = first;
  return batch;
}

/// Uniform in [0, 1), as many as a vector holds.
std::vector<double> uniform(const char* name, std::uint64_t index, std::size_t count) {
  const Stream stream = Stream(5).child(name);
  std::vector<double> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = stream.draw(index, static_cast<std::uint32_t>(i)) / 4294967296.0;
  return values;
}

Tensor rows_of(const ProbeBatch& batch, const Tensor& all, int parity) {
  return all.narrow(0, batch.positions.begin[parity], batch.positions.count(parity));
}

void add_both(ProbeScore& score, const ProbeBatch& batch, const Tensor& scores) {
  for (const int parity : {0, 1}) score.add(batch, 0, parity, rows_of(batch, scores, parity));
}

struct Share {
  double right = 0, count = 0;
  void add(bool hit) { right += hit, ++count; }
  double mean() const { return right / count; }
};

/// Every null is an explicit one: no NaN hides in a document.
bool all_finite(const Json& json) {
  if (json.is_number_float() && !std::isfinite(json.get<double>())) return false;
  return std::all_of(json.begin(), json.end(),
                     [](const Json& part) { return !part.is_structured() || all_finite(part); });
}

void check_against_sums_by_hand(const BoardSize& board) {
  constexpr std::int64_t kGames = 12;
  const Vocabulary vocabulary(board);
  const auto target = make_target("mine-yours-empty", vocabulary);
  ProbeScore score(target, vocabulary, kGames, Scores::logits);
  double labels[3] = {}, answers[3] = {}, rights[3] = {}, bits = 0, positions = 0;
  Share all, occupied, parities[2], squares[64], rungs[5];
  std::map<int, Share> plies;
  std::map<std::string, Share> kinds;
  for (std::int64_t first = 0; first < kGames; first += 4) {
    auto batch = batch_of(board, first, 4);
    batch.labels = {target.labels(batch.positions)};
    // Small integers: ties are frequent.
    const auto scores =
        at::floor(at::rand({static_cast<std::int64_t>(batch.positions.rows.size()), target.outputs()}) * 4);
    add_both(score, batch, scores);
    for (std::size_t g = 0; g < 4; ++g) {
      int turned[64] = {};
      int t = 0;
      for (const auto& facts : replay(board, batch.positions.games[g].moves())) {
        ++t;
        for_each_square(facts.turned, [&](Square square) { ++turned[square]; });
        if (t > vocabulary.context() || facts.over()) continue;
        const auto row = batch.positions.row_of[g * static_cast<std::size_t>(vocabulary.context()) + t - 1];
        ++positions;
        std::int64_t unit = 0;
        for_each_square(board.squares, [&](Square square) {
          double s[3], sum = 0;
          for (int k = 0; k < 3; ++k) s[k] = scores[row][unit * 3 + k].item<double>(), sum += std::exp(s[k]);
          const int answer = s[0] >= s[1] && s[0] >= s[2] ? 0 : s[1] >= s[2] ? 1 : 2;
          const int truth = static_cast<int>(state(facts.after, square));
          const bool hit = answer == truth;
          ++labels[truth], ++answers[answer], rights[truth] += hit;
          bits -= std::log2(std::exp(s[truth]) / sum);
          all.add(hit), parities[t % 2].add(hit), squares[square].add(hit), plies[t].add(hit);
          if (truth != 2) occupied.add(hit), rungs[std::min(turned[square], 4)].add(hit);
          kinds[square_class_names()[static_cast<std::size_t>(square_class(board, square))]].add(hit);
          ++unit;
        });
      }
    }
  }
  const Json json = score.to_json();
  CHECK(all_finite(json));
  CHECK_FALSE(json.contains("undefined"));
  const auto mean = [](const Json& e) { return e.at("mean").get<double>(); };
  CHECK(score.accuracy() == Approx(all.mean()));
  CHECK(mean(json["accuracy"]) == Approx(all.mean()));
  CHECK(json["accuracy"]["n"] == kGames);
  CHECK(json["accuracy"]["low"] < json["accuracy"]["mean"]);
  CHECK(mean(json["colour_on_occupied"]) == Approx(occupied.mean()));
  CHECK(mean(json["cross_entropy"]) == Approx(bits / all.count));
  CHECK(score.cross_entropy() == Approx(bits / all.count));
  double recall = 0, f1 = 0;
  for (int k = 0; k < 3; ++k) {
    const auto row = json["classes"][static_cast<std::size_t>(k)];
    const double r = rights[k] / labels[k], p = rights[k] / answers[k];
    CHECK(row["share"] == Approx(labels[k] / all.count));
    CHECK(row["recall"] == Approx(r));
    CHECK(row["precision"] == Approx(p));
    recall += r / 3, f1 += 2 * p * r / (p + r) / 3;
  }
  CHECK(mean(json["balanced_accuracy"]) == Approx(recall));
  CHECK(mean(json["macro_f1"]) == Approx(f1));
  for (const int parity : {0, 1})
    CHECK(mean(json["by_parity"][parity ? "odd" : "even"]) == Approx(parities[parity].mean()));
  for (std::size_t square = 0; square < 64; ++square) {
    if (squares[square].count == 0) CHECK(json["per_square"][square].is_null());
    else CHECK(json["per_square"][square] == Approx(squares[square].mean()));
  }
  CHECK(json["by_ply"].size() == plies.size());
  for (const auto& row : json["by_ply"]) CHECK(row["accuracy"] == Approx(plies[row["ply"].get<int>()].mean()));
  CHECK(json["by_flips"].size() == 5);
  for (std::size_t rung = 0; rung < 5; ++rung) {
    CHECK(json["by_flips"][rung]["flips"] == (rung == 4 ? "4+" : std::to_string(rung)));
    CHECK(mean(json["by_flips"][rung]["accuracy"]) == Approx(rungs[rung].mean()));
    CHECK(json["by_flips"][rung]["share"] == Approx(rungs[rung].count / occupied.count));
  }
  for (const auto& row : json["by_square_class"]) {
    CHECK(mean(row["accuracy"]) == Approx(kinds[row["name"]].mean()));
    CHECK(row["squares"].get<double>() == kinds[row["name"]].count / positions);
  }
}

}  // namespace

TEST_CASE("every measure of a probe is what its name says, on 6x6") { check_against_sums_by_hand(kBoard6); }
TEST_CASE("every measure of a probe is what its name says, on 8x8") { check_against_sums_by_hand(kBoard8); }

TEST_CASE("square classes are where players look for them") {
  const auto squares = [](const BoardSize& board, const std::string& name) {
    Bits found = 0;
    for (const Square square : board_squares(board))
      if (square_class_names()[static_cast<std::size_t>(square_class(board, square))] == name) found |= bit(square);
    return found;
  };
  CHECK(squares(kBoard8, "corner") == 0x8100000000000081);
  CHECK(squares(kBoard8, "c-square") == 0x4281000000008142);
  CHECK(squares(kBoard8, "x-square") == 0x0042000000004200);
  CHECK(squares(kBoard8, "edge") == 0x3C0081818181003C);
  CHECK(squares(kBoard8, "centre") == kCentre);
  CHECK(squares(kBoard6, "corner") == 0x0042000000004200);
  CHECK(squares(kBoard6, "c-square") == 0x0024420000422400);
  CHECK(squares(kBoard6, "x-square") == 0x0000240000240000);
  CHECK(squares(kBoard6, "edge") == 0x0018004242001800);
  CHECK(squares(kBoard6, "inner") == 0x0000182424180000);
}

TEST_CASE("the standard error of a ply is that of its games") {
  const Vocabulary vocabulary(kBoard6);
  const auto target = make_target("mine-yours-empty", vocabulary);
  auto batch = batch_of(kBoard6, 0, 30);
  batch.labels = {target.labels(batch.positions)};
  const auto scores = at::rand({static_cast<std::int64_t>(batch.positions.rows.size()), target.outputs()});
  ProbeScore score(target, vocabulary, 30, Scores::ranks);
  add_both(score, batch, scores);
  const auto answers = scores.view({-1, 36, 3}).argmax(2);
  std::vector<double> accuracy;  // of each game at ply 9
  for (std::size_t r = 0; r < batch.positions.rows.size(); ++r) {
    if (batch.positions.rows[r].ply != 9) continue;
    double right = 0;
    for (std::size_t u = 0; u < 36; ++u)
      right += answers[static_cast<std::int64_t>(r)][static_cast<std::int64_t>(u)].item<int>() ==
               batch.labels[0][r * 36 + u];
    accuracy.push_back(right / 36);
  }
  const auto of_games = at::tensor(accuracy);
  const Json row = score.to_json()["by_ply"][8];
  CHECK(row["ply"] == 9);
  CHECK(row["n"] == accuracy.size());
  CHECK(row["standard_error"] ==
        Approx(of_games.std().item<double>() / std::sqrt(static_cast<double>(accuracy.size()))).epsilon(1e-6));
}

TEST_CASE("the difference of two probes on the same games is paired, and nothing for a probe and itself") {
  constexpr std::int64_t kGames = 40;
  const Vocabulary vocabulary(kBoard6);
  const auto target = make_target("mine-yours-empty", vocabulary);
  auto batch = batch_of(kBoard6, 0, kGames);
  batch.labels = {target.labels(batch.positions)};
  // Both fail where `shared` is large, one of them a little more often.
  const auto rows = static_cast<std::int64_t>(batch.positions.rows.size());
  const auto label = at::tensor(std::vector<std::int64_t>(batch.labels[0].begin(), batch.labels[0].end()));
  const auto shared = at::randn({rows, 1, 1}).expand({rows, 36, 3}).reshape({rows, 108});
  const auto truth = at::one_hot(label, 3).to(at::kFloat).view({rows, 108});
  const auto scores = truth * (1 - shared) * 2 + at::randn({rows, 108}) * 0.5;
  ProbeScore better(target, vocabulary, kGames, Scores::logits), worse(target, vocabulary, kGames, Scores::logits);
  add_both(better, batch, scores);
  add_both(worse, batch, scores + at::randn({rows, 108}) * 0.1);
  const Json difference = better.minus(worse), a = better.to_json(), b = worse.to_json();
  const auto width = [](const Json& e) { return e.at("high").get<double>() - e.at("low").get<double>(); };
  for (const auto* name : {"accuracy", "balanced_accuracy", "macro_f1", "colour_on_occupied", "cross_entropy"}) {
    CHECK(difference[name]["mean"] ==
          Approx(a[name]["mean"].get<double>() - b[name]["mean"].get<double>()).margin(1e-12));
    CHECK(width(difference[name]) < 0.5 * std::hypot(width(a[name]), width(b[name])));
  }
  CHECK(difference["by_flips"].size() == 5);
  CHECK(difference["by_flips"][0]["accuracy"]["n"] == kGames);
  CHECK(better.minus(better)["accuracy"]["high"] == 0.0);
  ProbeScore ranks(target, vocabulary, kGames, Scores::ranks);
  add_both(ranks, batch, scores);
  CHECK(ranks.to_json()["cross_entropy"].is_null());
  CHECK(ranks.minus(better)["cross_entropy"].is_null());
  CHECK(ranks.minus(better)["accuracy"]["mean"] == 0.0);
  CHECK_FALSE(error_of([&] { ranks.cross_entropy(); }).empty());
  CHECK_FALSE(error_of([&] { ranks.minus(ProbeScore(target, vocabulary, kGames + 1, Scores::ranks)); }).empty());
}

TEST_CASE("cross-entropy is the entropy of labels whose chances the probe knows, and what it knows is information") {
  // x = ±1 with equal chances for each label, P(y = 1 | x) = 0.9 or 0.2: H(Y|X) and I(X;Y) in closed form.
  constexpr std::int64_t kGames = 400;
  const auto entropy = [](double p) { return -p * std::log2(p) - (1 - p) * std::log2(1 - p); };
  const double given_x = (entropy(0.9) + entropy(0.2)) / 2, information = entropy(0.55) - given_x;
  const Vocabulary vocabulary(kBoard6);
  const auto target = target_of({"no", "yes"}, 36);
  const auto batch_at = [&](std::int64_t first, Tensor& logits) {
    auto batch = batch_of(kBoard6, first, 50);
    const auto count = batch.positions.rows.size() * 36;
    const auto x = uniform("x", static_cast<std::uint64_t>(first), count),
               y = uniform("y", static_cast<std::uint64_t>(first), count);
    batch.labels.resize(1);
    std::vector<float> scores;
    for (std::size_t i = 0; i < count; ++i) {
      const double p = x[i] < 0.5 ? 0.9 : 0.2;
      batch.labels[0].push_back(y[i] < p);
      // Logits are defined up to a constant.
      scores.insert(scores.end(), {static_cast<float>(std::log(1 - p) + 7), static_cast<float>(std::log(p) + 7)});
    }
    logits = at::tensor(scores).view({-1, 72});
    return batch;
  };
  Prior prior(target, vocabulary.context());
  Tensor logits;
  for (std::int64_t first = kGames; first < 2 * kGames; first += 50) prior.add(batch_at(first, logits), 0);
  ProbeScore nothing(target, vocabulary, kGames, Scores::logits), probe(target, vocabulary, kGames, Scores::logits);
  for (std::int64_t first = 0; first < kGames; first += 50) {
    const auto batch = batch_at(first, logits);
    add_both(probe, batch, logits);
    for (const int parity : {0, 1}) nothing.add(batch, 0, parity, prior.logits(batch, parity));
  }
  // 400 000 labels: standard errors below 0.002 bits.
  CHECK(probe.cross_entropy() == Approx(given_x).margin(0.005));
  CHECK(nothing.cross_entropy() == Approx(entropy(0.55)).margin(0.005));
  const Estimate found = (nothing.sampled_cross_entropy() - probe.sampled_cross_entropy()).estimate();
  CHECK(found.mean == Approx(information).margin(0.005));
  CHECK(found.clear_of_zero());
  CHECK(found.high - found.low < 0.02);
  CHECK(probe.accuracy() == Approx(0.85).margin(0.003));
}

TEST_CASE("a prior knows how often a class occurs at a ply, and calls nothing impossible") {
  const Vocabulary vocabulary(kBoard6);
  const auto target = make_target("mine-yours-empty", vocabulary);
  auto batch = batch_of(kBoard6, 0, 20);
  batch.labels = {target.labels(batch.positions)};
  Prior prior(target, vocabulary.context());
  prior.add(batch, 0);
  const auto p = prior.logits(batch, 1).exp().view({-1, 36, 3});
  CHECK(at::isfinite(p.log()).all().item<bool>());
  // Row 0 is ply 1 of a game: a1 of the 6x6 board is empty in all 20 games.
  CHECK(p[0][0][2].item<float>() == Approx(20.5 / 21.5));
  CHECK(p[0][0][0].item<float>() == Approx(0.5 / 21.5));
}

TEST_CASE("the most frequent class reads random games as well as was measured elsewhere") {
  // 7500 games without passes, in another program: 0.623, colour 0.393, by flips 0.26, 0.39, 0.49, 0.52 (0.54 at four),
  // of 0.385, 0.205, 0.145, 0.106 of the discs.
  const Vocabulary vocabulary(kBoard8);
  const auto target = make_target("mine-yours-empty", vocabulary);
  const auto batch_at = [&](std::int64_t first) {
    auto batch = batch_of(kBoard8, first, 100);
    batch.labels = {target.labels(batch.positions)};
    return batch;
  };
  Prior prior(target, vocabulary.context());
  for (std::int64_t first = 1000; first < 3000; first += 100) prior.add(batch_at(first), 0);
  ProbeScore score(target, vocabulary, 500, Scores::ranks);
  for (std::int64_t first = 0; first < 500; first += 100) {
    const auto batch = batch_at(first);
    for (const int parity : {0, 1}) score.add(batch, 0, parity, prior.logits(batch, parity));
  }
  const Json json = score.to_json();
  CHECK(score.accuracy() == Approx(0.623).margin(0.005));
  CHECK(json["colour_on_occupied"]["mean"] == Approx(0.393).margin(0.008));
  const double accuracy[] = {0.26, 0.39, 0.49, 0.52}, share[] = {0.385, 0.205, 0.145, 0.106};
  for (std::size_t rung = 0; rung < 4; ++rung) {
    CHECK(json["by_flips"][rung]["accuracy"]["mean"] == Approx(accuracy[rung]).margin(0.015));
    CHECK(json["by_flips"][rung]["share"] == Approx(share[rung]).margin(0.005));
  }
}

TEST_CASE("a label that never varies is undefined, not 100 %") {
  const Vocabulary vocabulary(kBoard6);
  const auto target = target_of({"no", "yes"}, 36);
  auto batch = batch_of(kBoard6, 0, 5);
  batch.labels = {std::vector<std::uint8_t>(batch.positions.rows.size() * 36, 1)};
  const auto scores = at::rand({static_cast<std::int64_t>(batch.positions.rows.size()), 72});
  ProbeScore score(target, vocabulary, 5, Scores::logits);
  CHECK(score.to_json()["undefined"] == "there is no label");
  add_both(score, batch, scores);
  const Json json = score.to_json();
  CHECK(json["undefined"] == "every label is 'yes'");
  CHECK(all_finite(json));
  for (const auto* name : {"accuracy", "balanced_accuracy", "macro_f1", "colour_on_occupied", "cross_entropy"})
    CHECK(json[name].is_null());
  CHECK(json["by_flips"][0]["accuracy"].is_null());
  CHECK(json["by_ply"][0]["accuracy"].is_null());
  CHECK(json["per_square"][9].is_null());
  CHECK(json["by_parity"]["even"].is_null());
  CHECK(score.minus(score)["accuracy"].is_null());
  CHECK(std::isnan(score.accuracy()));

  SECTION("nor is a square whose label never varies") {
    batch.labels[0][35] = 0;  // g7, the last square, in the first position
    ProbeScore varied(target, vocabulary, 5, Scores::logits);
    add_both(varied, batch, scores);
    CHECK(varied.to_json()["per_square"][54].is_number());
    CHECK(varied.to_json()["per_square"][9].is_null());
    CHECK(varied.to_json()["accuracy"].is_object());
    CHECK(varied.to_json()["by_square_class"][0]["accuracy"].is_object());  // corners
    CHECK(varied.to_json()["by_square_class"][4]["accuracy"].is_null());    // centre
    CHECK(all_finite(varied.to_json()));
  }
}

TEST_CASE("one label for a position: no squares, no ladder") {
  const Vocabulary vocabulary(kBoard6);
  const auto target = target_of({"a", "b", "c", "d", "e"}, 1);
  auto batch = batch_of(kBoard6, 0, 5);
  batch.labels.resize(1);
  for (const auto& row : batch.positions.rows) batch.labels[0].push_back(static_cast<std::uint8_t>(row.ply % 5));
  const auto label = at::tensor(std::vector<std::int64_t>(batch.labels[0].begin(), batch.labels[0].end()));
  ProbeScore score(target, vocabulary, 5, Scores::ranks);
  add_both(score, batch, at::one_hot(label, 5).to(at::kFloat));
  const Json json = score.to_json();
  CHECK(score.accuracy() == 1);
  CHECK(json["macro_f1"]["mean"] == 1.0);
  for (const auto* name : {"per_square", "by_flips", "by_square_class"}) CHECK_FALSE(json.contains(name));
  CHECK_FALSE(score.minus(score).contains("by_flips"));
}

TEST_CASE("more games than clusters: the same means, and memory that does not grow") {
  const Vocabulary vocabulary(kBoard6);
  const auto target = make_target("mine-yours-empty", vocabulary);
  auto batch = batch_of(kBoard6, 0, 64);
  batch.labels = {target.labels(batch.positions)};
  const auto scores = at::rand({static_cast<std::int64_t>(batch.positions.rows.size()), target.outputs()});
  constexpr std::int64_t kGames = 100 * 64;  // the same batch over and over
  ProbeScore few(target, vocabulary, 64, Scores::logits), many(target, vocabulary, kGames, Scores::logits);
  add_both(few, batch, scores);
  for (batch.first_game = 0; batch.first_game < kGames; batch.first_game += 64) add_both(many, batch, scores);
  const Json a = few.to_json(), b = many.to_json();
  for (const auto* name : {"accuracy", "macro_f1", "colour_on_occupied", "cross_entropy"})
    CHECK(a[name]["mean"].get<double>() == Approx(b[name]["mean"].get<double>()).epsilon(1e-9));
  CHECK(b["accuracy"]["n"] == kGames);
  CHECK(many.sampled_accuracy().replicates.size() == 1000);
  const auto width = [](const Json& e) { return e["high"].get<double>() - e["low"].get<double>(); };
  CHECK(width(b["accuracy"]) == Approx(width(a["accuracy"]) / 10).epsilon(0.3));
  CHECK_FALSE(error_of([&] { many.add(batch, 0, 0, rows_of(batch, scores, 0)); }).empty());  // games beyond the last
}

TEST_CASE("scores that are no numbers, or of another shape, are an error") {
  const Vocabulary vocabulary(kBoard6);
  const auto target = make_target("mine-yours-empty", vocabulary);
  auto batch = batch_of(kBoard6, 0, 2);
  batch.labels = {target.labels(batch.positions)};
  ProbeScore score(target, vocabulary, 2, Scores::ranks);
  auto scores = at::zeros({batch.positions.count(0), target.outputs()});
  CHECK_FALSE(error_of([&] { score.add(batch, 0, 0, scores.narrow(1, 0, 36)); }).empty());
  ProbeScore other(target_of({"a", "b"}, 1), vocabulary, 2, Scores::ranks);
  CHECK_FALSE(error_of([&] { other.add(batch, 0, 0, scores.narrow(1, 0, 2)); }).empty());
  scores[3][5] = NAN;
  CHECK(contains(error_of([&] { score.add(batch, 0, 0, scores); }), "not finite"));
  CHECK_FALSE(error_of([&] { ProbeScore(target, vocabulary, 0, Scores::ranks); }).empty());
}

}  // namespace othello::test
