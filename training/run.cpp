#include "training/run.h"

#include <algorithm>

#include "common/files.h"
#include "common/interrupt.h"
#include "common/log.h"
#include "common/progress.h"
#include "training/schedule.h"

namespace othello {
namespace {

constexpr int kTimedSteps = 20;  // of a run given in minutes, before its length is frozen
constexpr std::size_t kKeptCheckpoints = 2;

void save_checkpoint(const Trainer& trainer, const RunFolder& run) {
  write_folder(run.checkpoint(trainer.steps_done()), [&](const auto& folder) { trainer.save(folder); });
  auto steps = run.checkpoint_steps();
  for (std::size_t i = 0; i + kKeptCheckpoints < steps.size(); ++i) {
    std::error_code ignored;  // an old checkpoint that cannot be removed does no harm
    std::filesystem::remove_all(run.checkpoint(steps[i]), ignored);
  }
}

/// Figures since the last line of metrics.
struct Interval {
  StepScore sum;
  double scored_positions = 0;  // positions of the steps whose legal moves were scored
  std::int64_t games = 0;
  Stopwatch clock;

  void add(const StepScore& score, bool scored, int batch_games) {
    sum.loss += score.loss, sum.floor += score.floor, sum.positions += score.positions,
        sum.legal_top1 += score.legal_top1;
    if (scored) scored_positions += score.positions;
    games += batch_games;
  }
  double loss() const { return sum.loss / sum.positions; }
  double floor() const { return sum.floor / sum.positions; }
  double legal_top1() const { return sum.legal_top1 / scored_positions; }
  double games_per_second() const { return static_cast<double>(games) / clock.seconds(); }
};

/// The number of steps that fit into the minutes: known after kTimedSteps, from the median of the later half.
std::int64_t steps_for_minutes(const TrainConfig& config, std::vector<double> step_seconds) {
  double spent = 0;
  for (const double seconds : step_seconds) spent += seconds;
  auto half = step_seconds.begin() + kTimedSteps / 2;
  std::nth_element(half, half + kTimedSteps / 4, step_seconds.end());
  const double left = config.minutes * 60 - spent;
  return kTimedSteps + std::max<std::int64_t>(1, static_cast<std::int64_t>(left / half[kTimedSteps / 4]));
}

}  // namespace

Json train(Trainer& trainer, const RunFolder& run) {
  const Stopwatch clock;
  const auto& config = trainer.config().train;
  const auto first_step = trainer.steps_done();
  Stopwatch since_checkpoint;
  Interval interval;
  std::vector<double> step_seconds;
  Progress progress("training");
  double loss = 0;
  while (config.steps == 0 || trainer.steps_done() < config.steps) {
    const Stopwatch step_clock;
    const auto next = trainer.steps_done() + 1;
    const bool last = next == config.steps;
    // Legal moves are scored on a few steps per line: the games are fresh, so the batch is a held-out sample.
    const bool score_legal = next % config.log_steps > config.log_steps - 5 || next % config.log_steps == 0 || last;
    interval.add(trainer.step(score_legal), score_legal, config.batch_games);
    step_seconds.push_back(step_clock.seconds());
    if (config.steps == 0 && step_seconds.size() == kTimedSteps) {
      trainer.set_steps(
          std::max(trainer.steps_done(), trainer.steps_done() - kTimedSteps + steps_for_minutes(config, step_seconds)));
      run.write_config(to_json(trainer.config()));
    }
    if (next % config.log_steps == 0 || last) {
      loss = interval.loss();
      run.append_metrics({{"step", next},
                          {"games", trainer.facts().games},
                          {"seconds", clock.seconds()},
                          {"loss", loss},
                          {"floor", interval.floor()},
                          {"legal_top1", interval.legal_top1()},
                          {"learning_rate", config.learning_rate * schedule(config, next - 1)},
                          {"games_per_second", interval.games_per_second()}});
      const double fraction = config.steps == 0 ? 0 : static_cast<double>(next) / static_cast<double>(config.steps);
      const double left = config.steps == 0 ? config.minutes * 60
                                            : clock.seconds() / static_cast<double>(next - first_step) *
                                                  static_cast<double>(config.steps - next);
      progress.update(fraction, fmt::format("loss {:.3f} (floor {:.3f})  legal {:.1f} %  {:.0f} games/s  {} left", loss,
                                            interval.floor(), 100 * interval.legal_top1(), interval.games_per_second(),
                                            format_duration(left)));
      interval = {};
    }
    if (interrupted() && !last) {
      save_checkpoint(trainer, run);
      progress.finish();
      log_info(fmt::format("interrupted at step {}; saved. Go on with: othello-gpt train --resume --out {}", next,
                           run.path().string()));
      throw Interrupted{};
    }
    if (since_checkpoint.seconds() > 60 * config.checkpoint_minutes && !last) {
      save_checkpoint(trainer, run);
      since_checkpoint = {};
    }
  }
  save_checkpoint(trainer, run);
  const auto games = (trainer.steps_done() - first_step) * config.batch_games;
  return {{"games", trainer.steps_done() * config.batch_games},
          {"steps", trainer.steps_done()},
          {"seconds", clock.seconds()},
          {"games_per_second", static_cast<double>(games) / clock.seconds()},
          {"workers", config.workers},
          {"processes", trainer.processes()},
          {"parameters", trainer.model().parameters().count()},
          {"precision", config.precision},
          {"player", config.player},
          {"targets", config.targets},
          {"loss", loss}};
}

Trainer resume(const RunFolder& run) {
  const Json document = run.read_config_file();
  RunConfig config;
  try {
    read_config(config, document);
    config.resolve();
  } catch (const Error& error) {
    fail("{}: {}", run.config_file().string(), error.what());
  }
  Trainer trainer(config);
  const auto steps = run.checkpoint_steps();
  if (!steps.empty()) trainer.load(run.checkpoint(steps.back()));
  if (config.train.steps > 0 && trainer.steps_done() >= config.train.steps)
    fail("{} is complete ({} steps); to train its model further, start a new run with --init {}", run.path().string(),
         trainer.steps_done(), run.path().string());
  run.truncate_metrics(trainer.steps_done());
  return trainer;
}

}  // namespace othello
