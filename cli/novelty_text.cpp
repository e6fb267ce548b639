#include "cli/novelty_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/options.h"
#include "cli/stages.h"

namespace othello {
namespace {

constexpr double kOnePosition = 0.005;  // plies where almost all are seen, or almost none, are not listed

std::string with_interval(const Json& e, int digits, double factor = 100, const char* sign = "") {
  if (e.is_null()) return "–";
  const auto number = [&](const char* key) { return factor * e[key].get<double>(); };
  if (*sign == '+')
    return fmt::format("{:+.{}f} [{:+.{}f}, {:+.{}f}]", number("mean"), digits, number("low"), digits, number("high"),
                       digits);
  return fmt::format("{:.{}f} [{:.{}f}, {:.{}f}]", number("mean"), digits, number("low"), digits, number("high"),
                     digits);
}

std::string mean(const Json& e) { return e.is_null() ? "–" : fmt::format("{:.1f}", 100 * e["mean"].get<double>()); }

std::string heading(const std::string& title) {
  return fmt::format("{:<15} {:>9} {:>6} {:>23} {:>20} {:>5} {:>7} {:>6}\n", title, "positions", "share", "legal top-1",
                     "board read right", "mass", "nearest", "empty");
}

std::string row_text(const std::string& name, const Json& row) {
  return fmt::format("  {:<13} {:>9} {:>6} {:>23} {:>20} {:>5} {:>7} {:>6}\n", name, grouped(row["positions"]),
                     mean(row["share"]), with_interval(row["legal_top1"], 2), with_interval(row["board_accuracy"], 1),
                     mean(row["legal_mass"]), mean(row["nearest_game_legal"]), mean(row["uniform_empty_legal"]));
}

std::string group_rows(const Json& tables) {
  std::string text;
  for (const auto& row : tables["groups"]) {
    std::string name = row["name"];
    std::replace(name.begin(), name.end(), '-', ' ');
    text += row_text(name, row);
  }
  return text;
}

std::string distance_table(const std::string& title, const Json& rows) {
  std::string text = heading(title);
  for (const auto& row : rows) {
    if (row["positions"] == 0) continue;
    const int first = row["first"];
    text += row_text(row["last"].is_null()  ? fmt::format("{}+", first)
                     : row["last"] == first ? std::to_string(first)
                                            : fmt::format("{}–{}", first, row["last"].get<int>()),
                     row);
  }
  return text;
}

/// The plies at which some positions are seen and others new.
std::string ply_table(const Json& rows) {
  std::string text = fmt::format("{:<6}{:>12} {:>10} {:>6}   {:>17} {:>8}   {:>22} {:>8}\n", "ply", "sequence", "board",
                                 "new", "legal top-1: seen", "new", "board read right: seen", "new");
  for (const auto& row : rows) {
    const double fresh = row["shares"]["new"]["mean"];
    if (fresh < kOnePosition || fresh > 1 - kOnePosition) continue;
    text += fmt::format("  {:<4}{:>12} {:>10} {:>6}   {:>17} {:>8}   {:>22} {:>8}\n", row["ply"].get<int>(),
                        mean(row["shares"]["sequence-seen"]), mean(row["shares"]["board-seen"]),
                        mean(row["shares"]["new"]), mean(row["seen"]["legal_top1"]), mean(row["new"]["legal_top1"]),
                        mean(row["seen"]["board_accuracy"]), mean(row["new"]["board_accuracy"]));
  }
  return text;
}

/// {9, 10, 11, 30} → "9–11, 30"
std::string ranges(const std::vector<int>& numbers) {
  std::string text;
  for (std::size_t i = 0, j = 0; i < numbers.size(); i = j) {
    for (j = i + 1; j < numbers.size() && numbers[j] == numbers[j - 1] + 1; ++j) {
    }
    text += fmt::format("{}{}", i == 0 ? "" : ", ", numbers[i]);
    if (j > i + 1) text += fmt::format("–{}", numbers[j - 1]);
  }
  return text;
}

std::string same_ply_text(const std::string& title, const Json& d) {
  if (d["plies"].empty()) return title + "\n  no ply has 30 seen and 30 new positions to compare\n";
  const auto points = [&](const char* measure) { return with_interval(d[measure], 2, 100, "+"); };
  std::string text = fmt::format("{}\n  in plies {}: {} new and {} seen positions\n  legal top-1 {}", title,
                                 ranges(d["plies"].get<std::vector<int>>()), grouped(d["new"]), grouped(d["seen"]),
                                 points("legal_top1"));
  if (!d["board_accuracy"].is_null()) text += fmt::format(", board read right {}", points("board_accuracy"));
  return text + fmt::format("\n  how easy they are: any empty square is legal {}\n", points("uniform_empty_legal"));
}

}  // namespace

std::string novelty_text(const Json& d) {
  const auto& training = d["training"];
  std::string text = model_lines(d);
  text += fmt::format(
      "{} games of {} ({}), {} positions,\nbeside the {} games of training (replayed in {:.1f} s); in %, with 95 % "
      "intervals over games\n",
      grouped(d["data"]["games"]), shortened(d["data"]["player"], 30),
      d["data"]["held_out"].get<bool>() ? "never trained on" : "perhaps trained on", grouped(d["positions"]),
      grouped(training["games"]), training["replay_seconds"].get<double>());
  text += d["site"].is_null() ? std::string("no probe of the board, so nothing is said about it (--probes)\n\n")
                              : fmt::format("board read by the {} probe at {}\n\n", d["probe"].get<std::string>(),
                                            d["site"].get<std::string>());
  text += heading("seen by moves") + group_rows(d);
  text += heading("or their images") + group_rows(d["up_to_symmetry"]);
  text +=
      "  sequence seen: these very moves began a game of training; board seen: its board occurred there by\n"
      "  other moves. What a look-up table would reach: nearest: the next move of the training game that\n"
      "  shares most first moves is legal here; empty: a square drawn from the empty ones is\n\n";
  text += distance_table("moves since", d["by_distance"]);
  text +=
      "  since the game left every game of training. Distance grows with the ply, and late positions are\n"
      "  other positions: do not read a trend off these rows\n";
  if (const auto& window = d["within_plies"]; !window.is_null())
    text += distance_table(fmt::format("in plies {}–{}", window["first"].get<int>(), window["last"].get<int>()),
                           window["by_distance"]);
  text += "\n" + ply_table(d["by_ply"]) + "\n";
  text += same_ply_text("new − seen at equal ply, points", d["same_ply"]);
  return text + same_ply_text("the same where mirror images count as seen", d["up_to_symmetry"]["same_ply"]);
}

}  // namespace othello
