#include "interventions/rollout.h"

#include "common/threads.h"
#include "engine/rules.h"
#include "interventions/score.h"

namespace othello {
namespace {

/// Keys and values that a pass left for the positions that it computed go behind those of the prefix.
void append(Prefix& prefix, const Prefix& fresh, std::int64_t positions) {
  const auto rows = at::arange(prefix.lengths.size(0), at::kLong).unsqueeze(1);
  const auto place = prefix.lengths.unsqueeze(1) + at::arange(positions, at::kLong);  // [rows, pos]
  for (std::size_t layer = 0; layer < fresh.keys.size(); ++layer) {
    if (!fresh.keys[layer].defined()) continue;  // before the first edited block: as without an edit
    prefix.keys[layer].index_put_({rows, place}, fresh.keys[layer]);
    prefix.values[layer].index_put_({rows, place}, fresh.values[layer]);
  }
}

/// Room for `more` positions behind the prefix. The copy keeps what an unedited pass left behind it.
Prefix with_room(const Prefix& prefix, std::int64_t more) {
  Prefix grown;
  grown.lengths = prefix.lengths;
  const auto wider = [more](const Tensor& x) {
    auto shape = x.sizes().vec();
    shape[1] = more;
    return at::cat({x, torch::zeros(shape, at::kFloat)}, 1);
  };
  for (const auto& k : prefix.keys) grown.keys.push_back(wider(k));
  for (const auto& v : prefix.values) grown.values.push_back(wider(v));
  return grown;
}

void roll_out_batch(const Transformer& model, const CaseBatch& batch, const Edit* edit, const Placement& placement,
                    const RolloutSettings& settings, std::vector<Cluster>& to) {
  const at::NoGradGuard no_grad;
  const auto& config = model.config();
  const auto vocabulary = config.vocabulary();
  auto prefix = with_room(batch.prefix, settings.moves);
  Tensor logits = batch.unedited;
  if (edit != nullptr) {
    Trace trace;
    Prefix fresh;
    trace.collect(&fresh);
    logits = run_edited(model, batch, edit, placement, &trace);
    append(prefix, fresh, batch.positions());
  }
  prefix.lengths = prefix.lengths + batch.positions();

  std::vector<Turn> turns;
  for (const auto* c : batch.cases)
    turns.push_back(next_turn(settings.board == RolloutSettings::Board::after ? c->after : c->before,
                              config.board == 6 ? kBoard6 : kBoard8));
  for (int move = 0; move < settings.moves; ++move) {
    auto tokens = torch::ones({batch.rows(), 1}, at::kLong);  // of games that are over: anything
    bool any = false;
    for (std::int64_t row = 0; row < batch.rows(); ++row) {
      const auto i = static_cast<std::size_t>(row);
      if (batch.cases[i]->ply() + move >= vocabulary.max_moves()) turns[i].legal = 0;
      if (turns[i].over()) continue;
      any = true;
      auto answer = logits[row].contiguous();
      const std::span<float> values(answer.data_ptr<float>(), static_cast<std::size_t>(answer.numel()));
      const auto legal = vocabulary.token_bits(turns[i].legal);
      auto& cluster = to[batch.members[i]];
      cluster.count += 1;
      auto choice = top_tokens(values, 1);
      if ((choice & legal) == 0) {
        cluster.sum += 1;
        auto masked = answer.clone();
        for (std::int64_t t = 1; t < masked.size(0); ++t)
          if ((legal >> (t - 1) & 1) == 0) masked[t] = -std::numeric_limits<float>::infinity();
        choice = top_tokens({masked.data_ptr<float>(), values.size()}, 1);
      }
      const auto token = static_cast<Token>(std::countr_zero(choice) + 1);
      tokens[row][0] = token;
      turns[i] = next_turn(play(turns[i].position, vocabulary.square(token)), vocabulary.board());
    }
    if (!any || move + 1 == settings.moves) break;
    // A row whose game is over, or whose context is full, stays where it is: nobody reads its answers any more.
    prefix.lengths.clamp_max_(config.vocabulary().context() - 1);
    Trace trace;
    Prefix fresh;
    trace.go_on_from(&prefix);
    trace.collect(&fresh);
    logits = model.forward(tokens, &trace).select(1, 0).to(at::kFloat);
    append(prefix, fresh, 1);
    prefix.lengths = prefix.lengths + 1;
  }
}

}  // namespace

std::vector<Cluster> roll_out(const Transformer& model, const std::vector<CaseBatch>& batches, std::size_t count,
                              const Edit* edit, const Placement& placement, const RolloutSettings& settings,
                              int workers) {
  std::vector<Cluster> all(count);
  parallel_for(static_cast<int>(batches.size()), workers, [&](int index, int) {
    roll_out_batch(model, batches[static_cast<std::size_t>(index)], edit, placement, settings, all);
  });
  return all;
}

}  // namespace othello
