#include "cli/patch_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "cli/saliency_text.h"
#include "cli/stages.h"
#include "engine/board.h"

namespace othello {
namespace {

constexpr std::size_t kGridColumns = 17;  // positions of five characters beside a label
constexpr std::size_t kBest = 4;
constexpr std::size_t kParts = 10;

/// The move at a position: moves are counted from 1, positions from 0.
std::string move_at(const Json& d, const char* game, std::size_t position) {
  return d[game]["history"].get<std::string>().substr(2 * position, 2);
}

std::string game_lines(const Json& d, const char* name, const char* label) {
  const auto& game = d[name];
  const std::string history = game["history"];
  std::string text;
  constexpr std::size_t kLine = 80;
  for (std::size_t i = 0; i < history.size(); i += kLine)
    text += fmt::format("{:<11}{}\n", i == 0 ? label : "", history.substr(i, kLine));
  return text + fmt::format("{0:<11}{1} to move, logit difference {2:.3f}\n{0:<11}legal here only: {3}\n", "",
                            game["to_move"].get<std::string>(), game["metric"].get<double>(),
                            fmt::join(game["legal_here_only"].get<std::vector<std::string>>(), " "));
}

std::string row_name(const Json& row) {
  std::string name = fmt::format("block {} ", row["layer"].get<int>());
  return name +
         (row.contains("head") ? fmt::format("head {}", row["head"].get<int>()) : row["component"].get<std::string>());
}

/// The residual stream before every block, in percent; the last positions if there are more than fit.
std::string residual_grid(const Json& d) {
  const auto positions = d["positions"].get<std::size_t>();
  auto first = d["first_difference"].get<std::size_t>();
  if (positions - first > kGridColumns) first = positions - kGridColumns;
  std::string text = fmt::format(
      "recovery in % by patching the residual stream before a block (resid_pre), after move\n"
      "{:<10}",
      "");
  for (std::size_t t = first; t < positions; ++t) text += fmt::format("{:>5}", t + 1);
  for (const auto& [game, label] : {std::pair{"clean", "clean"}, {"corrupt", "corrupted"}}) {
    text += fmt::format("\n{:<10}", label);
    for (std::size_t t = first; t < positions; ++t) text += fmt::format("{:>5}", move_at(d, game, t));
  }
  text += "\n";
  for (const auto& row : d["grid"]) {
    if (row["component"] != "resid_pre") continue;
    text += fmt::format("block {:<4}", row["layer"].get<int>());
    for (std::size_t t = first; t < positions; ++t) {
      const double percent = std::round(100 * row["recovery"][t].get<double>());
      text += percent == 0 ? fmt::format("{:>5}", "·") : fmt::format("{:>5.0f}", percent);
    }
    text += "\n";
  }
  return text;
}

struct Cell {
  const Json* row;
  std::size_t position;
  double recovery;
};

/// The strongest places of one component, exact beside approximate.
std::string best_cells(const Json& d, const std::string& component) {
  std::vector<Cell> cells;
  for (const auto& row : d["grid"])
    if (row["component"] == component)
      for (std::size_t t = 0; t < row["recovery"].size(); ++t) cells.push_back({&row, t, row["recovery"][t]});
  std::stable_sort(cells.begin(), cells.end(),
                   [](const Cell& a, const Cell& b) { return std::abs(a.recovery) > std::abs(b.recovery); });
  std::string text;
  for (std::size_t i = 0; i < std::min(kBest, cells.size()); ++i) {
    const auto& [row, position, recovery] = cells[i];
    text += fmt::format("  {:<20} {:>5}  {}  {:>9.1f} {:>9.1f}\n", row_name(*row), position + 1,
                        move_at(d, "clean", position), 100 * recovery,
                        100 * (*row)["approximation"][position].get<double>());
  }
  return text;
}

std::string error_table(const Json& d) {
  std::string text = fmt::format(
      "\nattribution patching (one gradient) against exact patching, recoveries in %\n"
      "  {:<10} {:>6} {:>12} {:>17} {:>19} {:>16}\n",
      "component", "places", "correlation", "mean abs. error", "mean abs. recovery", "same sign");
  for (const auto& row : d["approximation_error"]) {
    const auto number = [&](const char* key) {
      return row[key].is_null() ? std::string("–") : fmt::format("{:.3f}", row[key].get<double>());
    };
    const std::string sign = row["sign_agreement"].is_null()
                                 ? "–"
                                 : fmt::format("{:.0f} % of {}", 100 * row["sign_agreement"].get<double>(),
                                               row["sign_n"].get<std::int64_t>());
    text +=
        fmt::format("  {:<10} {:>6} {:>12} {:>17.2f} {:>19.2f} {:>16}\n", row["component"].get<std::string>(),
                    row["n"].get<std::int64_t>(), number("correlation"), 100 * row["mean_absolute_error"].get<double>(),
                    100 * row["mean_absolute_recovery"].get<double>(), sign);
  }
  return text + "  same sign: among places with a recovery of at least 1 %\n";
}

std::string patching_text(const Json& d) {
  const auto& first = d["grid"][0]["recovery"][0];
  if (first.is_null())
    return "the model does not tell the two games apart (the same logit difference), so recovery is undefined\n";
  std::string text = residual_grid(d);
  text += fmt::format("\nstrongest places, recovery in %\n  {:<20} {:>5}  {:<2}  {:>9} {:>9}\n", "", "after", "",
                      "exact", "gradient");
  for (const char* component : {"attn_out", "mlp_out", "head"}) text += best_cells(d, component);
  return text + error_table(d);
}

std::string direct_text(const Json& d) {
  const auto& direct = d["direct_logit"];
  std::vector<const Json*> parts;
  for (const auto& part : direct["parts"]) parts.push_back(&part);
  std::stable_sort(parts.begin(), parts.end(), [](const Json* a, const Json* b) {
    return std::abs((*a)["logit"].get<double>()) > std::abs((*b)["logit"].get<double>());
  });
  std::string text = fmt::format(
      "\nlogit of {} in the clean game: {:.4f} = sum of {} parts ({:.4f}); the largest:\n  {:<20} {:>9} {:>18}\n",
      direct["move"].get<std::string>(), direct["logit"].get<double>(), parts.size(), direct["sum"].get<double>(), "",
      "logit", "logit difference");
  for (std::size_t i = 0; i < std::min(kParts, parts.size()); ++i) {
    const Json& part = *parts[i];
    std::string name = part.contains("layer") ? fmt::format("block {} ", part["layer"].get<int>()) : "";
    name += part.contains("head") ? fmt::format("head {}", part["head"].get<int>()) : part["part"].get<std::string>();
    text += fmt::format("  {:<20} {:>+9.3f} {:>+18.3f}\n", name, part["logit"].get<double>(),
                        part["difference"].get<double>());
  }
  return text;
}

std::string map_text(const Json& d) {
  if (!d.contains("saliency")) return "";
  const auto& s = d["saliency"];
  const BoardSize board = board_size(d["model"]["board"].get<int>());
  const int first = s["first_layer"], last = s["last_layer"];
  const std::string blocks = first == last ? fmt::format("block {}", first) : fmt::format("blocks {}–{}", first, last);
  return fmt::format(
             "\nlatent saliency of {} ({:.1f} %): points of probability lost when a disc is flipped inside\n"
             "({}, scale {}); mean size {:.1f}, of random directions of the same norm {:.1f}\n",
             s["move"].get<std::string>(), 100 * s["probability"].get<double>(), blocks, s["scale"].get<double>(),
             100 * s["mean_absolute"]["flip"].get<double>(), 100 * s["mean_absolute"]["random"].get<double>()) +
         saliency_map(s["raw"], board);
}

}  // namespace

std::string patch_text(const Json& d) {
  return model_lines(d) + game_lines(d, "clean", "clean") + game_lines(d, "corrupt", "corrupted") + "\n" +
         patching_text(d) + direct_text(d) + map_text(d);
}

}  // namespace othello
