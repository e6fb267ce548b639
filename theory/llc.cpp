#include "theory/llc.h"

#include <algorithm>
#include <cmath>
#include <mutex>

#include "common/progress.h"
#include "common/threads.h"
#include "theory/chain_loss.h"

namespace othello {
namespace {

constexpr int kTestedEvery = 10;          // moves, for the acceptance
constexpr std::size_t kTracePoints = 50;  // that a row shows at most

/// What one chain found for one component.
struct ChainRecord {
  std::vector<LlcTrace> subsets;                  // in the order of the sets' rows
  double acceptance = 0, acceptance_of_loss = 0;  // means over the tested draws that count
  std::size_t parameters = 0;
};

std::vector<std::string> subset_names(const LlcGames& games) {
  std::vector<std::string> names;
  for (const auto& set : games.sets) names.insert(names.end(), set.subsets.begin(), set.subsets.end());
  return names;
}

ChainRecord run_chain(const Transformer& model, const std::vector<WeightSlice>& slices, const LlcGames& games,
                      const StartLosses& start, const LlcSettings& settings, int chain,
                      const std::function<void()>& moved) {
  const auto number = static_cast<std::uint64_t>(chain);
  ChainLoss loss(model, slices, games, start, settings.seed, number);
  ChainRecord record;
  record.subsets.resize(start.subset_means.size());
  SgldChain walk(loss.start(), settings.sgld, std::ref(loss), settings.seed, number);
  record.parameters = walk.weights().size();
  double whole = 0, of_loss = 0;
  int tested = 0;
  const int moves = settings.burn_in + settings.draws;
  for (int draw = 0; draw < moves; ++draw) {
    const bool due = draw % kTestedEvery == kTestedEvery - 1 || (tested == 0 && draw == moves - 1);
    if (draw >= settings.burn_in && due) {
      MoveTest test;
      walk.advance(test);
      whole += test.acceptance, of_loss += test.of_loss;
      ++tested;
    } else {
      walk.advance();
    }
    const auto found = loss.differences();
    for (std::size_t row = 0; row < record.subsets.size(); ++row) {
      record.subsets[row].difference.push_back(found.sums[row]);
      record.subsets[row].positions.push_back(found.positions[row]);
    }
    moved();
  }
  record.acceptance = whole / tested, record.acceptance_of_loss = of_loss / tested;
  return record;
}

/// Points of the mean loss over chains, [{"draw", "loss"}], spread evenly over burn-in and draws; from single
/// minibatches, whose own level is taken out.
Json trace_of(std::span<const LlcTrace> chains, double loss_at_start) {
  const std::size_t draws = chains[0].difference.size(), blocks = std::min(draws, kTracePoints);
  Json points = Json::array();
  for (std::size_t block = 0; block < blocks; ++block) {
    const std::size_t first = block * draws / blocks, last = (block + 1) * draws / blocks;
    double sum = 0, positions = 0;
    for (const auto& chain : chains)
      for (std::size_t i = first; i < last; ++i) sum += chain.difference[i], positions += chain.positions[i];
    points.push_back({{"draw", last}, {"loss", positions > 0 ? Json(loss_at_start + sum / positions) : Json()}});
  }
  return points;
}

/// One row, from the chains of a component.
Json row_of(const std::string& component, const std::string& subset, std::span<const LlcTrace> chains,
            const LlcContext& context, std::size_t parameters) {
  const auto found = llc_diagnosis(chains, context);
  Json row{{"component", component}, {"subset", subset}};
  row["llc"] = std::isfinite(found.llc.mean) ? to_json(found.llc) : Json();
  row["valid"] = found.valid;
  if (!found.valid) row["reason"] = found.reason;
  row["chains"] = found.chains;
  row["chain_std"] = found.chain_std;
  row["r_hat"] = found.r_hat;
  row["loss_at_start"] = context.loss_at_start;
  row["trace"] = trace_of(chains, context.loss_at_start);
  row["drift"] = found.drift;
  row["acceptance"] = context.acceptance;
  row["parameters"] = parameters;
  return row;
}

int workers_of(const LlcSettings& settings) { return settings.workers > 0 ? settings.workers : available_cores(); }

void check(const LlcSettings& settings) {
  settings.sgld.check();
  if (settings.chains < 2)
    fail("an estimate takes two chains or more, not {}: its interval is over chains", settings.chains);
  if (settings.draws < 4 || settings.burn_in < 0)
    fail("an estimate takes 4 draws or more and a burn-in of at least 0, not {} and {}", settings.draws,
         settings.burn_in);
  if (settings.components.empty()) fail("an estimate needs a component whose weights may move");
}

double moves_of(const LlcSettings& settings) {
  return static_cast<double>(settings.chains) * (settings.draws + settings.burn_in) *
         static_cast<double>(settings.components.size());
}

/// The grid of a sweep around the settings.
std::vector<SgldSettings> grid_around(const SgldSettings& middle) {
  const std::pair<double, double> others[] = {{1, 1}, {0.25, 1}, {4, 1}, {1, 1.0 / 3}, {1, 3}};  // of γ and nβ
  std::vector<SgldSettings> grid;
  for (const auto& [gamma, n_beta] : others)
    for (const double step : {0.1, 0.3, 1.0, 3.0, 10.0}) {
      grid.push_back(middle);
      grid.back().step_size *= step;
      grid.back().gamma *= gamma;
      grid.back().n_beta *= n_beta;
    }
  return grid;
}

/// The settings of every cell: a shorter step takes a longer burn-in.
std::vector<LlcSettings> cells_of(const LlcSettings& settings) {
  std::vector<LlcSettings> cells;
  for (const auto& sgld : grid_around(settings.sgld)) {
    cells.push_back(settings);
    cells.back().sgld = sgld;
    cells.back().components.resize(1);
    const int needed = static_cast<int>(std::min<double>(kMostSweepBurnIn, sgld.relaxation()));
    cells.back().burn_in = std::max(settings.burn_in, needed);
  }
  return cells;
}

}  // namespace

LlcCost llc_cost(const Transformer& model, const LlcGames& games, const LlcSettings& settings) {
  check(settings);
  const LlcGames one{{{{games.sets[0].batches[0]}, games.sets[0].subsets}}, games.batch_games};
  const StartLosses start(model, one, 1);
  ChainLoss loss(model, component_slices("all", model.config()), one, start, 0, 0);
  SgldChain walk(loss.start(), settings.sgld, std::ref(loss), 0, 0);
  walk.advance();  // warms up
  const Stopwatch clock;
  constexpr int kTimes = 3;
  for (int i = 0; i < kTimes; ++i) walk.advance();
  LlcCost cost;
  cost.seconds_per_game = clock.seconds() / kTimes / static_cast<double>(games.batch_games);
  const double others = static_cast<double>(games.sets.size() - 1) / 3;
  cost.games = moves_of(settings) * (1 + 1.0 / kTestedEvery + others) * static_cast<double>(games.batch_games);
  const int jobs = settings.chains * static_cast<int>(settings.components.size());
  cost.seconds = cost.games * cost.seconds_per_game / std::min(workers_of(settings), jobs);
  return cost;
}

LlcCost llc_sweep_cost(const Transformer& model, const LlcGames& games, const LlcSettings& settings) {
  auto cost = llc_cost(model, games, settings);
  double moves = 0;
  for (const auto& cell : cells_of(settings)) moves += moves_of(cell);
  cost.games *= moves / moves_of(settings);
  cost.seconds *= moves / moves_of(settings);
  return cost;
}

Json llc_estimates(const Transformer& model, const LlcGames& games, const LlcSettings& settings,
                   const LlcProgress& progress) {
  check(settings);
  const StartLosses start(model, games, workers_of(settings));
  std::vector<std::vector<WeightSlice>> slices;
  for (const auto& component : settings.components) slices.push_back(component_slices(component, model.config()));
  const auto chains = static_cast<std::size_t>(settings.chains);
  std::vector<ChainRecord> records(slices.size() * chains);
  std::mutex mutex;
  double moves = 0;
  parallel_for(static_cast<int>(records.size()), workers_of(settings), [&](int job, int) {
    const auto i = static_cast<std::size_t>(job);
    records[i] = run_chain(model, slices[i / chains], games, start, settings, static_cast<int>(i % chains), [&] {
      const std::lock_guard lock(mutex);
      ++moves;
      if (progress) progress(moves / moves_of(settings));
    });
  });
  const auto subsets = subset_names(games);
  Json rows = Json::array();
  for (std::size_t c = 0; c < slices.size(); ++c) {
    const auto own = std::span(records).subspan(c * chains, chains);
    LlcContext context{.n_beta = settings.sgld.n_beta,
                       .burn_in = static_cast<std::size_t>(settings.burn_in),
                       .relaxation = settings.sgld.relaxation(),
                       .equal_chances = std::log(model.config().vocabulary().size()),
                       .acceptance = 0};
    double whole = 0;
    for (const auto& record : own) {
      context.acceptance += record.acceptance_of_loss / static_cast<double>(chains);
      whole += record.acceptance / static_cast<double>(chains);
    }
    for (std::size_t s = 0; s < subsets.size(); ++s) {
      std::vector<LlcTrace> traces;
      for (const auto& record : own) traces.push_back(record.subsets[s]);
      context.loss_at_start = start.subset_means[s];
      rows.push_back(row_of(settings.components[c], subsets[s], traces, context, own[0].parameters));
      rows.back()["acceptance_with_prior"] = whole;
    }
  }
  return rows;
}

Json llc_sweep(const Transformer& model, const LlcGames& games, const LlcSettings& settings,
               const LlcProgress& progress) {
  check(settings);
  const auto cells = cells_of(settings);
  double all = 0, done = 0;
  for (const auto& cell : cells) all += moves_of(cell);
  const LlcGames own{{games.sets[0]}, games.batch_games};
  Json rows = Json::array();
  for (const auto& cell : cells) {
    const Json row = llc_estimates(model, own, cell, [&](double share) {
      if (progress) progress((done + share * moves_of(cell)) / all);
    })[0];
    done += moves_of(cell);
    Json shown{{"step_size", cell.sgld.step_size},
               {"gamma", cell.sgld.gamma},
               {"n_beta", cell.sgld.n_beta},
               {"burn_in", cell.burn_in}};
    for (const char* key : {"llc", "valid", "reason", "drift", "acceptance"})
      if (row.contains(key)) shown[key] = row[key];
    rows.push_back(shown);
  }
  return rows;
}

}  // namespace othello
