#include "probes/activation_stream.h"

#include <algorithm>
#include <numeric>

#include "common/progress.h"
#include "common/threads.h"
#include "model/batch_tensors.h"

namespace othello {
namespace {

constexpr std::int64_t kBatchGames = kStreamBatchGames;

/// What is recorded, as rows: [games, pos, …] → [rows, width].
Tensor rows_of(const Tensor& value, int head, const Tensor& cells) {
  const auto chosen = head < 0 ? value : value.select(2, head);
  return chosen.flatten(0, 1).flatten(1).index_select(0, cells);
}

/// Where batches of `games` games begin, and the end.
std::vector<std::int64_t> cuts(std::int64_t games, Cut cut) {
  std::vector<std::int64_t> at{0};
  if (cut == Cut::fine)
    for (std::int64_t end = 4; end < std::min(games, kBatchGames); end *= 2) at.push_back(end);
  while (at.back() < games) at.push_back(std::min(games, (at.back() / kBatchGames + 1) * kBatchGames));
  return at;
}

}  // namespace

std::size_t ActivationStream::add(const Transformer& model, const Site& site, int head) {
  if (sources_.empty() || sources_.back().model != &model) sources_.push_back({&model, {}});
  sources_.back().wanted.push_back({site, head, count_, true});
  return count_++;
}

std::size_t ActivationStream::add(Target target) {
  targets_.push_back(std::move(target));
  return targets_.size() - 1;
}

void ActivationStream::only(const std::vector<std::size_t>& sites) {
  for (auto& source : sources_)
    for (auto& wanted : source.wanted) wanted.on = std::count(sites.begin(), sites.end(), wanted.index) > 0;
}

void ActivationStream::all() {
  for (auto& source : sources_)
    for (auto& wanted : source.wanted) wanted.on = true;
}

std::shared_ptr<const ProbeBatch> ActivationStream::make_batch(const GameRange& range, std::int64_t offset,
                                                               std::int64_t count, double& forward_seconds) const {
  const at::NoGradGuard no_grad;
  auto made = std::make_shared<ProbeBatch>(
      ProbeBatch{Positions(vocabulary_, games_.take(range.first + offset, count), window_), offset, {}, {}});
  auto& batch = *made;
  for (const auto& target : targets_) batch.labels.push_back(target.labels(batch.positions));
  const Stopwatch clock;
  const auto tokens = batch_tensor(batch.positions.batch, batch.positions.batch.tokens);
  const auto cells = at::tensor(batch.positions.cells, at::kLong);
  batch.activations.resize(count_);
  for (const auto& source : sources_) {
    Trace trace;
    bool any = false;
    for (const auto& wanted : source.wanted)
      if (wanted.on) trace.record(wanted.site), any = true;
    if (!any) continue;
    source.model->forward(tokens, &trace);
    for (const auto& wanted : source.wanted)
      if (wanted.on) batch.activations[wanted.index] = rows_of(trace.value(wanted.site), wanted.head, cells);
  }
  forward_seconds = clock.seconds();
  return made;
}

void ActivationStream::run(const GameRange& range, int readers,
                           const std::function<void(int, const std::shared_ptr<const ProbeBatch>&)>& read,
                           const std::function<void(std::int64_t)>& progress, Cut cut) const {
  const auto at = cuts(range.count, cut);
  const auto batches = static_cast<int>(at.size()) - 1;
  for (int wave = 0; wave < batches; wave += workers_) {
    const int size = std::min(workers_, batches - wave);
    std::vector<std::shared_ptr<const ProbeBatch>> made(static_cast<std::size_t>(size));
    std::vector<double> seconds(made.size());
    parallel_for(size, workers_, [&](int i, int) {
      const auto index = static_cast<std::size_t>(i), batch = static_cast<std::size_t>(wave + i);
      made[index] = make_batch(range, at[batch], at[batch + 1] - at[batch], seconds[index]);
    });
    forward_seconds_ += std::accumulate(seconds.begin(), seconds.end(), 0.0);
    parallel_for(readers, workers_, [&](int reader, int) {
      const at::NoGradGuard no_grad;
      for (const auto& batch : made) read(reader, batch);
    });
    progress(at[static_cast<std::size_t>(wave + size)]);
  }
}

}  // namespace othello
