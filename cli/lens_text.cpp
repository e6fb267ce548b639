#include "cli/lens_text.h"

#include <fmt/format.h>

#include "cli/options.h"
#include "cli/stages.h"

namespace othello {
namespace {

/// "97.21 %" of an estimate, its mean alone.
std::string share(const Json& estimate) {
  return estimate.is_null() ? "none" : fmt::format("{:.2f} %", 100 * estimate["mean"].get<double>());
}

std::string with_interval(const Json& estimate, std::string (*text)(const Json&)) {
  return estimate.is_null() ? "none" : text(estimate);
}

std::string layer_table(const Json& layers) {
  std::string text = fmt::format(
      "what the model would play after each block (logit lens), and what a linear probe reads there\n"
      "  {:<9} {:<25} {:>9} {:>6}  {:<25} {:>11}\n",
      "after", "legal top-1", "untrained", "KL", "squares read right", "whole board");
  for (const Json& row : layers) {
    const int layer = row["layer"];
    text += fmt::format("  {:<9} {:<25} {:>9} {:>6.3f}  {:<25} {:>11}\n",
                        layer == 0 ? "embedding" : fmt::format("block {}", layer - 1), percent_text(row["legal_top1"]),
                        share(row["untrained"]["legal_top1"]), row["kl"]["mean"].get<double>(),
                        with_interval(row["board_accuracy"], percent_text), share(row["board_exact"]));
  }
  return text;
}

std::string order_table(const Json& order) {
  std::string text = fmt::format(
      "which is settled in an earlier layer? Positions whose final first choice is legal\n"
      "  {:<23} {:<25} {:>8} {:<25} {:>10}\n",
      "", "move first", "same", " board first", "board never");
  for (const Json& row : order["comparisons"]) {
    const std::string name = row["name"];
    text += fmt::format("  {}, {}\n",
                        name.starts_with("move-vs-its-discs") ? "the move played against the discs that make it legal"
                                                              : "any legal move against the whole board",
                        name.ends_with("-once") ? "read right in any layer" : "read right from a layer on");
    for (const char* half : {"first_half", "second_half"}) {
      const Json& d = row[half];
      text += fmt::format("    {:<21} {:<25} {:>8}  {:<25} {:>10}\n",
                          fmt::format("after moves {}–{}", d["plies"][0].get<int>(), d["plies"][1].get<int>()),
                          with_interval(d["move_first"], percent_text), share(d["same"]),
                          with_interval(d["board_first"], percent_text), share(d["board_never"]));
    }
  }
  return text;
}

std::string circuit_lines(const Json& d) {
  const auto& n = d["cosine"]["n"];
  std::string text = fmt::format(
      "from the embedding to 'empty': cosine of what block 0's attention writes for a move with the probe's\n"
      "direction of 'empty' for its square at {}, mean over squares\n  {:<18} {}   {} squares\n",
      d["site"].get<std::string>(), "same square", with_interval(d["cosine"], number_text),
      n.is_null() ? 0 : n.get<std::int64_t>());
  for (const Json& control : d["controls"])
    text +=
        fmt::format("  {:<18} {}\n", control["name"].get<std::string>(), with_interval(control["cosine"], number_text));
  for (const Json& head : d["heads"])
    text += fmt::format("  {:<18} {}\n", fmt::format("head {} alone", head["head"].get<int>()),
                        with_interval(head["cosine"], number_text));
  const auto& means = d["mean_difference"];
  text += fmt::format("  {:<18} {}   other squares {}\n", "mean differences",
                      with_interval(means["cosine"], number_text), with_interval(means["other_squares"], number_text));
  for (const Json& row : d["empty_accuracy"])
    text += fmt::format("  empty or not at {:<24} {:<25} majority {}\n", row["site"].get<std::string>(),
                        percent_text(row["accuracy"]), share(row["majority"]));
  return text;
}

}  // namespace

std::string lens_text(const Json& d) {
  std::string text =
      model_lines(d) + fmt::format("{} games {} trained on, {} positions (95 % intervals by bootstrap)\n",
                                   grouped(d["data"]["games"]),
                                   d["data"]["held_out"].get<bool>() ? "never" : "that it was, or may have been,",
                                   grouped(d["positions"]));
  text += layer_table(d["layers"]);
  if (!d["order"].is_null()) text += order_table(d["order"]);
  if (!d["empty_circuit"].is_null()) text += circuit_lines(d["empty_circuit"]);
  return text;
}

}  // namespace othello
