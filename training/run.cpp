#include "training/run.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <future>
#include <limits>
#include <numeric>
#include <optional>

#include "common/files.h"
#include "common/interrupt.h"
#include "common/log.h"
#include "common/progress.h"
#include "training/divergence.h"
#include "training/schedule.h"

namespace othello {
namespace {

constexpr int kTimedSteps = 20;       // of a run given in minutes, at least, before its length is frozen
constexpr double kTimedShare = 0.05;  // of the minutes: longer than that only those steps are timed

/// The sentence's part on what is safe: the newest checkpoint before step `bad`.
std::string last_checkpoint(const RunFolder& run, std::int64_t bad) {
  auto steps = run.checkpoint_steps();
  while (!steps.empty() && steps.back() >= bad) steps.pop_back();
  return steps.empty() ? std::string() : run.checkpoint(steps.back()).string();
}

/// Writes by `action`. What cannot be written (a full disk, a folder that is gone) ends the training, told with how
/// to go on.
void write_or_stop(const RunFolder& run, const std::function<void()>& action) {
  try {
    action();
  } catch (const Diverged&) {
    throw;
  } catch (const Error& error) {
    const auto last = last_checkpoint(run, std::numeric_limits<std::int64_t>::max());
    fail("{}; training has stopped, {}. Once that is mended, go on with: othello-gpt train --resume --out {}",
         error.what(), last.empty() ? "before its first checkpoint" : "its last checkpoint is " + last,
         run.path().string());
  }
}

/// Writes a checkpoint. With `newest` > 0 it replaces all but so many of those before it.
void write_checkpoint(const Snapshot& snapshot, const RunFolder& run, const TrainConfig& config, int newest) {
  write_or_stop(run, [&] {
    write_folder(run.checkpoint(snapshot.facts.step), [&](const auto& folder) { snapshot.write(folder); });
  });
  if (newest == 0) return;
  for (const long step : superseded(config, run.checkpoint_steps(), newest)) run.remove_checkpoint(step);
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

/// The number of steps that fit into the minutes, after `done` steps of which the last took `step_seconds`: from the
/// median of the later half. Not yet known, while timing more steps costs little and the warm-up lasts: its rates do
/// not depend on the length, as long as it is at most a fifth of the run.
std::optional<std::int64_t> steps_for_minutes(const TrainConfig& config, std::int64_t done,
                                              std::vector<double> step_seconds) {
  const double spent = std::accumulate(step_seconds.begin(), step_seconds.end(), 0.0);
  const double seconds = config.minutes * 60;
  if (done < kTimedSteps || (spent < kTimedShare * seconds && done < config.warmup_steps)) return {};
  const auto half = step_seconds.begin() + static_cast<std::ptrdiff_t>(step_seconds.size() / 2);
  const auto median = half + (step_seconds.end() - half) / 2;
  std::nth_element(half, median, step_seconds.end());
  const auto steps = done + std::max<std::int64_t>(1, static_cast<std::int64_t>((seconds - spent) / *median));
  return done > kTimedSteps ? std::max(steps, 5 * done) : steps;
}

/// What no loss in its senses exceeds at first: that of equal chances. Weights that come from elsewhere may be sure of
/// other games.
double first_level(const RunConfig& config) {
  return config.train.init.empty() ? std::log(config.model.vocabulary().size())
                                   : std::numeric_limits<double>::infinity();
}

/// A run on its way to its end.
class Session {
 public:
  Session(Trainer& trainer, const RunFolder& run)
      : trainer_(trainer),
        run_(run),
        config_(trainer.config().train),
        first_step_(trainer.steps_done()),
        watch_(config_.spike_nats, first_level(trainer.config())) {
    const auto metrics = run.read_metrics();
    for (const auto& line : metrics)
      if (line.contains("loss") && line["loss"].is_number()) watch_.reached(loss_ = line["loss"]);
    if (!metrics.empty() && metrics.back().contains("seconds") && metrics.back()["seconds"].is_number())
      seconds_before_ = metrics.back()["seconds"];
  }

  void train_to_end() {
    if (trainer_.steps_done() == 0 && keeps(config_, 0) && run_.checkpoint_steps().empty()) save();
    while (config_.steps == 0 || trainer_.steps_done() < config_.steps) advance();
    watch_.end();
    finish_saving();
    if (const auto steps = run_.checkpoint_steps(); steps.empty() || steps.back() != trainer_.steps_done()) save();
    finish_saving();
    // What remains of a complete run is a function of its configuration, however often it was interrupted.
    if (watch_.high() > 0) return;
    for (const long step : superseded(config_, run_.checkpoint_steps(), 1)) run_.remove_checkpoint(step);
  }

  /// Waits for the checkpoint that is on its way, if there is one. Throws Error if it could not be written.
  void finish_saving() {
    if (saving_.valid()) saving_.get();
  }

  /// The step whose weights gave the first bad loss: no earlier checkpoint is suspicious.
  std::int64_t first_bad_step() const { return trainer_.steps_done() - watch_.high(); }

  Json result() const {
    const auto games = (trainer_.steps_done() - first_step_) * config_.batch_games;
    std::int64_t games_before = 0;
    for (const auto& run : trainer_.facts().earlier) games_before += run.games - run.first_game;
    return {{"games", trainer_.steps_done() * config_.batch_games},
            {"games_before", games_before},
            {"steps", trainer_.steps_done()},
            {"seconds", seconds_before_ + clock_.seconds()},
            {"games_per_second", static_cast<double>(games) / clock_.seconds()},
            {"workers", config_.workers},
            {"processes", trainer_.processes()},
            {"parameters", trainer_.model().parameters().count()},
            {"precision", config_.precision},
            {"player", config_.player},
            {"targets", config_.targets},
            {"loss", loss_}};
  }

 private:
  void advance() {
    if (saving_.valid() && saving_.wait_for(std::chrono::seconds(0)) == std::future_status::ready) finish_saving();
    const Stopwatch step_clock;
    const auto next = trainer_.steps_done() + 1;
    const bool last = next == config_.steps;
    // Legal moves are scored on a few steps per line: the games are fresh, so the batch is a held-out sample.
    // A GPU is waited for only where a figure is needed: with the line.
    const bool with_line = next % config_.log_steps == 0 || last;
    const bool read_loss = config_.device == "cpu" || with_line || config_.steps == 0;
    const bool score_legal = with_line || (read_loss && next % config_.log_steps > config_.log_steps - 5);
    const auto score = trainer_.step(score_legal, read_loss);
    unread_positions_ += score.positions;
    ++unread_steps_;
    if (read_loss) watch_.add(score.loss / std::exchange(unread_positions_, 0), std::exchange(unread_steps_, 0));
    interval_.add(score, score_legal, config_.batch_games);
    if (config_.steps == 0) freeze_length(step_clock.seconds());
    if (with_line) log_line(next);
    if (interrupted() && !last) {
      save();
      finish_saving();
      progress_.finish();
      log_info(fmt::format("interrupted at step {}; saved. Go on with: othello-gpt train --resume --out {}", next,
                           run_.path().string()));
      throw Interrupted{};
    }
    // A loss that is high may be the beginning of the end: the checkpoints before it stay, and no other replaces them.
    const bool due =
        since_checkpoint_.seconds() > 60 * config_.checkpoint_minutes && read_loss && watch_.high() == 0 && !last;
    if (due || keeps(config_, next)) save();
  }

  void freeze_length(double step_seconds) {
    step_seconds_.push_back(step_seconds);
    const auto steps = steps_for_minutes(config_, trainer_.steps_done(), step_seconds_);
    if (!steps) return;
    trainer_.set_steps(*steps);
    write_or_stop(run_, [&] { run_.write_config(to_json(trainer_.config())); });
  }

  void log_line(std::int64_t step) {
    loss_ = interval_.loss();
    const bool known = trainer_.player().knows_chances();
    Json line{{"step", step},
              {"games", trainer_.facts().games},
              {"seconds", seconds_before_ + clock_.seconds()},
              {"loss", loss_}};
    if (known) line["floor"] = interval_.floor();
    line.update({{"legal_top1", interval_.legal_top1()},
                 {"learning_rate", config_.learning_rate * schedule(config_, step - 1)},
                 {"games_per_second", interval_.games_per_second()}});
    try {
      run_.append_metrics(line);
    } catch (const Error& error) {
      save();
      finish_saving();  // where a line does not fit, a checkpoint may not either, and then says so itself
      write_or_stop(run_, [&] { fail("{}", error.what()); });
    }
    const double fraction = config_.steps == 0 ? 0 : static_cast<double>(step) / static_cast<double>(config_.steps);
    const double left = config_.steps == 0 ? config_.minutes * 60
                                           : clock_.seconds() / static_cast<double>(step - first_step_) *
                                                 static_cast<double>(config_.steps - step);
    progress_.update(fraction,
                     fmt::format("loss {:.3f}{}  legal {:.1f} %  {:.0f} games/s  {} left", loss_,
                                 known ? fmt::format(" (floor {:.3f})", interval_.floor()) : "",
                                 100 * interval_.legal_top1(), interval_.games_per_second(), format_duration(left)));
    interval_ = {};
  }

  void save() {
    finish_saving();
    require_finite(trainer_.model().parameters());
    // Training waits for the copy alone; what goes wrong with the file shows at the next step.
    saving_ = std::async(std::launch::async, [this, snapshot = trainer_.snapshot(), config = config_,
                                              newest = watch_.high() == 0 ? config_.keep_last : 0] {
      write_checkpoint(snapshot, run_, config, newest);
    });
    since_checkpoint_ = {};
  }

  Trainer& trainer_;
  const RunFolder& run_;
  const TrainConfig& config_;
  const std::int64_t first_step_;
  const Stopwatch clock_;
  Stopwatch since_checkpoint_;
  LossWatch watch_;
  Interval interval_;
  double unread_positions_ = 0;  // of steps whose loss was not read
  int unread_steps_ = 0;
  Progress progress_{"training"};
  std::vector<double> step_seconds_;  // of a run whose length is not yet known
  double seconds_before_ = 0;         // of training before this process
  double loss_ = std::numeric_limits<double>::quiet_NaN();
  std::future<void> saving_;
};

}  // namespace

Json train(Trainer& trainer, const RunFolder& run) {
  Session session(trainer, run);
  try {
    session.train_to_end();
  } catch (const Diverged& error) {
    for (const auto& line : layer_norms(trainer.model().parameters(), trainer.optimizer())) log_warning(line);
    try {
      session.finish_saving();
    } catch (const Error& unsaved) {  // less than what went wrong before it
      log_warning(unsaved.what());
    }
    const auto last = last_checkpoint(run, session.first_bad_step());
    fail("training went wrong after {} steps: {}; the last good checkpoint is {}", trainer.steps_done(), error.what(),
         last.empty() ? "none, so start anew with lower rates (train.muon_rate, train.learning_rate)"
                      : fmt::format("{0}: start a new run with --init {0} and lower rates (train.muon_rate, "
                                    "train.learning_rate)",
                                    last));
  }
  return session.result();
}

std::optional<LoadedModel> initial_weights(const TrainConfig& config) {
  if (config.init.empty()) return {};
  auto loaded = load_model(config.init);
  if (!config.init_sha256.empty() && loaded.sha256 != config.init_sha256)
    fail("{}: the run was to start from other weights (SHA-256 {})", config.init, config.init_sha256);
  return loaded;
}

Trainer resume(const RunFolder& run, const std::string& device) {
  const Json document = run.read_config_file();
  RunConfig config;
  try {
    read_config(config, document);
    if (!device.empty()) config.train.device = device;
    config.resolve();
  } catch (const Error& error) {
    fail("{}: {}", run.config_file().string(), error.what());
  }
  run.remove_leftovers();
  const auto steps = run.checkpoint_steps();
  Trainer trainer(config, steps.empty() ? initial_weights(config.train) : std::nullopt);
  try {
    if (!steps.empty()) trainer.load(run.checkpoint(steps.back()));
  } catch (const Error& error) {
    fail("{}; should it be damaged, remove {} to go on from the checkpoint before it", error.what(),
         run.checkpoint(steps.back()).string());
  }
  // Killed behind its last checkpoint, a run still lacks its result.
  const auto steps_left = config.train.steps - trainer.steps_done();
  if (config.train.steps > 0 &&
      (steps_left < 0 || (steps_left == 0 && std::filesystem::exists(run.result_file("train")))))
    fail("{} is complete ({} steps); to train its model further, start a new run with --init {}", run.path().string(),
         trainer.steps_done(), run.path().string());
  run.truncate_metrics(trainer.steps_done());
  return trainer;
}

}  // namespace othello
