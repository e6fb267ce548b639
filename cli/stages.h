// The work of each command as a function from settings to a result document; `quickstart` strings them together.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "common/run_folder.h"
#include "interventions/benchmark.h"
#include "model/checkpoint.h"
#include "probes/sweep.h"
#include "training/trainer.h"

namespace othello {

/// Makes a run folder with its config, manifest and log.
RunFolder start_run(const std::filesystem::path& out, const RunConfig& config);

/// Trains to the end of the run and writes results/train.json.
Json train_stage(Trainer& trainer, const RunFolder& run);

/// Where a command's result document goes besides stdout: the run that the model belongs to, if it is one.
void store_result(const std::filesystem::path& model_path, const std::string& name, const Json& document);

/// The player of that name or, if it is empty, the one that the model was trained on. Warns if its games are those that
/// the model was trained on.
std::shared_ptr<const Player> player_for(const LoadedModel& loaded, const std::string& name = {});

/// The `data` of a result document about games of a player (null = uniform).
Json data_of(const LoadedModel& loaded, const Player* player, std::uint64_t seed, const Json& games = {});

struct EvaluateSettings {
  std::int64_t games = 1000;
  std::uint64_t seed = 1;
  int workers = 0;                                 // 0 = one per core
  std::shared_ptr<const Player> player = nullptr;  // null = uniform
  std::string dataset = {};                        // instead: `games` (0 = all) of this folder, drawn by `seed`
  std::int64_t world_model_pairs = 0;              // of either kind; 0 = leave the world model out
};
Json evaluate_stage(const LoadedModel& loaded, const EvaluateSettings& settings);
std::string evaluate_text(const Json& document);

/// Probes with their controls; writes them to the file `probes` unless that is empty. An interrupted sweep leaves what
/// it has done beside that file, and the same sweep goes on from there. Throws Error, before any work, if the file or
/// what lies beside it is something else.
ProbeSweep probe_stage(const LoadedModel& loaded, const ProbeSettings& settings, const std::filesystem::path& probes);

/// With fewer games to fit the one-hot control is starved.
inline constexpr std::int64_t kWellFittedGames = 4000;

/// What `work` finds about interventions, in its envelope. `work` gets the progress to report.
Json intervene_stage(const std::string& what, const LoadedModel& loaded, std::uint64_t seed,
                     const std::shared_ptr<const Player>& player,
                     const std::function<Json(const InterveneProgress&)>& work);
/// Cases drawn from games that are not for training.
CaseSet draw_cases(const LoadedModel& loaded, const std::shared_ptr<const Player>& player, const CaseRecipe& recipe);

/// Where the probes of a run lie.
std::filesystem::path probes_file(const RunFolder& run);
/// The file `named`, or else that of the run if it is there.
std::optional<std::filesystem::path> probes_if_any(const std::string& model, const std::string& named);
/// The same where there must be one. Throws UsageError if the model is no run, Error if it has none yet.
std::filesystem::path probes_for(const std::string& model, const std::string& named);

/// What model a result document is about and how it was trained, as the first lines of its text.
std::string model_lines(const Json& document);

/// "97.21 % [97.05, 97.36]" of an estimate that is a share, or "2.013 [2.005, 2.021]" of one that is not.
std::string percent_text(const Json& estimate);
std::string number_text(const Json& estimate);

}  // namespace othello
