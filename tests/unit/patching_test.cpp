// If these fail, a place is called responsible for an answer that it does not change, or the other way round.
#include "interventions/patching.h"

#include "engine/notation.h"
#include "interventions/attribution.h"
#include "interventions/direct_logits.h"
#include "interventions/patch_document.h"
#include "interventions/saliency.h"
#include "tests/support/probe_sets.h"
#include "tests/support/torch_test.h"

namespace othello::test {
namespace {

const ModelConfig kTiny{.board = 6, .layers = 2, .d_model = 12, .heads = 3, .d_mlp = 20};
const char* const kClean = "d3c5f6f3e3d2";
const char* const kCorrupt = "d3c5e6f3e3f2";

Tensor random_values(std::uint64_t index, at::IntArrayRef shape) {
  auto values = torch::empty(shape, at::kFloat);
  Stream(5).child("test weights").normal(index, {values.data_ptr<float>(), static_cast<std::size_t>(values.numel())});
  return values.to(at::kDouble);
}

/// Weights with every entry non-trivial: fresh ones have zero biases and unit gains.
Transformer random_model(at::ScalarType type = at::kDouble) {
  auto parameters = Parameters::shapes(kTiny);
  std::uint64_t index = 0;
  Parameters::visit(parameters, [&](const std::string&, Tensor& tensor, Role role) {
    tensor = (0.3 * random_values(index++, tensor.sizes()) + (role == Role::norm ? 1.0 : 0.0)).to(type);
  });
  return {kTiny, parameters};
}

/// A transformer that is a linear map of its embeddings: queries and keys are 0, so attention is a mean; biases keep
/// GELU where it is the identity; and a huge constant in the residual stream, which no matrix reads, keeps the scale of
/// every layer norm as it is.
Transformer linear_model() {
  constexpr double kHuge = 1e7;
  auto model = random_model();
  auto parameters = model.parameters();
  const auto signs = 1 - 2 * (torch::arange(kTiny.d_model, at::kDouble).remainder(2));  // [d_model], mean 0
  const auto unread = torch::eye(kTiny.d_model, at::kDouble) - at::ger(signs, signs) / kTiny.d_model;
  parameters.W_pos = parameters.W_pos + kHuge * signs;
  for (auto& b : parameters.blocks) {
    b.ln1_w = at::full_like(b.ln1_w, kHuge), b.ln2_w = at::full_like(b.ln2_w, kHuge);
    b.W_QKV = at::matmul(unread, b.W_QKV);
    b.W_QKV.narrow(1, 0, 2 * kTiny.d_model).zero_();
    b.b_QKV = b.b_QKV.clone();
    b.b_QKV.narrow(0, 0, 2 * kTiny.d_model).zero_();
    b.W_in = 0.1 * at::matmul(unread, b.W_in);
    b.b_in = at::full_like(b.b_in, 40);
  }
  parameters.ln_final_w = at::full_like(parameters.ln_final_w, kHuge);
  parameters.W_U = at::matmul(unread, parameters.W_U);
  return {kTiny, parameters};
}

PatchPair pair_of(const char* clean = kClean, const char* corrupt = kCorrupt) {
  return patch_pair(kBoard6, parse_game(clean, kBoard6), parse_game(corrupt, kBoard6));
}

Tensor tokens_of(const Game& game) { return game_tokens(game, kTiny.vocabulary()); }

std::vector<PatchRow> exact_effects(const Transformer& model, const PatchPair& pair, int workers = 1) {
  return exact_patching(model, pair, record_components(model, tokens_of(pair.clean)).values, workers, [](double) {});
}

double largest(const std::vector<PatchRow>& grid) {
  double most = 0;
  for (const auto& row : grid)
    for (const double effect : row.effect) most = std::max(most, std::abs(effect));
  return most;
}

double largest_difference(const std::vector<PatchRow>& a, const std::vector<PatchRow>& b) {
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t t = 0; t < a[i].effect.size(); ++t)
      most = std::max(most, std::abs(a[i].effect[t] - b[i].effect[t]));
  return most;
}

}  // namespace

