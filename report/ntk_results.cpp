#include "report/ntk_results.h"

#include <algorithm>

#include "report/format.h"

namespace othello {
std::string concept_title(const std::string& name, const std::string& flips) {
  return flips.empty() ? name : name + ", " + flips + (flips == "1" ? " flip" : " flips");
}

namespace {

constexpr double kMany = 1e12;

std::optional<double> number_or_nothing(const Field& parent, std::string_view name, double low, double high) {
  const auto found = parent.find(name);
  return found ? std::optional(found->number(low, high)) : std::nullopt;
}

ConceptReading read_concept(const Field& entry) {
  const auto share = [&](const char* name) { return entry.measure(name, 0, 1); };
  const auto difference = [&](const char* name) { return entry.measure(name, -1, 1); };
  return {.name = entry["name"].text(),
          .flips = entry.text_of("flips"),
          .majority = share("majority_accuracy"),
          .input = share("input_accuracy"),
          .kernel = share("kernel_accuracy"),
          .after_kernel = share("after_kernel_accuracy"),
          .untrained = share("untrained_accuracy"),
          .network = share("network_accuracy"),
          .kernel_minus_input = difference("kernel_minus_input"),
          .network_minus_input = difference("network_minus_input"),
          .after_minus_kernel = difference("after_kernel_minus_kernel"),
          .network_minus_kernel = difference("network_minus_kernel"),
          .network_minus_after_kernel = difference("network_minus_after_kernel")};
}

ErrorCurve read_curve(const Field& entry) {
  ErrorCurve curve{.source = entry["source"].text(),
                   .concept_name = entry["concept"].text(),
                   .points = {},
                   .exponent = entry.measure("exponent", -100, 100)};
  for (const auto& point : entry["points"].list())
    if (const auto error = point.measure("error", 0, 1)) curve.points.emplace_back(point["n"].number(1, kMany), *error);
  return curve;
}

KernelFailures read_failures(const Field& entry) {
  KernelFailures failures{.share = entry.measure("share", 0, 1),
                          .reverse_share = entry.measure("reverse_share", 0, 1),
                          .net = entry.measure("net", -1, 1),
                          .by = {},
                          .coefficients = {}};
  for (const auto& [name, title] : {std::pair{"by_flips", "flips"},
                                    {"by_ply", "ply"},
                                    {"by_captured", "discs captured by the last move"},
                                    {"by_line_length", "longest line captured"}}) {
    std::vector<NamedEstimate> rows;
    for (const auto& row : entry.items(name)) rows.push_back({row["value"].text(), row.measure("share", 0, 1)});
    if (!rows.empty()) failures.by.emplace_back(title, std::move(rows));
  }
  for (const auto& row : entry.items("regression"))
    failures.coefficients.push_back({row["factor"].text(), row.measure("coefficient", -1e6, 1e6)});
  return failures;
}

KernelSpectrum read_spectrum(const Field& entry) {
  KernelSpectrum spectrum{.kernel = entry["kernel"].text(),
                          .eigenvalues = {},
                          .decay = number_or_nothing(entry, "decay", -1e3, 1e3),
                          .effective_rank = number_or_nothing(entry, "effective_rank", 0, kMany),
                          .samples = number_or_nothing(entry, "samples", 1, kMany),
                          .concepts = {}};
  for (const auto& pair : entry.items("eigenvalues"))
    spectrum.eigenvalues.emplace_back(pair["rank"].number(1, kMany), pair["value"].number());
  for (const auto& row : entry.items("concepts")) {
    SpectrumConcept c{.name = concept_title(row["name"].text(), row.text_of("flips")),
                      .alignment = row.measure("alignment", -1e6, 1e6),
                      .learnability = row.measure("learnability", 0, 1.001),
                      .predicted_error = row.measure("predicted_error", 0, 1e6),
                      .measured_error = row.measure("measured_error", 0, 1e6),
                      .measured_accuracy = row.measure("measured_accuracy", 0, 1),
                      .power = {}};
    for (const auto& point : row.items("power"))
      c.power.emplace_back(point["rank"].number(1, kMany), point["cumulative"].number(-0.001, 1.001));
    spectrum.concepts.push_back(std::move(c));
  }
  return spectrum;
}

KernelMoment read_moment(const Field& entry) {
  KernelMoment moment{.games = entry["games"].number(0),
                      .step = number_or_nothing(entry, "step", 0, kMany),
                      .distance = entry.measure("distance_from_init", -1e6, 1e6),
                      .velocity = entry.measure("velocity", -1e9, 1e9),
                      .board_accuracy = entry.measure("board_accuracy", 0, 1),
                      .alignment = {}};
  for (const auto& row : entry.items("alignment"))
    if (const auto value = row.measure("value", -1e6, 1e6)) moment.alignment.emplace_back(row["name"].text(), *value);
  return moment;
}

/// "exact; of the output 'contrast'; mean over 2 initialisations; 1.2 M parameters"
std::string kernel_words(const Field& kernel) {
  std::vector<std::string> parts;
  if (const auto method = kernel.find("method")) {
    std::string text = method->text();
    if (const auto k = kernel.find("dimensions")) text += " of " + format_count(k->number(1, kMany)) + " dimensions";
    if (const auto error = kernel.find("sketch_error"))
      if (const auto cosine = error->measure("mean_cosine_error", 0, 10))
        text += fmt::format(" (mean error of a cosine {:.3f})", cosine->mean);
    parts.push_back(text);
  }
  if (const auto output = kernel.find("output")) parts.push_back("of the output '" + output->text() + "'");
  if (const auto seeds = kernel.find("init_seeds")) {
    const auto count = seeds->list().size();
    parts.push_back(fmt::format("mean over {} initialisation{}", count, count == 1 ? "" : "s"));
  }
  if (const auto parameters = kernel.find("parameters"))
    parts.push_back(format_short(parameters->number(1, kMany)) + " parameters");
  std::string text;
  for (const auto& part : parts) text += (text.empty() ? "" : "; ") + part;
  return text;
}

}  // namespace

const ConceptReading* NtkResults::reading(const std::string& name, const std::string& flips) const {
  const auto found =
      std::find_if(concepts.begin(), concepts.end(), [&](const auto& c) { return c.name == name && c.flips == flips; });
  return found == concepts.end() ? nullptr : &*found;
}

NtkResults read_ntk(const Json& document) {
  const Field root("results/ntk.json", document);
  NtkResults results;
  results.held_out = root.held_out();
  if (const auto kernel = root.find("kernel")) results.kernel = kernel_words(*kernel);
  if (const auto positions = root.find("positions")) {
    results.fit = number_or_nothing(*positions, "fit", 1, kMany);
    results.report = number_or_nothing(*positions, "report", 1, kMany);
  }
  if (const auto sites = root.find("sites")) results.input_site = sites->text_of("input");
  for (const auto& entry : root.items("concepts")) results.concepts.push_back(read_concept(entry));
  for (const auto& entry : root.items("legality"))
    results.legality.push_back(
        {entry["name"].text(), entry.measure("legal_top1", 0, 1), entry.measure("balanced_accuracy", 0, 1)});
  for (const auto& entry : root.items("curves")) results.curves.push_back(read_curve(entry));
  if (const auto failures = root.find("failures")) results.failures = read_failures(*failures);
  if (const auto features = root.find("feature_learning")) {
    results.feature_score = features->measure("score", -1e6, 1e6);
    for (const auto& row : features->items("by_flips"))
      results.feature_by_flips.push_back({row["flips"].text(), row.measure("score", -1e6, 1e6)});
  }
  for (const auto& entry : root.items("spectrum")) results.spectrum.push_back(read_spectrum(entry));
  for (const auto& entry : root.items("layers"))
    for (const auto& row : entry.items("concepts"))
      results.layers.push_back({.layer = entry["layer"].whole(0, 1000),
                                .name = concept_title(row["name"].text(), row.text_of("flips")),
                                .init = row.measure("init", -0.001, 1.001),
                                .trained = row.measure("trained", -0.001, 1.001),
                                .pca = row.measure("pca", -0.001, 1.001)});
  for (const auto& entry : root.items("training")) results.training.push_back(read_moment(entry));
  return results;
}

}  // namespace othello
