// If these fail, an edit does not do what it says, or the fast pass is not the network.
#include "engine/notation.h"
#include "interventions/case_set.h"
#include "interventions/coordinate_edit.h"
#include "interventions/linear_edit.h"
#include "interventions/replacement.h"
#include "interventions/rollout.h"
#include "interventions/score.h"
#include "interventions/subject.h"
#include "tests/support/probe_sets.h"
#include "tests/support/torch_test.h"

namespace othello::test {
namespace {

std::vector<Case> some_cases(int count, const std::string& set = "natural", const BoardSize& board = kBoard6) {
  CaseRecipe recipe;
  recipe.count = count, recipe.set = set;
  const Vocabulary vocabulary(board);
  return draw_cases(GameSource(board, 1, Purpose::cases), vocabulary, recipe).cases;
}

/// A model whose every weight counts: fresh ones have no biases.
Transformer busy_model() {
  const Transformer fresh(ModelConfig{.board = 6, .layers = 3, .d_model = 16, .heads = 2}, 1);
  auto parameters = fresh.parameters();
  std::uint64_t index = 0;
  Parameters::visit(parameters, [&](const std::string&, Tensor& tensor, Role role) {
    auto values = torch::empty(tensor.sizes(), at::kFloat);
    Stream(5).child("weights").normal(index++, {values.data_ptr<float>(), static_cast<std::size_t>(values.numel())});
    tensor = values * 0.3 + (role == Role::norm ? 1.0 : 0.0);
  });
  return {fresh.config(), parameters};
}

FittedProbe random_probe(int layer, std::int64_t width, std::uint64_t seed) {
  const auto weights = [&](std::uint64_t parity) {
    auto w = torch::empty({width + 1, 36, 3}, at::kFloat);
    Stream(seed).child("probe").normal(parity, {w.data_ptr<float>(), static_cast<std::size_t>(w.numel())});
    return w;
  };
  return made_up({{SiteKind::resid_post, layer}}, "mine-yours-empty", "by-parity", "ridge", kBoardClasses, weights(0),
                 weights(1));
}

/// An edit that adds the same to everything.
class Shift : public Edit {
 public:
  Tensor apply(const Tensor& x, const ProbeSite&, const CaseBatch&) const override { return x + 0.5; }
};

/// The whole pass with the same edits at the last `positions` of each row, without a prefix: [rows, vocabulary].
Tensor slow(const Transformer& model, const CaseBatch& batch, const Edit& edit, const Placement& at) {
  TensorList rows;
  for (const auto* c : batch.cases) {
    Trace trace;
    const auto begin = c->ply() - batch.positions();
    for (int layer = at.first; layer <= at.last; ++layer)
      trace.edit(at.site(layer).site, [&, begin](const Tensor& x) {
        auto changed = x.clone();
        auto part = changed.slice(1, begin);
        if (at.head >= 0) part = part.select(2, at.head);
        part.copy_(edit.apply(part.clone(), {}, batch));
        return changed;
      });
    rows.push_back(
        model.forward(token_rows(model.config().vocabulary(), {&c->history}), &trace, Operations::plain).select(1, -1));
  }
  return at::cat(rows);
}

double largest(const Tensor& difference) { return difference.abs().max().item<double>(); }

}  // namespace

TEST_CASE("a pass over the last positions alone is the whole pass, wherever the edit is put") {
  const auto model = busy_model();
  const auto cases = some_cases(40);
  const Shift shift;
  for (const int positions : {1, 2, 4, 0})
    for (const auto& batch : make_case_batches(model, cases, positions, 1)) {
      CHECK(largest(run_edited(model, batch, nullptr, {}) - slow(model, batch, shift, {SiteKind::resid_post, 1, 0})) <
            1e-4);
      for (const auto kind : {SiteKind::resid_pre, SiteKind::resid_mid, SiteKind::resid_post, SiteKind::attn_out,
                              SiteKind::mlp_out, SiteKind::mlp_post})
        for (const Placement at : {Placement{kind, 0, 2}, Placement{kind, 1, 1}, Placement{kind, 2, 2}}) {
          const auto fast = run_edited(model, batch, &shift, at), plain = slow(model, batch, shift, at);
          INFO(word_of(kind) << " " << at.first << " to " << at.last << ", positions " << positions);
          CHECK(largest(fast - plain) < 1e-4);
        }
      const Placement head{SiteKind::z, 1, 2, 1};
      CHECK(largest(run_edited(model, batch, &shift, head) - slow(model, batch, shift, head)) < 1e-4);
    }
  CHECK(contains(error_of([&] { make_case_batches(model, cases, 5, 1); }), "4 moves"));
}

TEST_CASE("a linear edit moves the last position by its scale, along the probe's direction") {
  const auto model = busy_model();
  const auto cases = some_cases(30);
  const auto batches = make_case_batches(model, cases, 1, 1);
  const auto probe = random_probe(1, 16, 3);
  const ProbeSite site{{SiteKind::resid_post, 1}};
  const auto table = direction_table(probe, kBoard6);
  const auto field = std::make_shared<Directions>(batches, std::map<ProbeSite, Tensor>{{site, table}}, Aim::changes, 1);
  for (const auto& batch : batches) {
    const auto& x = batch.entering[2];
    const auto relative = LinearEdit(field, {0.3, true}).apply(x, site, batch) - x;
    const auto absolute = LinearEdit(field, {2.3, false}).apply(x, site, batch) - x;
    for (std::int64_t row = 0; row < batch.rows(); ++row) {
      const Case& c = *batch.cases[static_cast<std::size_t>(row)];
      const auto square = c.changes[0].square;
      const auto towards_mine = directions(probe, 1, 0, c.ply() % 2, kBoard6)[square];
      const auto wanted = (c.before.mover & bit(square)) ? -towards_mine : towards_mine;
      CHECK(largest(relative[row][0] - 0.3 * x[row][0].norm() * wanted) < 1e-4);
      CHECK(largest(absolute[row][0] - 2.3 * wanted) < 1e-4);
    }
  }
}

TEST_CASE("towards empty, a direction is that of empty against both discs") {
  const auto probe = random_probe(1, 16, 3);
  const auto table = direction_table(probe, kBoard6);
  const auto w = probe.readout.weights[1].narrow(0, 0, 16).view({16, 36, 3}).select(1, 5);  // the sixth square
  const auto square = board_squares(kBoard6)[5];
  const auto wanted = w.select(1, 2) - 0.5 * (w.select(1, 0) + w.select(1, 1));
  for (const int from : {0, 1})
    CHECK(largest(table[row_of({0, 0, 1, square, from, 2})] - wanted / wanted.norm()) < 1e-5);
  CHECK(largest(table[row_of({0, 0, 1, square, 1, 1})]) == 0);
  CHECK(largest(table[row_of({0, 0, 1, 0, 0, 1})]) == 0);  // off the board
}

TEST_CASE("a coordinate edit exchanges the square's scores and leaves the probe's null space alone") {
  const auto model = busy_model();
  const auto probe = random_probe(1, 16, 4);
  const ProbeSite site{{SiteKind::resid_post, 1}};
  CaseRecipe recipe;
  recipe.count = 30, recipe.squares = 2;
  const Vocabulary vocabulary(kBoard6);
  const auto cases = draw_cases(GameSource(kBoard6, 1, Purpose::cases), vocabulary, recipe).cases;
  const CoordinateEdit edit({{site, &probe}}, kBoard6, Aim::changes, 1);
  const auto squares = board_squares(kBoard6);
  for (const auto& batch : make_case_batches(model, cases, 1, 1)) {
    const auto x = batch.entering[2];
    const auto y = edit.apply(x, site, batch);
    for (std::int64_t row = 0; row < batch.rows(); ++row) {
      const Case& c = *batch.cases[static_cast<std::size_t>(row)];
      const auto& w = probe.readout.weights[c.ply() % 2];
      const auto scores = [&](const Tensor& at) {
        return (at::mv(w.narrow(0, 0, 16).t(), at[row][0]) + w[16]).view({36, 3});
      };
      const auto before = scores(x), after = scores(y);
      TensorList span;
      for (const auto& change : c.changes) {
        const auto u = std::find(squares.begin(), squares.end(), change.square) - squares.begin();
        CHECK(largest(after[u] - at::stack({before[u][1], before[u][0], before[u][2]})) < 1e-3);
        span.push_back(w.narrow(0, 0, 16).view({16, 36, 3}).select(1, u));
      }
      // The step has no part outside of the span of these squares' weights.
      const auto basis = at::cat(span, 1);  // [16, 6]
      const auto step = (y - x)[row][0];
      const auto projected = at::mv(at::mm(basis, at::linalg_pinv(basis)), step);
      CHECK(largest(projected - step) < 1e-3);
    }
  }
}

TEST_CASE("a random direction is as long as the edit, seeded, and the same for a case in any batch") {
  const auto model = busy_model();
  const auto cases = some_cases(30);
  const auto batches = make_case_batches(model, cases, 1, 1);
  const ProbeSite site{{SiteKind::resid_post, 0}};
  const auto shift = std::make_shared<Shift>();
  const RandomisedEdit one(shift, 1), again(shift, 1), other(shift, 2);
  for (const auto& batch : batches) {
    const auto x = batch.entering[1];
    const auto step = one.apply(x, site, batch) - x;
    CHECK(largest(step.norm(2, {2}) - at::full({batch.rows(), 1}, 0.5 * 4, at::kFloat)) < 1e-5);
    CHECK(at::equal(one.apply(x, site, batch), again.apply(x, site, batch)));
    CHECK_FALSE(at::equal(one.apply(x, site, batch), other.apply(x, site, batch)));
    const auto single = make_case_batch(model, cases, {batch.members.back()});
    CHECK(largest(one.apply(x, site, batch)[batch.rows() - 1] - one.apply(single.entering[1], site, single)[0]) < 1e-4);
  }
}

TEST_CASE("patched everywhere from a donor, the answer is the donor's") {
  const auto model = busy_model();
  const auto cases = some_cases(30, "donor");
  for (const int positions : {1, 0})
    for (const auto& batch : make_case_batches(model, cases, positions, 1)) {
      std::vector<CaseBatch> alone{batch};
      alone[0].number = 0;
      const ProbeSite site{{SiteKind::resid_pre, 0}};
      // With all positions, all of the donor is there; with the last one, all that comes behind block 2.
      const ProbeSite last{{SiteKind::resid_post, 2}};
      const auto place = positions == 0 ? site : last;
      const StoredEdit edit(std::make_shared<StoredActivations>(donor_activations(model, alone, {place}, 1)));
      const auto found = run_edited(model, alone[0], &edit, {place.site.kind, place.site.layer, place.site.layer});
      for (std::int64_t row = 0; row < batch.rows(); ++row) {
        const auto& donor = *batch.cases[static_cast<std::size_t>(row)]->donor;
        const auto wanted = model.forward(token_rows(model.config().vocabulary(), {&donor})).select(1, -1)[0];
        CHECK(largest(found[row] - wanted) < 1e-4);
      }
    }
}

TEST_CASE("a mean put in place of activations is that of the ply, zeros are zeros, one neuron is one neuron") {
  const auto model = busy_model();
  const auto cases = some_cases(10);
  const ProbeSite site{{SiteKind::mlp_post, 0}};
  const auto width = model.config().d_mlp;
  auto means = at::arange(31, at::kFloat).unsqueeze(1).expand({31, width}).contiguous();
  for (const auto& batch : make_case_batches(model, cases, 2, 1)) {
    const auto x = torch::randn({batch.rows(), 2, width});
    const auto replaced = ConstantEdit({{site, means}}).apply(x, site, batch);
    CHECK(at::equal(replaced.select(2, 3), (batch.plies - 1).to(at::kFloat)));
    CHECK(largest(ConstantEdit({}).apply(x, site, batch)) == 0);
    const auto one = ConstantEdit({}, 3).apply(x, site, batch);
    CHECK(largest(one.select(2, 3)) == 0);
    CHECK(at::equal(one.slice(2, 4), x.slice(2, 4)));
  }
}

TEST_CASE("a rollout counts what the whole network would play, move by move") {
  const auto model = busy_model();
  const auto cases = some_cases(25);
  const Shift shift;
  const Placement at{SiteKind::resid_post, 0, 1};
  const auto batches = make_case_batches(model, cases, 1, 1);
  const auto vocabulary = model.config().vocabulary();
  const auto found = roll_out(model, batches, cases.size(), &shift, at, {6}, 1);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    Game game = cases[i].history;
    auto turn = next_turn(cases[i].after, kBoard6);
    double illegal = 0, played = 0;
    for (int move = 0; move < 6 && !turn.over(); ++move) {
      Trace trace;
      for (const int layer : {0, 1})
        trace.edit({SiteKind::resid_post, layer}, [&](const Tensor& x) {
          auto changed = x.clone();
          changed.select(1, cases[i].ply() - 1) += 0.5;
          return changed;
        });
      const auto logits = model.forward(token_rows(vocabulary, {&game}), &trace)[0][-1].contiguous();
      const std::span<const float> values(logits.data_ptr<float>(), static_cast<std::size_t>(logits.numel()));
      const auto legal = vocabulary.token_bits(turn.legal);
      ++played;
      int best = 0;
      const bool good = (top_tokens(values, 1) & legal) != 0;
      illegal += !good;
      for (int token = 1; token < vocabulary.size(); ++token)
        if ((good || (legal >> (token - 1) & 1)) &&
            (best == 0 || values[static_cast<std::size_t>(token)] > values[static_cast<std::size_t>(best)]))
          best = token;
      const auto square = vocabulary.square(static_cast<Token>(best));
      game.add(square);
      turn = next_turn(play(turn.position, square), kBoard6);
      if (game.length == vocabulary.context()) break;
    }
    INFO(cases[i].source);
    CHECK(found[i].sum == illegal);
    CHECK(found[i].count == played);
  }
}

}  // namespace othello::test