TEST_CASE("two games are compared by the moves that are legal after one of them alone") {
  const auto pair = pair_of();
  CHECK(pair.positions() == 6);
  CHECK(pair.first_difference == 2);
  CHECK(pair.clean_only() == (pair.clean_after.legal & ~pair.corrupt_after.legal));
  const auto vocabulary = kTiny.vocabulary();
  const auto contrast = logit_contrast(pair, vocabulary);
  double sum_up = 0, sum_down = 0;
  for (int token = 0; token < vocabulary.size(); ++token) {
    const double weight = contrast[token].item<double>();
    const Bits square = token == 0 ? 0 : bit(vocabulary.square(static_cast<Token>(token)));
    CHECK((weight > 0) == ((square & pair.clean_only()) != 0));
    CHECK((weight < 0) == ((square & pair.corrupt_only()) != 0));
    (weight > 0 ? sum_up : sum_down) += weight;
  }
  CHECK(sum_up == Approx(1));
  CHECK(sum_down == Approx(-1));
}

TEST_CASE("games that cannot be patched into each other are refused with the reason") {
  const auto refusal = [](const char* clean, const char* corrupt) {
    return error_of([&] { pair_of(clean, corrupt); });
  };
  CHECK(contains(refusal("c4c3", "c4c3d3"), "2 moves and the corrupted one 3"));
  CHECK(contains(refusal("c4c3", "c4c3"), "the same"));
  CHECK(contains(refusal("", "c4"), "the clean game has no moves"));
  CHECK(contains(refusal("c4", ""), "the corrupted game has no moves"));
  Game illegal = parse_game("c4c3", kBoard6);
  illegal.squares[1] = static_cast<std::uint8_t>(parse_square("g7", kBoard6));
  CHECK(contains(error_of([&] { patch_pair(kBoard6, parse_game("c4e3", kBoard6), illegal); }), "not legal"));
  const auto whole = GameSource(kBoard6, 1, Purpose::cases).game(0);
  CHECK(contains(error_of([&] { patch_pair(kBoard6, whole, whole); }), "the clean game is over"));
  // The same position by another order of moves.
  CHECK(contains(refusal("c4c3c2c5c6b5f6", "c4c5c6c3c2b5f6"), "no logit difference"));
}

TEST_CASE("patching every place from the donor gives the donor's logits, and patching nothing changes nothing") {
  for (const auto type : {at::kFloat, at::kDouble}) {
    const auto model = random_model(type);
    const auto pair = pair_of();
    const auto clean = record_components(model, tokens_of(pair.clean)),
               corrupt = record_components(model, tokens_of(pair.corrupt));
    std::vector<std::vector<Patch>> rows(3);  // nothing; the stream before block 0; all there is
    for (int position = 0; position < pair.positions(); ++position) {
      rows[1].push_back({PatchComponent::resid_pre, 0, position});
      for (const auto component : kPatchComponents)
        for (int layer = 0; layer < kTiny.layers; ++layer)
          for (int head = 0; head < kTiny.heads; ++head) rows[2].push_back({component, layer, position, head});
    }
    const auto logits = patched_logits(model, tokens_of(pair.corrupt), clean.values, rows);
    CHECK(at::allclose(logits[0], corrupt.logits, 1e-5, 1e-5));
    CHECK(at::allclose(logits[1], clean.logits, 1e-5, 1e-5));
    CHECK(at::allclose(logits[2], clean.logits, 1e-5, 1e-5));
    CHECK_FALSE(at::allclose(clean.logits, corrupt.logits, 1e-2, 1e-2));
  }
}

