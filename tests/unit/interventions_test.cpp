// If these fail, an intervention does not do what it says, or its error is not the published one.
#include "engine/notation.h"
#include "interventions/benchmark.h"
#include "interventions/edit.h"
#include "interventions/score.h"
#include "probes/sweep.h"
#include "tests/support/torch_test.h"

namespace othello::test {

TEST_CASE("the error is false positives plus false negatives of the top N") {
  const std::vector<float> logits{9, 5, 4, 3, 2, 1};  // token 0 is padding and never an answer
  CHECK(top_n_error(logits, 0b00011) == 0);           // legal 1, 2; top two are 1, 2
  CHECK(top_n_error(logits, 0b10001) == 2);           // legal 1, 5; top two are 1, 2
  CHECK(top_n_error(logits, 0b11000) == 4);
  CHECK(top_n_error(logits, 0b00001) == 0);
  CHECK(top_n_error(logits, 0b00010) == 2);
  CHECK(top_n_error(logits, 0b11111) == 0);
  const std::vector<float> ties{0, 1, 1, 1};
  CHECK(top_n_error(ties, 0b001) == 0);  // ties go to the smaller token
  CHECK(top_n_error(ties, 0b100) == 2);
}

TEST_CASE("a case turns one disc, keeps the side to move and changes the legal moves") {
  const auto game = parse_game("f5", kBoard8);
  const auto made = flip_case(kBoard8, game, parse_square("e5", kBoard8));
  REQUIRE(made);
  CHECK(made->before.to_move == Color::white);
  CHECK(made->after.to_move == Color::white);
  CHECK(made->after.white() == (made->before.white() | bit(parse_square("e5", kBoard8))));
  CHECK(made->legal_after != made->legal_before);
  CHECK_FALSE(made->mine());
  CHECK_FALSE(
      flip_case(kBoard8, game, parse_square("d4", kBoard8)).has_value());  // white would have no disc and no move
  CHECK(contains(error_of([&] { flip_case(kBoard8, game, 0); }), "a1"));
}

TEST_CASE("natural cases are seeded, stratified over plies and never empty") {
  const Vocabulary vocabulary(kBoard6);
  const GameSource source(kBoard6, 1, Purpose::cases);
  const auto a = natural_cases(source, vocabulary, 1, 200), b = natural_cases(source, vocabulary, 1, 200);
  int earliest = 99, latest = 0;
  for (std::size_t i = 0; i < a.cases.size(); ++i) {
    CHECK(a.cases[i].history == b.cases[i].history);
    CHECK(a.cases[i].square == b.cases[i].square);
    CHECK(a.cases[i].legal_after != 0);
    CHECK(a.cases[i].legal_after == legal_moves(a.cases[i].after, kBoard6));
    earliest = std::min(earliest, a.cases[i].ply()), latest = std::max(latest, a.cases[i].ply());
  }
  CHECK(a.cases.size() == 200);
  CHECK(earliest == 4);
  CHECK(latest == 25);
}

TEST_CASE("an edit touches the last position of each row alone, and one of scale 0 nothing") {
  const Transformer model(ModelConfig{.board = 6, .layers = 3, .d_model = 16, .heads = 2}, 1);
  const auto tokens = at::tensor({5, 6, 7, 8, 9, 10, 11, 0}, at::kLong).view({2, 4});
  EditTargets targets{.positions = at::tensor({3, 2}, at::kLong), .directions = {}};
  for (int layer = 0; layer < 3; ++layer) {
    const auto d = at::randn({2, 16});
    targets.directions.push_back(d / d.norm(2, {1}, true));
  }
  const Site site{SiteKind::resid_post, 1};
  const auto run = [&](double scale) {
    Trace trace;
    add_edit(trace, {1, 1, scale}, targets);
    trace.record(site);
    model.forward(tokens, &trace);
    return trace.value(site);
  };
  const auto plain = run(0), edited = run(0.5);
  Trace recording;
  recording.record(site);
  model.forward(tokens, &recording);
  CHECK(at::equal(plain, recording.value(site)));
  const auto change = (edited - plain).norm(2, {2});  // [batch, pos]
  for (std::int64_t row = 0; row < 2; ++row)
    for (std::int64_t pos = 0; pos < 4; ++pos) {
      const bool last = pos == (row == 0 ? 3 : 2);
      CHECK(change[row][pos].item<double>() ==
            Approx(last ? 0.5 * plain[row][pos].norm().item<double>() : 0).margin(1e-6).epsilon(1e-4));
    }
}

TEST_CASE("the benchmark does not depend on workers and reports on other cases than it chooses on") {
  const Transformer model(ModelConfig{.board = 6, .layers = 2, .d_model = 16, .heads = 2}, 1);
  const TrainingFacts untrained;
  const LoadedModel loaded{model, untrained, "model.safetensors", "checksum"};
  ProbeSettings probing;
  probing.games = 60, probing.untrained = 1, probing.information.positions = 0;
  Unfinished nothing;
  const auto sweep = probe_sweep(loaded, probing, nothing, [](double, const std::string&) {});
  const auto run = [&](int workers) {
    return intervention_benchmark(loaded, sweep.probes, {.cases = 90, .seed = 3, .workers = workers}, [](double) {});
  };
  const auto one = run(1);
  CHECK(one == run(2));
  CHECK(one["chosen_on"] == 30);
  CHECK(one["reported_on"] == 60);
  CHECK(one["edits"].size() == 4);  // three ranges and the chosen one
  CHECK(one["edits"].back()["error"]["n"] == 60);
  CHECK(one["controls"][0]["name"] == "null");
  CHECK(one["examples"].size() == 3);
  CHECK(contains(error_of([&] { intervention_benchmark(loaded, sweep.probes, {.cases = 5}, [](double) {}); }),
                 "too few"));
}

}  // namespace othello::test
