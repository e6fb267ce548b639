// If these fail, a layer is said to know moves or a board that it does not, or the other way round.
#include "probes/lens.h"

#include <cmath>

#include "data/batch.h"
#include "model/evaluation.h"
#include "tests/support/naive_gpt.h"
#include "tests/support/probe_sets.h"
#include "tests/support/torch_test.h"

namespace othello::test {
namespace {

constexpr int kWidth = 16;

/// Weights large enough that layers differ, norms and biases that do something.
LoadedModel lively_model() {
  auto model = small_model(6, kWidth);
  at::manual_seed(1);
  for (const auto& weight : model.model.parameters().list()) {
    const auto noise = at::randn(weight.sizes());
    weight.detach().copy_(weight.dim() == 1 ? weight + 0.3 * noise : 0.4 * noise);
  }
  return model;
}

Numbers numbers(const Tensor& t) {
  const auto flat = t.detach().to(at::kDouble).contiguous();
  return {flat.data_ptr<double>(), flat.data_ptr<double>() + flat.numel()};
}
Matrix matrix(const Tensor& t) {
  Matrix rows;
  for (std::int64_t i = 0; i < t.size(0); ++i) rows.push_back(numbers(t[i]));
  return rows;
}

/// The network that ends after `layers` blocks.
NaiveGpt naive(const Transformer& model, int layers) {
  const auto& p = model.parameters();
  NaiveGpt gpt{.heads = model.config().heads,
               .embedding = matrix(p.W_E),
               .positions = matrix(p.W_pos),
               .blocks = {},
               .final_gain = numbers(p.ln_final_w),
               .final_offset = numbers(p.ln_final_b),
               .unembedding = matrix(p.W_U),
               .unembedding_bias = Numbers(static_cast<std::size_t>(p.W_U.size(1)), 0.0)};
  for (int layer = 0; layer < layers; ++layer) {
    const auto& b = p.blocks[static_cast<std::size_t>(layer)];
    const auto w = b.W_QKV.chunk(3, 1), bias = b.b_QKV.chunk(3, 0);
    gpt.blocks.push_back({numbers(b.ln1_w), numbers(b.ln1_b), numbers(b.ln2_w), numbers(b.ln2_b), matrix(w[0]),
                          matrix(w[1]), matrix(w[2]), matrix(b.W_O), matrix(b.W_in), matrix(b.W_out), numbers(bias[0]),
                          numbers(bias[1]), numbers(bias[2]), numbers(b.b_O), numbers(b.b_in), numbers(b.b_out)});
  }
  return gpt;
}

LensGames games_of(std::int64_t count, int workers = 1) {
  return {GameSource(kBoard6, 5, Purpose::evaluation), count, workers};
}

/// Random ridge probes of the board at every layer.
ProbeSet random_probes(const ModelConfig& config) {
  at::manual_seed(2);
  ProbeSet set;
  for (const auto& site : residual_sites(config))
    set.probes.push_back(made_up({site}, "mine-yours-empty", "by-parity", "ridge", kBoardClasses,
                                 at::randn({kWidth + 1, 36, 3}), at::randn({kWidth + 1, 36, 3})));
  return set;
}

double mean_of(const Json& row, const char* field) { return row[field]["mean"].get<double>(); }

}  // namespace

TEST_CASE("the lens at a layer is the network that ends there, and its board what the probe's weights say") {
  const auto loaded = lively_model();
  const auto& model = loaded.model;
  const auto probes = random_probes(model.config());
  const Vocabulary vocabulary(kBoard6);
  const auto found = lens(model, small_model(6, kWidth, 3).model, &probes, games_of(2));
  REQUIRE(found["layers"].size() == 3);
  CHECK(found["layers"][0]["site"] == "blocks.0.hook_resid_pre");
  CHECK(found["layers"][2]["site"] == "blocks.1.hook_resid_post");

  const auto games = take_games(games_of(2).source, 0, 2);
  for (int layer = 0; layer < 3; ++layer) {
    const auto gpt = naive(model, layer);
    double n = 0, top1 = 0, mass = 0, kl = 0, loss = 0, right = 0, exact = 0;
    for (const Game& game : games) {
      const auto facts = replay(kBoard6, game.moves());
      std::vector<int> tokens;
      std::vector<std::int64_t> padded(31, 0);
      for (std::size_t t = 0; t < std::min<std::size_t>(game.length, 31); ++t)
        padded[t] = vocabulary.token(game.squares[t]);
      Trace trace;
      const auto site = residual_sites(model.config())[static_cast<std::size_t>(layer)];
      trace.record(site);
      model.forward(at::tensor(padded).view({1, 31}), &trace);
      for (std::size_t t = 0; t + 1 < game.length; ++t, ++n) {
        tokens.push_back(vocabulary.token(game.squares[t]));
        const auto logits = gpt.logits(tokens);
        double total = 0, legal_mass = 0, divergence = 0;
        std::size_t best = 0;
        for (std::size_t k = 0; k < logits.size(); ++k) {
          total += std::exp(logits[k]);
          if (logits[k] > logits[best]) best = k;
        }
        const double moves = count(facts[t].legal);
        for_each_square(facts[t].legal, [&](Square square) {
          const double p = std::exp(logits[vocabulary.token(square)]) / total;
          legal_mass += p;
          divergence += std::log(1 / moves / p) / moves;
          top1 += best == vocabulary.token(square);
        });
        mass += legal_mass, kl += divergence;
        loss -= std::log(std::exp(logits[vocabulary.token(game.squares[t + 1])]) / total);
        // The position after move t + 1, counted from 1.
        const auto& w = probes.probes[static_cast<std::size_t>(layer)].readout.weights[(t + 1) % 2];
        const auto x = at::cat({trace.value(site)[0][static_cast<std::int64_t>(t)], torch::ones({1})});
        const auto scores = matrix(at::matmul(x, w).view({36, 3}));
        int hits = 0;
        for (std::size_t s = 0; s < 36; ++s) {
          const auto answer = std::max_element(scores[s].begin(), scores[s].end()) - scores[s].begin();
          hits += answer == static_cast<std::int64_t>(state(facts[t].after, board_squares(kBoard6)[s]));
        }
        right += hits / 36.0, exact += hits == 36;
      }
    }
    const auto& row = found["layers"][static_cast<std::size_t>(layer)];
    CHECK(found["positions"] == n);
    CHECK(mean_of(row, "legal_top1") == Approx(top1 / n));
    CHECK(mean_of(row, "legal_mass") == Approx(mass / n).epsilon(1e-4));
    CHECK(mean_of(row, "kl") == Approx(kl / n).epsilon(1e-4));
    CHECK(mean_of(row, "cross_entropy") == Approx(loss / n).epsilon(1e-4));
    CHECK(mean_of(row, "board_accuracy") == Approx(right / n));
    CHECK(mean_of(row, "board_exact") == Approx(exact / n));
  }
}

TEST_CASE("the last layer is what evaluate says of the same games, model and control, whatever the workers") {
  const auto loaded = lively_model();
  const auto untrained = small_model(6, kWidth, 3).model;
  const auto probes = random_probes(loaded.model.config());
  const auto found = lens(loaded.model, untrained, &probes, games_of(70));
  CHECK(found == lens(loaded.model, untrained, &probes, games_of(70, 3)));
  const auto& last = found["layers"].back();
  for (const auto& [model, row] : {std::pair{&loaded.model, &last}, {&untrained, &last["untrained"]}}) {
    const auto evaluated = evaluate(*model, games_of(70).source, 70, 1).to_json();
    CHECK(found["positions"] == evaluated["positions"]);
    for (const char* field : {"legal_top1", "legal_mass", "kl", "cross_entropy"})
      for (const char* part : {"mean", "low", "high", "n"})
        CHECK((*row)[field][part].get<double>() == Approx(evaluated[field][part].get<double>()).epsilon(1e-5));
  }
  // Only positions whose final first choice is legal are compared.
  double compared = 0;
  for (const char* half : {"first_half", "second_half"})
    compared += found["order"]["comparisons"][0][half]["positions"].get<double>();
  CHECK(compared == Approx(mean_of(last, "legal_top1") * found["positions"].get<double>()));
}

TEST_CASE("without probes the board is null and not 0, and without all of them there is no order") {
  const auto loaded = lively_model();
  const auto none = lens(loaded.model, loaded.model, nullptr, games_of(2));
  CHECK(none["order"].is_null());
  for (const auto& row : none["layers"]) CHECK(row["board_accuracy"].is_null());
  auto probes = random_probes(loaded.model.config());
  probes.probes[1].frame = "parity";  // another "mine"
  const auto some = lens(loaded.model, loaded.model, &probes, games_of(2));
  CHECK(some["order"].is_null());
  CHECK(some["layers"][0]["board_exact"].is_object());
  CHECK(some["layers"][1]["board_exact"].is_null());
}

}  // namespace othello::test