TEST_CASE("the grid of exact patching is that of one edit at a time, whatever the number of workers") {
  const auto model = random_model();
  const auto pair = pair_of();
  const auto grid = exact_effects(model, pair);
  CHECK(grid.size() == static_cast<std::size_t>(kTiny.layers * (3 + kTiny.heads)));
  CHECK(largest_difference(grid, exact_effects(model, pair, 3)) == 0);
  const auto contrast = logit_contrast(pair, kTiny.vocabulary());
  const auto clean = record_components(model, tokens_of(pair.clean));
  const auto metric = [&](Trace* trace) {
    return at::dot(model.forward(tokens_of(pair.corrupt), trace)[0][-1], contrast).item<double>();
  };
  int checked = 0;
  for (const auto& row : grid)
    for (std::int64_t t = 0; t < pair.positions(); ++t) {
      const Site site = site_of(row.component, row.layer);
      Trace trace;  // places of which it is said that they have no effect are tried too
      trace.edit(site, [&](const Tensor& value) {
        auto edited = value.clone();
        if (row.head >= 0) edited[0][t][row.head] = clean.values.at(site)[0][t][row.head];
        else edited[0][t] = clean.values.at(site)[0][t];
        return edited;
      });
      CHECK(row.effect[static_cast<std::size_t>(t)] == Approx(metric(&trace) - metric(nullptr)).margin(1e-9));
      checked += row.reaches[static_cast<std::size_t>(t)] ? 1 : 0;
    }
  CHECK(checked == 31);  // the games differ from position 2 on, but for the moves at 3 and 4
}

TEST_CASE("attribution patching is exact on a linear model and is not on another") {
  const auto pair = pair_of();
  const auto errors = [&](const Transformer& model) {
    const auto exact = exact_effects(model, pair);
    const auto approximate = attribution_patching(model, pair, record_components(model, tokens_of(pair.clean)).values);
    REQUIRE(largest(exact) > 0.1);
    return largest_difference(exact, approximate) / largest(exact);
  };
  CHECK(errors(linear_model()) < 1e-4);
  CHECK(errors(random_model()) > 1e-2);
}

TEST_CASE("attribution patching is the slope of a patch that goes only a little of the way") {
  const auto model = random_model();
  const auto pair = pair_of();
  const auto clean = record_components(model, tokens_of(pair.clean)).values;
  auto little = record_components(model, tokens_of(pair.corrupt)).values;
  constexpr double kStep = 1e-5;
  for (auto& [site, value] : little) value = value + kStep * (clean.at(site) - value);
  auto slopes = exact_patching(model, pair, little, 1, [](double) {});
  for (auto& row : slopes)
    for (double& effect : row.effect) effect /= kStep;
  const auto approximate = attribution_patching(model, pair, clean);
  CHECK(largest_difference(slopes, approximate) < 1e-3 * largest(approximate));
}

TEST_CASE("the error of the approximation counts only places that can have an effect") {
  const PatchRow exact{.component = PatchComponent::mlp_out,
                       .layer = 0,
                       .head = -1,
                       .effect = {0, 2, -4, 0.001},
                       .reaches = {false, true, true, true}};
  auto approximate = exact;
  approximate.effect = {0, 3, 1, -0.001};
  const auto error = approximation_error({exact}, {approximate}, PatchComponent::mlp_out, 2);
  CHECK(error.n == 3);
  CHECK(error.mean_absolute_error == Approx((0.5 + 2.5 + 0.001) / 3));
  CHECK(error.mean_absolute_exact == Approx((1 + 2 + 0.0005) / 3));
  CHECK(error.sign_n == 2);  // the third is too small to have a sign
  CHECK(error.sign_agreement == 0.5);
  CHECK(approximation_error({exact}, {exact}, PatchComponent::mlp_out, 2).correlation == Approx(1));
  CHECK(approximation_error({exact}, {approximate}, PatchComponent::head, 2).n == 0);
  CHECK(contains(error_of([&] { approximation_error({exact}, {}, PatchComponent::mlp_out, 2); }), "different places"));
}

TEST_CASE("direct attributions sum to the logit and to the logit difference") {
  const auto pair = pair_of();
  const auto contrast = logit_contrast(pair, kTiny.vocabulary());
  const auto model = random_model(at::kFloat);
  const auto logits = model.forward(tokens_of(pair.clean))[0][-1];
  for (const std::int64_t token : {1, 7, 32}) {
    const auto found = direct_logits(model, tokens_of(pair.clean), token, contrast);
    CHECK(found.parts.size() == static_cast<std::size_t>(3 + kTiny.layers * (kTiny.heads + 2)));
    CHECK(found.logit == Approx(logits[token].item<double>()).margin(1e-5));
    CHECK(found.sum() == Approx(found.logit).margin(1e-4));
    CHECK(found.difference_sum() == Approx(found.difference).margin(1e-4));
    for (const auto& part : found.parts) CHECK(std::abs(part.logit) > 1e-8);
  }
}

