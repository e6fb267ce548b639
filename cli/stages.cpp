#include "cli/stages.h"

#include "cli/allocation.h"
#include "cli/held_out.h"
#include "common/files.h"
#include "common/interrupt.h"
#include "common/log.h"
#include "common/progress.h"
#include "common/threads.h"
#include "common/version.h"
#include "data/players.h"
#include "model/runtime.h"
#include "training/run.h"

namespace fs = std::filesystem;

namespace othello {
namespace {

/// manifest.json: where and how a run was made, with its start and, once known, its end.
void write_manifest(const RunFolder& run, const RunConfig& config, const Json& times) {
  Json manifest = runtime_facts();
  manifest["device"] = config.train.device;
  manifest["threads"]["workers"] = config.train.workers;
  manifest["seed"] = config.train.seed;
  manifest["command"] = command_line();
  manifest.update(times);
  write_file(run.manifest_file(), json_text(manifest, 2) + "\n");
}

/// When and by which command the run was first started; now and by this one if its manifest is lost.
Json first_start(const RunFolder& run) {
  try {
    const Json manifest = parse_json(read_file(run.manifest_file()), run.manifest_file().string());
    return {{"start", manifest.at("start")}, {"command", manifest.at("command")}};
  } catch (const std::exception&) {
    return {{"start", utc_now()}};
  }
}

/// All that decides the results of a sweep.
Json identity_of(const LoadedModel& loaded, const ProbeSettings& s) {
  Json modes = Json::array();
  for (const auto mode : s.modes) modes.push_back(word_of(mode));
  return {{"version", kGitRevision},
          {"model", loaded.sha256},
          {"games", s.games},
          {"seed", s.seed},
          {"player", s.player ? s.player->name() : "uniform"},
          {"targets", s.targets},
          {"frame", word_of(s.frame)},
          {"modes", modes},
          {"sites", s.sites},
          {"plies", {s.plies.first, s.plies.last}},
          {"bias", s.bias},
          {"untrained", s.untrained},
          {"controls", s.controls},
          {"details", s.details},
          {"positions", s.information.positions},
          {"joint", s.information.joint},
          {"mlp", s.information.mlp}};
}

}  // namespace

Json data_of(const LoadedModel& loaded, const Player* player, std::uint64_t seed, const Json& games) {
  Json data{{"player", player ? player->name() : "uniform"},
            {"held_out", seen_player(loaded.facts, player) == Seen::no}};
  if (!games.is_null()) data["games"] = games;
  data["seed"] = seed;
  return data;
}

RunFolder start_run(const fs::path& out, const RunConfig& config) {
  auto run = RunFolder::create(out);
  run.write_config(to_json(config));
  write_manifest(run, config, {{"start", utc_now()}});
  log_to_file(run.log_file());
  return run;
}

Json train_stage(Trainer& trainer, const RunFolder& run) {
  const auto& config = trainer.config();
  Json times = first_start(run);
  log_info(fmt::format("training {} parameters on {}×{} games (player {}, {}, {} workers), on {}",
                       trainer.model().parameters().count(), config.model.board, config.model.board,
                       config.train.player, config.train.precision, config.train.workers,
                       targets_in_words(config.train.targets)));
  if (config.train.linearised) log_info("linearised around its initial weights: its features stay what they are");
  if (config.train.lazy_scale > 0)
    log_info(fmt::format("lazy scale {:g}: the output is so many times its distance from the initial network's",
                         config.train.lazy_scale));
  Json result = result_envelope("train");
  keep_freed_memory(true);
  result.update(train(trainer, run));
  keep_freed_memory(false);
  result["trained"] = trained_in_words(trainer.facts(), trainer.model().base());
  run.write_result("train", result);
  times["end"] = utc_now();
  write_manifest(run, config, times);
  return result;
}

void store_result(const fs::path& model_path, const std::string& name, const Json& document) {
  if (!RunFolder::is_run(model_path)) return;
  const auto run = RunFolder::open(model_path);
  if (fs::exists(run.result_file(name)))
    log_info(fmt::format("replacing {}{}", run.result_file(name).string(),
                         fs::exists(run.report_file()) ? "; 'othello-gpt report' writes the report anew" : ""));
  run.write_result(name, document);
}

std::shared_ptr<const Player> player_for(const LoadedModel& loaded, const std::string& name) {
  const BoardSize board = board_size(loaded.model.config().board);
  const bool unknown = loaded.facts.player == kUnknown;
  if (unknown && name.empty())
    log_info("it is not known whose games the model was trained on: games of the uniform player (--player)");
  std::shared_ptr<const Player> player;
  try {
    player = make_player(!name.empty() ? name : unknown ? "uniform" : loaded.facts.player, board);
  } catch (const Error& error) {
    if (!name.empty()) throw;
    fail("the model was trained on games of {}: {}; --player names one that is there", loaded.facts.player,
         error.what());
  }
  if (const auto seen = seen_player(loaded.facts, player.get()); seen != Seen::no)
    log_warning(
        fmt::format("the model {} trained on the games of {}: give --player another dataset for figures on games "
                    "it has not seen",
                    in_words(seen), player->name()));
  return player;
}

fs::path probes_file(const RunFolder& run) { return run.path() / "results" / "probes.safetensors"; }

std::optional<fs::path> probes_if_any(const std::string& model, const std::string& named) {
  if (!named.empty()) return named;
  if (RunFolder::is_run(model))
    if (auto file = probes_file(RunFolder::open(model)); fs::exists(file)) return file;
  return std::nullopt;
}

fs::path probes_for(const std::string& model, const std::string& named) {
  if (const auto file = probes_if_any(model, named)) return *file;
  if (!RunFolder::is_run(model))
    throw UsageError("--model is not a run folder, so --probes must name a file, as probe --probes FILE makes it");
  fail("{} has no probes yet; run first: othello-gpt probe --model {}", model, model);
}

ProbeSweep probe_stage(const LoadedModel& loaded, const ProbeSettings& settings, const fs::path& probes) {
  const Stopwatch clock;
  Unfinished unfinished;
  if (!probes.empty()) {
    require_place_for_probes(probes);
    unfinished = Unfinished(probes.string() + ".unfinished", identity_of(loaded, settings));
  }
  if (unfinished.resumed()) log_info("going on with the unfinished sweep");
  const auto fit = settings.split().fit.count;
  bool warned = fit >= kWellFittedGames;
  Progress bar("probing");
  const auto show = [&](double share, const std::string& what) {
    if (interrupted()) throw Interrupted{};
    if (!warned)  // not before the sweep has found that it can be
      log_warning(
          fmt::format("{} games to fit are few for the one-hot control: it reads less than it could, and the "
                      "network looks better beside it than it is; --games {} has {} to fit, from where on it "
                      "changes little",
                      fit, kWellFittedGames * 3 / 2, kWellFittedGames));
    warned = true;
    bar.update(share, what);
  };
  auto sweep = probe_sweep(loaded, settings, unfinished, show);
  if (sweep.document.contains("information") && fit >= kWellFittedGames)
    if (const std::int64_t games = sweep.document["information"]["fit_games"]; games < kWellFittedGames)
      log_warning(
          fmt::format("logistic probes were fitted on {} games only, which are few for the one-hot control: what the "
                      "network tells beyond the moves is less than it seems; 'othello-gpt probe' with more --positions "
                      "tells it better",
                      games));
  Json result = result_envelope("probe");
  result["model"] = loaded.describe();
  result["data"] = data_of(loaded, settings.player.get(), settings.seed, sweep.document["games"]);
  result["frame"] = word_of(settings.frame);
  result["plies"] = {{"first", settings.plies.first}, {"last", settings.plies.last}};
  result["bias"] = settings.bias;
  result["seconds"] = clock.seconds();
  result.update(sweep.document);
  sweep.document = std::move(result);
  if (!probes.empty()) write_probes(probes, sweep.probes, loaded);
  unfinished.finish();
  return sweep;
}

CaseSet draw_cases(const LoadedModel& loaded, const std::shared_ptr<const Player>& player, const CaseRecipe& recipe) {
  const auto vocabulary = loaded.model.config().vocabulary();
  return draw_cases(GameSource(vocabulary.board(), recipe.seed, Purpose::cases, player), vocabulary, recipe);
}

Json intervene_stage(const std::string& what, const LoadedModel& loaded, std::uint64_t seed,
                     const std::shared_ptr<const Player>& player,
                     const std::function<Json(const InterveneProgress&)>& work) {
  const Stopwatch clock;
  Progress bar(what);
  const auto found = work([&](double share, const std::string& part) {
    if (interrupted()) throw Interrupted{};
    bar.update(share, part);
  });
  Json result = result_envelope("intervene");
  result["model"] = loaded.describe();
  result["data"] = data_of(loaded, player.get(), seed);
  result["seconds"] = clock.seconds();
  result.update(found);
  return result;
}

std::string percent_text(const Json& e) {
  return fmt::format("{:.2f} % [{:.2f}, {:.2f}]", 100 * e["mean"].get<double>(), 100 * e["low"].get<double>(),
                     100 * e["high"].get<double>());
}

std::string number_text(const Json& e) {
  return fmt::format("{:.3f} [{:.3f}, {:.3f}]", e["mean"].get<double>(), e["low"].get<double>(),
                     e["high"].get<double>());
}

std::string model_lines(const Json& d) {
  const auto& model = d["model"];
  const int side = model["board"];
  const std::string step = model["step"].is_null() ? "" : fmt::format(", step {}", model["step"].get<std::int64_t>());
  return fmt::format("{}×{} model{}\n  {}\n", side, side, step, model["trained"].get<std::string>());
}

}  // namespace othello
