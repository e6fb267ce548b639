#include "data/export.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <memory>

#include "cli/commands.h"
#include "cli/export_probes.h"
#include "cli/options.h"
#include "cli/weights.h"
#include "common/error.h"
#include "common/progress.h"
#include "common/run_folder.h"

namespace othello {
namespace {

struct ExportOptions {
  std::string dataset;
  std::string model;
  std::string format;
  std::string precision = "fp32";
  std::string out;
  std::int64_t games = 0;
  ExportProbesOptions probes;
  OutputOptions output;
};

/// Throws UsageError if the format is not one of those that `what` can be written in.
void require_format(const std::string& format, const std::vector<std::string>& formats, const std::string& what) {
  if (std::find(formats.begin(), formats.end(), format) == formats.end())
    throw UsageError(fmt::format("{} cannot be written as {}: --format {}", what, format, fmt::join(formats, ", ")));
}

void run(const ExportOptions& options) {
  if (options.model.empty() + options.dataset.empty() + options.probes.probes.empty() != 2)
    throw UsageError("what shall it export? Name a dataset folder, --model MODEL or --probes FILE");
  if (!options.probes.probes.empty()) {
    require_format(options.format, probe_formats(), "probes");
    ExportProbesOptions probes = options.probes;
    probes.format = options.format, probes.out = options.out;
    return export_probes_command(probes, options.output);
  }
  if (!options.model.empty()) {
    require_format(options.format, weight_formats(), "a model");
    return export_weights_command(options.model, options.format, options.out, options.precision, options.output);
  }
  require_format(options.format, export_names(), "games");
  options.output.apply();
  const Stopwatch clock;
  const std::int64_t limit = options.games > 0 ? options.games : std::numeric_limits<std::int64_t>::max();
  const std::int64_t games = export_games(options.dataset, options.format, options.out, limit);
  const double seconds = clock.seconds();
  Json result = result_envelope("export");
  result["data"] = options.dataset;
  result["format"] = options.format;
  result["out"] = options.out;
  result["games"] = games;
  result["seconds"] = seconds;
  options.output.print(result, fmt::format("{} games in {:.2f} s: {}", grouped(games), seconds, options.out));
}

std::vector<std::string> all_formats() {
  auto all = export_names();
  all.insert(all.end(), weight_formats().begin(), weight_formats().end());
  all.insert(all.end(), probe_formats().begin(), probe_formats().end());
  return all;
}

}  // namespace

void add_export(CLI::App& app) {
  auto options = std::make_shared<ExportOptions>();
  CLI::App& command =
      add_command(app, "export", "Write the games of a dataset, a model or probes in a format that other programs read",
                  "Formats of games:\n"
                  "  tokens             .npy, uint8: 1..60 in the order a1, b1, …; then 0\n"
                  "  published-squares  .npy, int16: letter · 8 + digit − 1, so f5 is 44 (here: 37); then −100\n"
                  "  published-tokens   .npy, uint8: 1..60 in the order of those squares; then 0\n"
                  "  transcript         text, one game a line: f5d6c3…\n"
                  "  pgn                text, with names where they are known; * is the result of an unfinished game\n"
                  "Passes are left out. A dataset of 6×6 can be written as tokens and as transcript.\n"
                  "Example: othello-gpt export games7 --format published-squares --out games7.npy\n"
                  "Formats of a model, all .safetensors (scripts/convert_weights makes a .pth of one):\n"
                  "  mingpt           names, shapes and tokens of the original Othello-GPT: tok_emb.weight, …\n"
                  "  transformerlens  those of TransformerLens: embed.W_E, …, with the published tokens; for a\n"
                  "                   HookedTransformerConfig with act_fn=\"gelu\", normalization_type=\"LN\"\n"
                  "  model            this program's own, for instance to round it to bf16\n"
                  "On 6×6, where nothing is published, tokens are ordered by the same rule.\n"
                  "Example: othello-gpt export --model runs/big --format mingpt --out big.safetensors\n"
                  "Formats of probes:\n"
                  "  numpy            a folder: each tensor as .npy, fp32, and probes.json, which says what they are\n"
                  "  published        linear_probe [3, d_model, letter, digit, 3], as main_linear_probe.pth: modes\n"
                  "                   even (black plays next), odd (white), all; classes empty, white, black. Its\n"
                  "                   modes count from the sixth move: even there is after an even number of moves\n"
                  "  published-sides  linear_probe [1, d_model, letter, digit, 3] of all plies, as in Nanda, Lee and\n"
                  "                   Wattenberg 2023: empty, own (of the side that played last: here \"yours\"),\n"
                  "                   other (here \"mine\")\n"
                  "Published probes have no bias; ours stands beside it as linear_probe_bias. After\n"
                  "scripts/convert_weights p.safetensors p.pth it is torch.load(\"p.pth\")[\"linear_probe\"].\n"
                  "Example: othello-gpt export --probes runs/big --format published\n"
                  "         --site blocks.3.hook_resid_post --out probe.safetensors");
  auto* dataset = command.add_option("DATASET", options->dataset, "Dataset folder");
  auto* model = command.add_option("--model", options->model, "Run folder, checkpoint folder or .safetensors file")
                    ->type_name("MODEL")
                    ->excludes(dataset);
  auto* probes = command.add_option("--probes", options->probes.probes, "Run folder, or file of probes")
                     ->type_name("FILE")
                     ->excludes(dataset)
                     ->excludes(model);
  command.add_option("--site", options->probes.site, "Whose probe, in the published formats")
      ->type_name("NAME")
      ->needs(probes);
  command.add_option("--kind", options->probes.kind, "Which kind of it, if there are several: ridge, …")
      ->type_name("KIND")
      ->needs(probes);
  command.add_option("--precision", options->precision, "Numbers of the model")
      ->type_name("fp32|bf16")
      ->check(CLI::IsMember({"fp32", "bf16"}).description(""))
      ->capture_default_str()
      ->needs(model);
  command.add_option("--format", options->format, "One of the formats below")
      ->type_name("NAME")
      ->required()
      ->check(CLI::IsMember(all_formats()).description(""));
  command.add_option("--out", options->out, "File to write; an older one is replaced (numpy: a new folder)")
      ->type_name("FILE")
      ->required();
  command.add_option("--games", options->games, "Only the first N games")
      ->type_name("N")
      ->check(whole_number(1, 1'000'000'000'000))
      ->excludes(model)
      ->excludes(probes);
  options->output.add_to(command);
  command.callback([options] { run(*options); });
}

}  // namespace othello
