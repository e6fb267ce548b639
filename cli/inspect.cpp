#include "data/inspect.h"

#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "cli/commands.h"
#include "cli/options.h"
#include "common/error.h"
#include "common/files.h"
#include "common/run_folder.h"
#include "data/dataset_files.h"
#include "model/checkpoint.h"

namespace othello {
namespace {

struct InspectOptions {
  std::string path;
  OutputOptions output;
};

/// Every scalar as "key  value", and objects in one line.
std::string as_text(const Json& facts) {
  std::string text;
  for (const auto& [key, value] : facts.items())
    text += fmt::format("{:<12} {}\n", key, value.is_string() ? value.get<std::string>() : value.dump());
  return text;
}

/// What a path can be: the first kind that recognises it tells its facts.
struct Kind {
  bool (*recognises)(const std::filesystem::path&);
  Json (*facts)(const std::filesystem::path&);
};

/// A run: what it trained, and every checkpoint loaded, which checks it.
Json inspect_run(const std::filesystem::path& path) {
  const auto run = RunFolder::open(path);
  Json facts{
      {"kind", "run"}, {"config", run.read_config_file()}, {"checkpoints", Json::array()}, {"results", Json::array()}};
  for (const long step : run.checkpoint_steps())
    facts["checkpoints"].push_back(load_model(run.checkpoint(step)).describe());
  for (const char* name : {"train", "evaluate", "probe", "intervene"})
    if (std::filesystem::exists(run.result_file(name))) {
      parse_json(read_file(run.result_file(name)), run.result_file(name).string());
      facts["results"].push_back(name);
    }
  const auto metrics = run.read_metrics();
  facts["metrics_lines"] = metrics.size();
  if (!metrics.empty()) facts["last_metrics"] = metrics.back();
  return facts;
}

bool is_model(const std::filesystem::path& path) {
  return path.extension() == ".safetensors" || std::filesystem::exists(path / kModelFile);
}

Json inspect_model(const std::filesystem::path& path) {
  Json facts{{"kind", "model"}};
  facts.update(load_model(path).describe());
  return facts;
}

constexpr Kind kKinds[] = {
    {is_dataset, inspect_dataset},
    {RunFolder::is_run, inspect_run},
    {is_model, inspect_model},
};

Json inspect(const std::filesystem::path& path) {
  if (!std::filesystem::exists(path)) fail("{}: no such file or folder", path.string());
  for (const Kind& kind : kKinds)
    if (kind.recognises(path)) return kind.facts(path);
  fail("{} is neither a dataset, a run, a checkpoint nor a .safetensors file", path.string());
}

void run(const InspectOptions& options) {
  options.output.apply();
  const Json facts = inspect(options.path);
  Json result = result_envelope("inspect");
  result["path"] = options.path;
  result.update(facts);
  options.output.print(result, as_text(facts));
}

}  // namespace

void add_inspect(CLI::App& app) {
  auto options = std::make_shared<InspectOptions>();
  CLI::App& command =
      add_command(app, "inspect", "Say what a file or folder is, and check it",
                  "A dataset: checksums are verified and every game is replayed.\n"
                  "  skipped     records of an imported source that were left out\n"
                  "  unfinished  games that stop while a move is possible\n"
                  "  duplicates  games that are already in the dataset\n"
                  "  illegal     games with a move that the rules forbid\n"
                  "  lengths     number of games by number of moves\n"
                  "A run or a model: configuration, checkpoints (each loaded, which checks it) and results.\n"
                  "Example: othello-gpt inspect games7\n"
                  "         othello-gpt inspect runs/quickstart");
  command.add_option("PATH", options->path, "Dataset folder, run folder, checkpoint folder or .safetensors file")
      ->required();
  options->output.add_to(command);
  command.callback([options] { run(*options); });
}

}  // namespace othello
