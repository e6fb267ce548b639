#include "interventions/replacement.h"

#include <numeric>

#include "common/random.h"
#include "common/threads.h"

namespace othello {
namespace {

/// x [rows, pos, …] of a site → [rows, pos, width] of a place there.
Tensor at_place(const Tensor& x, const ProbeSite& place) {
  if (x.dim() == 3) return x;
  return place.head < 0 ? x.flatten(2) : x.select(2, place.head);
}

/// Does `visit(batch, its places)` for every batch, over workers.
StoredActivations of_batches(const std::vector<CaseBatch>& batches, int workers,
                             const std::function<void(const CaseBatch&, std::map<ProbeSite, Tensor>&)>& visit) {
  StoredActivations all(batches.size());
  parallel_for(static_cast<int>(batches.size()), workers, [&](int index, int) {
    const at::NoGradGuard no_grad;
    const auto& batch = batches[static_cast<std::size_t>(index)];
    visit(batch, all[batch.number]);
  });
  return all;
}

const Tensor& stored_at(const StoredActivations& stored, const CaseBatch& batch, const ProbeSite& site) {
  const auto& places = stored.at(batch.number);
  const auto found = places.find(site);
  if (found == places.end()) fail("nothing is stored for {}", site_name(site));
  return found->second;
}

/// `with` instead of x, in all columns or in one.
Tensor replaced(const Tensor& x, const Tensor& with, int column) {
  if (column < 0) return with.expand_as(x);
  auto edited = x.clone();
  edited.select(-1, column).copy_(with.expand_as(x).select(-1, column));
  return edited;
}

}  // namespace

StoredActivations own_activations(const Transformer& model, const std::vector<CaseBatch>& batches,
                                  const std::vector<ProbeSite>& sites, int workers) {
  return of_batches(batches, workers, [&](const CaseBatch& batch, auto& places) {
    Trace trace;
    for (const auto& place : sites) trace.record(place.site);
    run_edited(model, batch, nullptr, {}, &trace);
    for (const auto& place : sites) places[place] = at_place(trace.value(place.site), place);
  });
}

StoredActivations donor_activations(const Transformer& model, const std::vector<CaseBatch>& batches,
                                    const std::vector<ProbeSite>& sites, int workers) {
  return of_batches(batches, workers, [&](const CaseBatch& batch, auto& places) {
    std::vector<const Game*> games;
    std::vector<std::int64_t> lengths;
    for (const auto* c : batch.cases) {
      if (!c->donor) fail("{}: the case has no donor", c->source);
      if (c->donor->length < batch.positions())
        fail("{}: its donor has {} moves, and the last {} positions were to be patched", c->source, c->donor->length,
             batch.positions());
      games.push_back(&*c->donor);
      lengths.push_back(c->donor->length);
    }
    Trace trace;
    for (const auto& place : sites) trace.record(place.site);
    model.forward(token_rows(model.config().vocabulary(), games), &trace);
    const auto begin = at::tensor(lengths, at::kLong) - batch.positions();
    const auto row = at::arange(batch.rows(), at::kLong).unsqueeze(1);
    const auto pos = begin.unsqueeze(1) + at::arange(batch.positions(), at::kLong);
    for (const auto& place : sites) places[place] = at_place(trace.value(place.site).index({row, pos}), place);
  });
}

StoredActivations resampled(const StoredActivations& own, const std::vector<CaseBatch>& batches, std::uint64_t seed) {
  std::map<std::int64_t, std::vector<std::size_t>> groups;  // batches by their number of positions
  for (std::size_t i = 0; i < batches.size(); ++i) groups[batches[i].positions()].push_back(i);
  const auto stream = Stream(seed).child("resample ablation");
  auto all = own;
  for (const auto& [positions, members] : groups) {
    std::vector<std::int64_t> rows;
    for (const auto i : members) rows.push_back(batches[i].rows());
    const auto count = std::accumulate(rows.begin(), rows.end(), std::int64_t{0});
    if (count < 2)
      fail("{}: no other case has as many positions to take activations from; give more cases, or --positions 1",
           batches[members[0]].cases[0]->source);
    // A rotation by a random number of rows: nobody keeps his own.
    const auto by = 1 + stream.below(static_cast<std::uint32_t>(count - 1), static_cast<std::uint64_t>(positions), 0);
    for (const auto& [site, x] : own[batches[members[0]].number]) {
      TensorList parts;
      for (const auto i : members) parts.push_back(own[batches[i].number].at(site));
      const auto rotated = at::cat(parts).roll({static_cast<std::int64_t>(by)}, {0}).split_with_sizes(rows);
      for (std::size_t i = 0; i < members.size(); ++i) all[batches[members[i]].number][site] = rotated[i];
    }
  }
  return all;
}

Tensor StoredEdit::apply(const Tensor& x, const ProbeSite& site, const CaseBatch& batch) const {
  return replaced(x, stored_at(*stored_, batch, site), column_);
}

Tensor ConstantEdit::apply(const Tensor& x, const ProbeSite& site, const CaseBatch& batch) const {
  if (means_.empty()) return replaced(x, torch::zeros({1}, at::kFloat), column_);
  const auto found = means_.find(site);
  if (found == means_.end()) fail("there is no mean for {}", site_name(site));
  return replaced(x, at::embedding(found->second, batch.plies - 1), column_);
}

Tensor SubspaceEdit::apply(const Tensor& x, const ProbeSite& site, const CaseBatch& batch) const {
  const auto found = subspaces_.find(site);
  if (found == subspaces_.end()) fail("there is no subspace for {}", site_name(site));
  return found->second.swap(x, stored_at(*stored_, batch, site));
}

Tensor RandomisedEdit::apply(const Tensor& x, const ProbeSite& site, const CaseBatch& batch) const {
  const auto length = (edit_->apply(x, site, batch) - x).norm(2, {2}, true);  // [rows, pos, 1]
  auto drawn = torch::empty(x.sizes(), at::kFloat);
  const auto stream = Stream(seed_).child("random directions").child(site_name(site));
  for (std::int64_t row = 0; row < batch.rows(); ++row)
    stream.normal(batch.members[static_cast<std::size_t>(row)],
                  {drawn[row].data_ptr<float>(), static_cast<std::size_t>(x.size(1) * x.size(2))});
  return x + drawn / drawn.norm(2, {2}, true) * length;
}

}  // namespace othello
