// If these fail, a restricted coefficient moves weights that it says are frozen, a subset counts other positions, or
// the result depends on the machine. Tiny models.
#include "theory/llc.h"

#include "data/batch.h"
#include "tests/support/torch_test.h"
#include "theory/chain_loss.h"

namespace othello::test {
namespace {

ModelConfig tiny() {
  ModelConfig config{.board = 6, .layers = 2, .d_model = 16, .heads = 2};
  config.resolve();
  return config;
}

LlcSettings quick() {
  LlcSettings settings;
  settings.chains = 2, settings.draws = 8, settings.burn_in = 2;
  settings.sgld.step_size = 1e-5;
  return settings;
}

LlcGames few_games(const std::vector<std::string>& subsets = {}) {
  return llc_games(tiny(), nullptr, subsets, 16, 4, 1);
}

/// Weights after `moves` moves of the drift alone with the gradient of the whole network by plain operations, of which
/// those outside `slices` are put back after every move.
TensorList frozen_by_hand(const Transformer& model, const std::vector<WeightSlice>& slices, const LlcMinibatch& batch,
                          const SgldSettings& s, int moves) {
  TensorList start, now;
  for (const auto& tensor : model.parameters().list()) start.push_back(tensor.clone()), now.push_back(tensor.clone());
  for (int i = 0; i < moves; ++i) {
    auto parameters = model.parameters();
    std::size_t index = 0;
    Parameters::visit(parameters,
                      [&](const std::string&, Tensor& t, Role) { t = now[index++].clone().requires_grad_(true); });
    const Transformer copy(model.config(), parameters);
    const auto logits = copy.forward(batch.tokens, nullptr, Operations::plain);
    const auto log_p = at::log_softmax(logits.view({-1, logits.size(2)}), -1);
    const auto loss =
        -(log_p.gather(1, batch.targets.unsqueeze(1)).squeeze(1) * batch.targets.gt(0)).sum() / batch.positions;
    const auto found = gradients(loss, copy.parameters().list());
    for (const auto& slice : slices) {
      auto part = slice.of(now[slice.weight]);
      part.sub_(s.step_size / 2 *
                (s.n_beta * slice.of(found[slice.weight]) + s.gamma * (part - slice.of(start[slice.weight]))));
    }
  }
  return now;
}

TEST_CASE("a restricted chain is that of a model whose other weights are frozen") {
  const Transformer model(tiny(), 1);
  const auto games = llc_games(tiny(), nullptr, {}, 4, 4, 1);  // one minibatch
  const StartLosses start(model, games, 1);
  SgldSettings still;
  still.noise = false;
  still.n_beta = 30, still.gamma = 200, still.step_size = 1e-3;
  for (const char* component : {"all", "embed", "blocks.1.mlp", "blocks.0.attn", "blocks.1.head.1"}) {
    CAPTURE(component);
    const auto slices = component_slices(component, tiny());
    ChainLoss loss(model, slices, games, start, 1, 0);
    SgldChain walk(loss.start(), still, std::ref(loss), 1, 0);
    for (int i = 0; i < 3; ++i) walk.advance();
    const auto expected = frozen_by_hand(model, slices, games.sets[0].batches[0], still, 3);
    std::size_t at = 0;
    double gap = 0, moved = 0;
    const auto before = model.parameters().list();
    for (const auto& slice : slices) {
      const auto flat = slice.of(expected[slice.weight]).reshape({-1}),
                 old = slice.of(before[slice.weight]).reshape({-1});
      for (std::int64_t i = 0; i < flat.numel(); ++i, ++at) {
        gap = std::max(gap, std::abs(flat[i].item<double>() - walk.weights()[at]));
        moved = std::max(moved, std::abs(flat[i].item<double>() - old[i].item<double>()));
      }
    }
    CHECK(at == walk.weights().size());
    CHECK(gap < 1e-5);
    CHECK(moved > 1e-4);
  }
}

TEST_CASE("a chain that does not move has no coefficient, for it is compared with itself") {
  const Transformer model(tiny(), 1);
  const auto games = few_games({"flips:0", "player:greedy:1"});
  const StartLosses start(model, games, 1);
  ChainLoss loss(model, component_slices("blocks.1.mlp", tiny()), games, start, 1, 0);
  const auto weights = loss.start();
  std::vector<float> gradient(weights.size());
  for (std::uint64_t draw = 0; draw < 4; ++draw) {
    loss(weights, draw, gradient);
    for (const double difference : loss.differences().sums) CHECK(std::abs(difference) < 1e-4);
  }
}

TEST_CASE("components name their weights, and the shorthands all of a kind") {
  const auto count = [](const std::string& component) {
    std::int64_t total = 0;
    const auto list = Parameters::shapes(tiny()).list();
    for (const auto& slice : component_slices(component, tiny())) total += slice.of(list[slice.weight]).numel();
    return total;
  };
  CHECK(count("all") == Parameters::shapes(tiny()).count());
  CHECK(count("embed") == (33 + 31) * 16);
  CHECK(count("unembed") == 33 * 16);
  CHECK(count("blocks.0.mlp") == 2 * 16 * 64 + 64 + 16);
  CHECK(count("blocks.0.attn") == 4 * 16 * 16 + 4 * 16);
  CHECK(count("blocks.0.head.0") + count("blocks.0.head.1") == count("blocks.0.attn") - 16);  // but for b_O
  CHECK(count("blocks.0") == count("blocks.0.attn") + count("blocks.0.mlp") + 4 * 16);
  CHECK(component_names({"each-head", "all", "all"}, tiny()) ==
        std::vector<std::string>{"blocks.0.head.0", "blocks.0.head.1", "blocks.1.head.0", "blocks.1.head.1", "all"});
  CHECK(contains(error_of([] { component_slices("blocks.2.mlp", tiny()); }), "did you mean 'blocks."));
  CHECK(contains(error_of([] { component_names({"each-hed"}, tiny()); }), "'each-head'"));
}

TEST_CASE("subsets hold the positions that they name") {
  const auto games = few_games({"flips:0", "flips:1", "flips:2", "flips:3", "flips:4+", "ply:1-10", "ply:11-31"});
  for (const auto& batch : games.sets[0].batches) {
    const auto& masks = batch.masks;
    CHECK(at::equal(masks[0], batch.targets.gt(0).to(at::kDouble)));
    CHECK(at::equal(masks[0], masks.slice(0, 1, 6).sum(0)));  // every position has one rung
    CHECK(at::equal(masks[0], masks.slice(0, 6, 8).sum(0)));
  }
  const auto vocabulary = tiny().vocabulary();
  const GameSource source(vocabulary.board(), 1, Purpose::evaluation);
  const Game game = source.game(0);
  std::array<int, 64> turned{};  // by a replay of its own
  for (int ply = 1; ply <= game.length; ++ply) {
    const auto facts = replay(vocabulary.board(), game.moves().first(static_cast<std::size_t>(ply))).back();
    int most = 0;
    for (int square = 0; square < 64; ++square)
      if ((facts.turned >> square & 1) != 0) most = std::max(most, turned[static_cast<std::size_t>(square)]++);
    if (ply >= 2 && ply <= vocabulary.context() + 1)
      CHECK(games.sets[0].batches[0].masks[1 + std::min(most, 4)][ply - 2].item<double>() == 1);
  }
  CHECK(contains(error_of([] { parse_subset("flip:2"); }), "'flips:2'"));
  CHECK(contains(error_of([] { parse_subset("flips:7"); }), "flips:"));
  CHECK(contains(error_of([] { parse_subset("ply:9-3"); }), "ply:A-B"));
  CHECK(contains(error_of([] { few_games({"ply:50-60"}); }), "none of 16 games"));
  CHECK(contains(error_of([] { llc_games(tiny(), nullptr, {}, 3, 4, 1); }), "fewer than one minibatch"));
}

TEST_CASE("estimates are the same whatever the number of workers") {
  const Transformer model(tiny(), 1);
  const auto games = few_games({"ply:1-10"});
  auto settings = quick();
  settings.components = {"all", "blocks.0.head.1"};
  settings.workers = 1;
  const auto one = llc_estimates(model, games, settings);
  settings.workers = 3;
  CHECK(one == llc_estimates(model, games, settings));
  REQUIRE(one.size() == 4);
  CHECK(one[3]["component"] == "blocks.0.head.1");
  CHECK(one[3]["subset"] == "ply:1-10");
  CHECK(one[3]["parameters"] == 3 * 8 * 16 + 3 * 8 + 8 * 16);
  settings.seed = 2;
  CHECK(one[0]["chains"] != llc_estimates(model, games, settings)[0]["chains"]);
}

TEST_CASE("a chain of few draws has its last move tested") {
  const Transformer model(tiny(), 1);
  auto settings = quick();
  settings.draws = 4, settings.burn_in = 0;
  settings.sgld.step_size = 0.01;  // far too long
  CHECK(llc_estimates(model, few_games(), settings)[0]["acceptance"] < 0.5);
}

TEST_CASE("a cell of a sweep waits for its own relaxation time, up to a limit") {
  const Transformer model(tiny(), 1);
  auto settings = quick();
  settings.draws = 4, settings.burn_in = 3;
  settings.sgld.step_size = 1e-4;
  const auto rows = llc_sweep(model, few_games(), settings);
  REQUIRE(rows.size() == 25);
  CHECK(rows[0]["burn_in"] == 20);  // ε 1e-5, γ 10 000
  CHECK(rows[5]["burn_in"] == 80);  // a quarter of that γ
  CHECK(rows[4]["burn_in"] == 3);
}
}  // namespace
}  // namespace othello::test