TEST_CASE("saliency is what an edit of one square takes from the move, less the mean over the board") {
  const auto loaded = small_model(6, 16);
  const auto& model = loaded.model;
  ProbeSet probes;
  for (int layer = 0; layer < 2; ++layer)
    probes.probes.push_back(made_up({{SiteKind::resid_post, layer}}, "mine-yours-empty", "by-parity", "ridge",
                                    kBoardClasses, at::randn({17, 36, 3}), at::randn({17, 36, 3})));
  const auto game = parse_game(GENERATE(as<std::string>{}, kClean, "d3"), kBoard6);
  const auto position = replay(kBoard6, game.moves()).back().after;
  const auto layers = GENERATE(std::pair(1, 1), std::pair(0, 1), std::pair(0, 0));
  const auto found =
      latent_saliency(model, probes, game, 5, {.first_layer = layers.first, .last_layer = layers.second, .scale = 0.4});
  double sum = 0;
  for (Square s = 0; s < 64; ++s) {
    const auto i = static_cast<std::size_t>(s);
    const bool occupied = (position.occupied() & bit(s)) != 0;
    CHECK(found.raw[i].has_value() == occupied);
    CHECK(found.centred[i].has_value() == occupied);
    CHECK(found.random[i].has_value() == occupied);
    if (!occupied) continue;
    sum += *found.centred[i];
    const bool mine = (position.mover & bit(s)) != 0;
    Trace trace;
    for (int layer = layers.first; layer <= layers.second; ++layer)
      trace.edit({SiteKind::resid_post, layer}, [&, layer](const Tensor& value) {
        const auto& probe = probes.probes[static_cast<std::size_t>(layer)];
        auto edited = value.clone();
        edited[0][-1] +=
            0.4 * value[0][-1].norm() * directions(probe, mine ? 0 : 1, mine ? 1 : 0, game.length % 2, kBoard6)[s];
        return edited;
      });
    const auto p = at::softmax(model.forward(game_tokens(game, model.config().vocabulary()), &trace)[0][-1], -1);
    CHECK(*found.raw[i] == Approx(found.probability - p[5].item<double>()).margin(1e-6));
  }
  CHECK(sum == Approx(0).margin(1e-9));
  const auto still = latent_saliency(model, probes, game, 5, {.first_layer = 0, .last_layer = 1, .scale = 0});
  for (const auto& value : still.raw) CHECK(std::abs(value.value_or(0)) < 1e-7);
  const auto refusal = [&](int first, int last, const ProbeSet& set) {
    return error_of([&] { latent_saliency(model, set, game, 5, {.first_layer = first, .last_layer = last}); });
  };
  CHECK(contains(refusal(0, 2, probes), "blocks 0 to 1"));
  CHECK(contains(refusal(1, 0, probes), "blocks 1 to 0"));
  CHECK(contains(refusal(0, 1, {}), "no linear probe"));
}

TEST_CASE("a model that does not tell the games apart has undefined recoveries") {
  auto parameters = random_model(at::kFloat).parameters();
  const auto document = [&](std::optional<Square> move) {
    return patch_document(
        {Transformer(kTiny, parameters), {}, "model.safetensors", "checksum"}, nullptr,
        {.clean = parse_game(kClean, kBoard6), .corrupt = parse_game(kCorrupt, kBoard6), .move = move}, [](double) {});
  };
  const auto defined = document({});
  CHECK(defined["grid"].size() == 12);
  CHECK(defined["grid"][0]["recovery"].size() == 6);
  CHECK(defined["grid"][0]["recovery"][5].is_number());
  CHECK(defined["approximation_error"].size() == 4);
  CHECK_FALSE(defined.contains("saliency"));
  CHECK(contains(error_of([&] { document(parse_square("d4", kBoard6)); }), "d4 is occupied from the start"));
  parameters.W_U = at::zeros_like(parameters.W_U);
  const auto undefined = document({});
  CHECK(undefined["grid"][0]["recovery"][5].is_null());
  CHECK(undefined["grid"][0]["approximation"][5].is_null());
  CHECK(undefined["approximation_error"].empty());
}

}  // namespace othello::test
