#include "cli/weights.h"

#include <fmt/format.h>

#include "common/files.h"
#include "common/log.h"
#include "common/progress.h"
#include "common/run_folder.h"
#include "model/checkpoint.h"
#include "model/runtime.h"
#include "model/weight_files.h"

namespace fs = std::filesystem;

namespace othello {
namespace {

std::string in_words(const LoadedModel& loaded) {
  const auto& config = loaded.model.config();
  return fmt::format("{0}×{0}, {1} layers, d_model {2}, {3} heads, {4} parameters", config.board, config.layers,
                     config.d_model, config.heads, grouped(loaded.model.parameters().count()));
}

}  // namespace

void import_weights_command(const std::string& file, const std::string& out, int heads, const OutputOptions& output) {
  output.apply();
  prepare_runtime();
  const Stopwatch clock;
  const bool to_file = fs::path(out).extension() == ".safetensors";
  if (!to_file) require_new_folder(out);
  const ForeignModel foreign = import_weights(file, heads);
  const auto save = [&](const fs::path& path) { save_model(path, foreign.model, TrainingFacts::unknown()); };
  if (to_file) save(out);
  else write_new_folder(out, [&](const fs::path& folder) { save(folder / kModelFile); });
  for (const auto& note : foreign.notes) log_warning(note);

  const LoadedModel loaded = load_model(out);
  const double seconds = clock.seconds();
  Json result = result_envelope("import");
  result["weights"] = file;
  result["names"] = word_of(foreign.names);
  result["notes"] = foreign.notes;
  result["out"] = out;
  result["model"] = loaded.describe();
  result["seconds"] = seconds;
  output.print(result,
               fmt::format("{} ({} names) in {:.2f} s: {}", in_words(loaded), word_of(foreign.names), seconds, out));
}

const std::vector<std::string>& weight_formats() {
  static const std::vector<std::string> kFormats{word_of(WeightNames::mingpt), word_of(WeightNames::transformer_lens),
                                                 "model"};
  return kFormats;
}

void export_weights_command(const std::string& model, const std::string& format, const std::string& out,
                            const std::string& precision, const OutputOptions& output) {
  output.apply();
  prepare_runtime();
  const Stopwatch clock;
  const LoadedModel loaded = load_model(model);
  const auto type = precision == "bf16" ? at::kBFloat16 : at::kFloat;
  if (format == "model") {
    save_model(out, loaded.model, loaded.facts, type);
  } else {
    const auto names = format == word_of(WeightNames::mingpt) ? WeightNames::mingpt : WeightNames::transformer_lens;
    write_safetensors(out, export_weights(loaded.model, names, type));
  }
  const double seconds = clock.seconds();
  Json result = result_envelope("export");
  result["model"] = loaded.describe();
  result["format"] = format;
  result["precision"] = precision;
  result["out"] = out;
  result["bytes"] = fs::file_size(out);
  result["seconds"] = seconds;
  output.print(result, fmt::format("{} ({}, {}) in {:.2f} s: {}", in_words(loaded), format, precision, seconds, out));
}

}  // namespace othello
