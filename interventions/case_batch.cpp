#include "interventions/case_batch.h"

#include <algorithm>
#include <numeric>

#include "common/threads.h"

namespace othello {

Tensor token_rows(const Vocabulary& vocabulary, const std::vector<const Game*>& games) {
  std::int64_t longest = 0;
  for (const auto* game : games) longest = std::max<std::int64_t>(longest, game->length);
  auto tokens = torch::zeros({static_cast<std::int64_t>(games.size()), longest}, at::kLong);
  auto* row = tokens.data_ptr<std::int64_t>();
  for (const auto* game : games) {
    for (int t = 0; t < game->length; ++t) row[t] = vocabulary.token(game->squares[static_cast<std::size_t>(t)]);
    row += longest;
  }
  return tokens;
}

CaseBatch make_case_batch(const Transformer& model, const std::vector<Case>& cases, std::vector<std::size_t> members,
                          int positions) {
  const at::NoGradGuard no_grad;
  const auto& config = model.config();
  CaseBatch batch;
  batch.members = std::move(members);
  std::vector<const Game*> games;
  std::vector<std::int64_t> lengths;
  for (const auto member : batch.members) {
    const Case& c = cases[member];
    batch.cases.push_back(&c);
    games.push_back(&c.history);
    lengths.push_back(c.ply());
    if (c.ply() < positions)
      fail("{}: it has {} moves, and the last {} positions were to be edited", c.source, c.ply(), positions);
    if (positions == 0 && c.ply() != lengths[0]) fail("cases of different lengths have no common number of positions");
  }
  const auto computed = positions == 0 ? lengths.at(0) : positions;
  const auto length = at::tensor(lengths, at::kLong);                                     // [rows]
  const auto place = (length - computed).unsqueeze(1) + at::arange(computed, at::kLong);  // [rows, pos]
  batch.plies = place + 1;
  batch.prefix.lengths = length - computed;

  Trace trace;
  trace.collect(&batch.prefix);
  for (int layer = 0; layer < config.layers; ++layer) trace.record({SiteKind::resid_pre, layer});
  const Site end{SiteKind::resid_post, config.layers - 1};
  trace.record(end);
  const auto logits = model.forward(token_rows(config.vocabulary(), games), &trace);  // [rows, longest, vocabulary]
  const auto row = at::arange(batch.rows(), at::kLong);
  const auto of_computed = [&](const Tensor& x) { return x.index({row.unsqueeze(1), place}); };
  for (auto* store : {&batch.prefix.keys, &batch.prefix.values})
    for (auto& of_layer : *store) of_layer = of_layer.contiguous();
  for (int layer = 0; layer < config.layers; ++layer)
    batch.entering.push_back(of_computed(trace.value({SiteKind::resid_pre, layer})));
  batch.entering.push_back(of_computed(trace.value(end)));
  batch.unedited = logits.index({row, length - 1}).to(at::kFloat).contiguous();
  return batch;
}

std::vector<CaseBatch> make_case_batches(const Transformer& model, const std::vector<Case>& cases, int positions,
                                         int workers) {
  std::vector<std::size_t> order(cases.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return cases[a].ply() < cases[b].ply(); });
  std::vector<std::vector<std::size_t>> groups;
  for (const auto member : order) {
    const bool fits = !groups.empty() && static_cast<std::int64_t>(groups.back().size()) < kBatchCases &&
                      (positions != 0 || cases[groups.back()[0]].ply() == cases[member].ply());
    if (!fits) groups.emplace_back();
    groups.back().push_back(member);
  }
  std::vector<CaseBatch> batches(groups.size());
  parallel_for(static_cast<int>(groups.size()), workers, [&](int index, int) {
    const auto i = static_cast<std::size_t>(index);
    batches[i] = make_case_batch(model, cases, std::move(groups[i]), positions);
    batches[i].number = i;
  });
  return batches;
}

}  // namespace othello
