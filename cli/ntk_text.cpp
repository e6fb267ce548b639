#include "cli/ntk_text.h"

#include <fmt/format.h>

#include "cli/options.h"
#include "cli/stages.h"
#include "common/progress.h"

namespace othello {
namespace {

std::string percent(const Json& e) { return e.is_null() ? "–" : fmt::format("{:.1f}", 100 * e["mean"].get<double>()); }

/// "3.2 [2.9, 3.5]", a difference in points.
std::string points(const Json& e) {
  if (e.is_null()) return "–";
  return fmt::format("{:+.1f} [{:+.1f}, {:+.1f}]", 100 * e["mean"].get<double>(), 100 * e["low"].get<double>(),
                     100 * e["high"].get<double>());
}

std::string number(const Json& e) {
  if (e.is_null()) return "–";
  return fmt::format("{:.2f} [{:.2f}, {:.2f}]", e["mean"].get<double>(), e["low"].get<double>(),
                     e["high"].get<double>());
}

std::string plain(const Json& value, const char* unit = "") {
  return value.is_null() ? "–" : fmt::format("{:.3f}{}", value.get<double>(), unit);
}

std::string name_of(const Json& row) {
  std::string name = row["name"];
  if (!row["flips"].is_null()) name += ", turned " + row["flips"].get<std::string>();
  return name;
}

std::string joined(const Json& numbers) {
  std::string text;
  for (const auto& one : numbers) text += (text.empty() ? "" : ", ") + std::to_string(one.get<std::uint64_t>());
  return text;
}

/// "76.2, 75.8": the board, by initialisation.
std::string by_seed(const Json& kernel) {
  std::string text;
  for (const auto& row : kernel["by_seed"]) text += (text.empty() ? "" : ", ") + percent(row["board_accuracy"]);
  return text;
}

std::string kernel_lines(const Json& d) {
  const auto& kernel = d["kernel"];
  std::string how = kernel["method"] == "exact"
                        ? "exact"
                        : fmt::format("projected to {} dimensions", kernel["dimensions"].get<std::int64_t>());
  if (!kernel["sketch_error"].is_null())
    how += fmt::format(" (error of cosines {:.4f} rms)", kernel["sketch_error"]["rms"].get<double>());
  else if (kernel["method"] != "exact") how += " (error not measured)";
  return fmt::format(
      "tangent kernel of {} ({} parameters), {}\n"
      "  initialisations {}; board read right, %: {}\n"
      "{} positions fit, {} of other games report; \"mine\" is the {}'s\n",
      kernel["output"].get<std::string>(), grouped(kernel["parameters"]), how,
      shortened(joined(kernel["init_seeds"]), 40), shortened(by_seed(kernel), 30), grouped(d["positions"]["fit"]),
      grouped(d["positions"]["report"]), d["frame"].get<std::string>());
}

std::string concept_table(const Json& d) {
  std::string text = fmt::format("{:<16}{:>9}{:>7}{:>8}{:>7}{:>10}{:>9}   {}\n", "read right, %", "majority", "input",
                                 "kernel", "after", "untrained", "network", "network − kernel, points");
  for (const auto& row : d["concepts"])
    text += fmt::format(
        "  {:<14}{:>9}{:>7}{:>8}{:>7}{:>10}{:>9}   {}\n", name_of(row), percent(row["majority_accuracy"]),
        percent(row["input_accuracy"]), percent(row["kernel_accuracy"]), percent(row["after_kernel_accuracy"]),
        percent(row["untrained_accuracy"]), percent(row["network_accuracy"]), points(row["network_minus_kernel"]));
  return text + fmt::format(
                    "  input: {}; kernel: at initialisation (mean of seeds); after: after training;\n"
                    "  network: a probe on the same positions at {};\n"
                    "  untrained: at {}\n"
                    "  intervals: other positions to report on; those to fit, initialisation and contrast are given\n",
                    d["sites"]["input"].get<std::string>(), d["sites"]["network"].get<std::string>(),
                    d["sites"]["untrained"].get<std::string>());
}

/// What a theory of fixed features leaves to be explained, step by step.
std::string differences(const Json& d) {
  std::string text = fmt::format("{:<16}{:>24}{:>24}{:>24}\n", "paired, points", "kernel − input", "after − kernel",
                                 "network − after");
  for (const auto& row : d["concepts"])
    text += fmt::format("  {:<14}{:>24}{:>24}{:>24}\n", name_of(row), points(row["kernel_minus_input"]),
                        points(row["after_kernel_minus_kernel"]), points(row["network_minus_after_kernel"]));
  return text;
}

std::string legality(const Json& d) {
  std::string text = fmt::format("{:<20}{:>14}{:>20}\n", "legal moves, %", "best is legal", "balanced accuracy");
  for (const auto& row : d["legality"])
    text += fmt::format("  {:<18}{:>14}{:>20}\n", row["name"].get<std::string>(), percent(row["legal_top1"]),
                        percent(row["balanced_accuracy"]));
  return text;
}

std::string curves(const Json& d) {
  std::string text = fmt::format("{:<16}", "board wrong, %");
  for (const auto& point : d["curves"][0]["points"])
    text += fmt::format("{:>8}", fmt::format("n={}", point["n"].get<std::int64_t>()));
  text += "   a of error ∝ n^−a\n";
  for (const auto& curve : d["curves"]) {
    text += fmt::format("  {:<14}", curve["source"].get<std::string>());
    for (const auto& point : curve["points"]) text += fmt::format("{:>8}", percent(point["error"]));
    text += "   " + number(curve["exponent"]) + "\n";
  }
  return text;
}

std::string failures(const Json& d) {
  const auto& found = d["failures"];
  std::string text = fmt::format(
      "discs that the network reads and the kernel does not: {} %; the reverse: {} %\n"
      "  difference, points: {}\n",
      percent(found["share"]), percent(found["reverse_share"]), points(found["net"]));
  for (const auto& [key, name] :
       {std::pair{"by_flips", "by times turned"}, std::pair{"by_ply", "by ply"},
        std::pair{"by_captured", "by discs captured"}, std::pair{"by_line_length", "by longest line"}}) {
    text += fmt::format("  {:<18}", name);
    for (const auto& row : found[key])
      text += fmt::format("  {}: {}", row["value"].get<std::string>(), percent(row["share"]));
    text += "\n";
  }
  text += "  log-odds among discs that the network reads, per standard deviation, the others fixed:\n";
  for (const auto& row : found["regression"])
    text += fmt::format("    {:<14}{}\n", row["factor"].get<std::string>(), number(row["coefficient"]));
  text += "margin of the true class gained by training the kernel, in standard deviations of each one's\n  margins: " +
          number(d["feature_learning"]["score"]) + "\n ";
  for (const auto& row : d["feature_learning"]["by_flips"])
    text += fmt::format("  turned {}: {}", row["flips"].get<std::string>(),
                        row["score"].is_null() ? "–" : fmt::format("{:.2f}", row["score"]["mean"].get<double>()));
  return text + "\n";
}

std::string spectra(const Json& d) {
  std::string text;
  for (const auto& spectrum : d["spectrum"]) {
    text += fmt::format("spectrum, {}: decay {}, effective rank {:.1f}\n", spectrum["kernel"].get<std::string>(),
                        plain(spectrum["decay"]), spectrum["effective_rank"].get<double>());
    text += fmt::format("  {:<18}{:>10}{:>14}{:>17}{:>16}{:>10}\n",
                        fmt::format("n={}", spectrum["samples"].get<std::int64_t>()), "alignment", "learnability",
                        "predicted error", "measured error", "right, %");
    for (const auto& row : spectrum["concepts"])
      text += fmt::format("  {:<18}{:>10}{:>14}{:>17}{:>16}{:>10}\n", name_of(row), plain(row["alignment"]),
                          plain(row["learnability"]), plain(row["predicted_error"]), plain(row["measured_error"]),
                          percent(row["measured_accuracy"]));
  }
  return text +
         fmt::format("  right: read from all {} positions that fit\n", d["positions"]["fit"].get<std::int64_t>());
}

std::string layers(const Json& d) {
  if (d["layers"].empty()) return "blocks: not measured, for --memory has no room for exact kernels of 64 positions\n";
  std::string text =
      fmt::format("share in the top {} eigenvectors of each block: kernel at init / trained / principal components\n",
                  d["layers"][0]["eigenvectors"].get<std::int64_t>());
  const auto shown = [](const Json& row) { return row["flips"].is_null() && row["name"] != "board"; };
  text += fmt::format("  {:<7}", "block");
  for (const auto& row : d["layers"][0]["concepts"])
    if (shown(row)) text += fmt::format("{:>26}", row["name"].get<std::string>());
  text += "\n";
  for (const auto& layer : d["layers"]) {
    text += fmt::format("  {:<7}", layer["layer"].get<std::int64_t>());
    for (const auto& row : layer["concepts"])
      if (shown(row))
        text += fmt::format("{:>26}", fmt::format("{:.3f} / {:.3f} / {:.3f}", row["init"].get<double>(),
                                                  row["trained"].get<double>(), row["pca"].get<double>()));
    text += "\n";
  }
  return text;
}

std::string training(const Json& d) {
  if (d["training"].is_null()) return "";
  std::string text = fmt::format("{:<16}{:>12}{:>12}{:>11}{:>11}{:>11}{:>10}\n", "over training", "distance",
                                 "velocity", "occupied", "colour", "legal", "board, %");
  for (const auto& row : d["training"]) {
    const auto alignment = [&](const std::string& name) {
      for (const auto& one : row["alignment"])
        if (one["name"] == name) return plain(one["value"]);
      return std::string("–");
    };
    text += fmt::format("  {:<14}{:>12}{:>12}{:>11}{:>11}{:>11}{:>10}\n",
                        fmt::format("step {}", row["step"].get<std::int64_t>()), plain(row["distance_from_init"]),
                        plain(row["velocity"]), alignment("occupied"), alignment("colour"), alignment("legal"),
                        percent(row["board_accuracy"]));
  }
  return text + fmt::format("  distance from step {}; alignment of the kernel with each concept\n",
                            d["training"][0]["distance_from"].get<std::int64_t>());
}

}  // namespace

std::string ntk_text(const Json& d) {
  return model_lines(d) + kernel_lines(d) + concept_table(d) + differences(d) + legality(d) + curves(d) + failures(d) +
         spectra(d) + layers(d) + training(d);
}

std::string ntk_cost_text(const Json& d) {
  const auto gibibytes = [](const Json& bytes) { return bytes.get<double>() / (std::int64_t{1} << 30); };
  std::string text = model_lines(d) + fmt::format("{:<22}{:>12}{:>10}\n", "would take", "time", "GiB");
  for (const auto& part : d["parts"])
    text += fmt::format("  {:<20}{:>12}{:>10.2f}\n", part["name"].get<std::string>(), format_duration(part["seconds"]),
                        gibibytes(part["bytes"]));
  return text + fmt::format("  {:<20}{:>12}{:>10.2f}\n", "all", format_duration(d["seconds"]), gibibytes(d["bytes"]));
}

}  // namespace othello
