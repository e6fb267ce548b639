#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "cli/commands.h"
#include "cli/options.h"
#include "common/error.h"
#include "common/run_folder.h"
#include "data/dataset.h"

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

constexpr Kind kKinds[] = {
    {is_dataset, inspect_dataset},
};

Json inspect(const std::filesystem::path& path) {
  if (!std::filesystem::exists(path)) fail("{}: no such file or folder", path.string());
  for (const Kind& kind : kKinds)
    if (kind.recognises(path)) return kind.facts(path);
  fail("{} is not a dataset folder (a folder with dataset.json)", path.string());
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
  CLI::App& command = add_command(app, "inspect", "Say what a file or folder is, and check it",
                                  "A dataset: checksums are verified and every game is replayed.\n"
                                  "  skipped     records of an imported source that were left out\n"
                                  "  unfinished  games that stop while a move is possible\n"
                                  "  duplicates  games that are already in the dataset\n"
                                  "  illegal     games with a move that the rules forbid\n"
                                  "  lengths     number of games by number of moves\n"
                                  "Example: othello-gpt inspect games7");
  command.add_option("PATH", options->path, "Dataset folder")->required();
  options->output.add_to(command);
  command.callback([options] { run(*options); });
}

}  // namespace othello
