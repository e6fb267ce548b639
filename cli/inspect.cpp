#include "data/inspect.h"

#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "cli/commands.h"
#include "cli/inspect_text.h"
#include "cli/options.h"
#include "common/error.h"
#include "common/files.h"
#include "common/run_folder.h"
#include "data/dataset_files.h"
#include "model/checkpoint.h"
#include "model/shipped.h"
#include "probes/probe_file.h"

namespace othello {
namespace {

struct InspectOptions {
  std::string path;
  OutputOptions output;
};

/// What a path can be: the first kind that recognises it tells its facts.
struct Kind {
  bool (*recognises)(const std::filesystem::path&);
  Json (*facts)(const std::filesystem::path&);
  std::string (*text)(const Json& facts);
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

bool is_probes(const std::filesystem::path& path) {
  return path.extension() == ".safetensors" && is_probe_file(read_safetensors(path));
}

/// Probes: the model that they were fitted to, the sites that they read, their tensors.
Json inspect_probes(const std::filesystem::path& path) {
  Json facts{{"kind", "probes"}};
  facts.update(describe_probe_file(path));
  return facts;
}

std::string plain_text(const Json& facts) { return facts_text(facts); }

constexpr Kind kKinds[] = {
    {is_dataset, inspect_dataset, dataset_text},
    {RunFolder::is_run, inspect_run, plain_text},
    {is_probes, inspect_probes, plain_text},
    {is_model, inspect_model, plain_text},
};

const Kind& kind_of(const std::filesystem::path& path) {
  if (!std::filesystem::exists(path)) fail("{}: no such file or folder", path.string());
  for (const Kind& kind : kKinds)
    if (kind.recognises(path)) return kind;
  if (const std::string advice = dataset_advice(path); !advice.empty()) fail("{}", advice);
  fail("{} is neither a dataset, a run, a checkpoint nor a .safetensors file", path.string());
}

void run(const InspectOptions& options) {
  options.output.apply();
  const auto path = shipped_model(options.path).value_or(options.path);
  const Kind& kind = kind_of(path);
  const Json facts = kind.facts(path);
  Json result = result_envelope("inspect");
  result["path"] = options.path;
  result.update(facts);
  options.output.print(result, kind.text(facts));
}

}  // namespace

void add_inspect(CLI::App& app) {
  auto options = std::make_shared<InspectOptions>();
  CLI::App& command = add_command(
      app, "inspect", "Say what a file or folder is, and check it",
      "A dataset: checksums are verified, every game is replayed, and lengths, passes, results, openings and legal\n"
      "moves stand beside those of the uniform player, with standard errors.\n"
      "  skipped          records of an imported source that were left out\n"
      "  unfinished       games that stop while a move is possible\n"
      "  duplicates       games left out of an import, plus games that stand twice in the dataset\n"
      "  illegal          games with a move that the rules forbid\n"
      "  as_generated     the first and last game of every shard are those of the player and the seed\n"
      "  results          from black wins to stuck: they cover finished games alone\n"
      "  disc difference  black − white at the end, on average\n"
      "  wiped out        one side has no disc left\n"
      "  stuck            nobody can move, with empty squares left and discs of both sides\n"
      "  length N         games of N moves\n"
      "  disc t           the t-th move\n"
      "  legal            number of legal moves before that move, on average\n"
      "  pass             share of passes before that move\n"
      "  z                standard errors between the games and the uniform player; blank where too few\n"
      "                   games (or no spread) allow no normal approximation\n"
      "A run, a model or a file of probes: configuration, checkpoints (each loaded, which checks it), results, "
      "shapes.\n"
      "Example: othello-gpt inspect games7\n"
      "         othello-gpt inspect runs/quickstart");
  command
      .add_option("PATH", options->path,
                  "Dataset folder, run folder, checkpoint folder, .safetensors file or pretrained/NAME")
      ->required();
  options->output.add_to(command);
  command.callback([options] { run(*options); });
}

}  // namespace othello
