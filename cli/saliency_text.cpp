#include "cli/saliency_text.h"

#include <fmt/format.h>

#include <sstream>
#include <vector>

#include "cli/options.h"
#include "cli/stages.h"
#include "data/labels.h"
#include "engine/notation.h"

namespace othello {
namespace {

std::string points_text(const Json& e) {
  if (e.is_null()) return "–";
  return fmt::format("{:+.2f} [{:+.2f}, {:+.2f}]", 100 * e["mean"].get<double>(), 100 * e["low"].get<double>(),
                     100 * e["high"].get<double>());
}

std::string or_none(const Json& e, std::string (*text)(const Json&)) { return e.is_null() ? "–" : text(e); }

std::string blocks_text(const Json& layers) {
  const int first = layers[0], last = layers[1];
  return first == last ? fmt::format("block {}", first) : fmt::format("blocks {}–{}", first, last);
}

std::string row_text(const std::string& name, const std::string& a, const std::string& b, const std::string& c) {
  return fmt::format("  {:<28} {:<22} {:<22} {}\n", name, a, b, c);
}

std::string class_rows(const Json& rows) {
  std::string text;
  for (const auto& row : rows) {
    const std::string name = row["name"];
    const auto* what = name == "turned" ? "turned by the move" : name == "anchor" ? "close its lines" : "other";
    text += row_text(fmt::format("{:<18} {:>8}", what, grouped(row["discs"].get<std::int64_t>())),
                     points_text(row["saliency"]), points_text(row["random"]), points_text(row["untrained"]));
  }
  return text;
}

std::string auroc_rows(const Json& found) {
  const auto row = [&](const std::string& name, const std::string& label) {
    return row_text(label, or_none(found[name], number_text), or_none(found[name + "_random"], number_text),
                    or_none(found[name + "_untrained"], number_text));
  };
  return row("relevant", "turned or closing, to others") + row("in_line", "… to others in line") +
         row("decisive", "decisive, to all others") + row("decisive_within", "… to the turned or closing");
}

Bits squares_of(const Json& names, const BoardSize& board) {
  Bits squares = 0;
  for (const auto& name : names) squares |= bit(parse_square(name.get<std::string>(), board));
  return squares;
}

/// The board and its map side by side.
std::string example_text(const Json& e, const BoardSize& board) {
  const auto game = parse_game(e["game"].get<std::string>(), board);
  const auto position = replay(board, game.moves()).back().after;
  const auto move = parse_square(e["move"].get<std::string>(), board);
  std::istringstream left(draw_board(position, board, bit(move)));
  std::istringstream right(
      saliency_map(e["raw"], board, squares_of(e["turned"], board) | squares_of(e["anchors"], board)));
  std::string text = fmt::format(
      "\nfirst example: {} for {} ({:.1f} %) after {} moves; *: turned by it or closing its lines\n",
      e["move"].get<std::string>(), e["to_move"].get<std::string>(), 100 * e["probability"].get<double>(), game.length);
  for (std::string a, b; std::getline(right, b);) {
    a.clear();
    std::getline(left, a);
    text += fmt::format("  {:<20} {}\n", a, b);
  }
  return text;
}

}  // namespace

std::string saliency_map(const Json& values, const BoardSize& board, Bits marks) {
  const int margin = (8 - board.side) / 2;
  const auto mark = [&](Square s) { return marks == 0 ? "" : (marks & bit(s)) != 0 ? "*" : " "; };
  std::string text = "  ";
  for (int file = margin; file < 8 - margin; ++file)
    text += fmt::format("{:>7}{}", static_cast<char>('a' + file), marks == 0 ? "" : " ");
  text += "\n";
  for (int rank = margin; rank < 8 - margin; ++rank) {
    text += fmt::format("{:>2}", rank + 1);
    for (int file = margin; file < 8 - margin; ++file) {
      const auto& value = values[static_cast<std::size_t>(8 * rank + file)];
      text += value.is_null() ? fmt::format("{:>7}", ".") : fmt::format("{:>+7.1f}", 100 * value.get<double>());
      text += mark(8 * rank + file);
    }
    text += "\n";
  }
  return text;
}

std::string saliency_text(const Json& d) {
  const auto& settings = d["settings"];
  const auto& top = d["most_salient"];
  std::string text = model_lines(d);
  text += fmt::format(
      "the most probable legal move ({:.1f} % on average) of {} positions, one of each game: what it\n"
      "loses when a disc is flipped inside ({}, scale {}), in points; means with 95 % intervals\n\n",
      100 * d["probability"]["mean"].get<double>(), grouped(d["data"]["positions"].get<std::int64_t>()),
      blocks_text(settings["layers"]), settings["scale"].get<double>());
  text += row_text(fmt::format("{:<18} {:>8}", "discs", "number"), "flipped", "random direction", "untrained model");
  text += class_rows(d["classes"]);
  text += "\nAUROC of saliency within a position (0.5: chance)\n" + auroc_rows(d["auroc"]);
  text += row_text("first row less the control", "", or_none(d["differences"]["random"], number_text),
                   or_none(d["differences"]["untrained"], number_text));
  text += "  decisive: turned over, it alone makes the move illegal\n";
  text += fmt::format("\nmost salient disc is one that is turned or closes a line (by chance {:.1f} %)\n",
                      100 * top["chance"]["mean"].get<double>());
  text += row_text("share of positions", percent_text(top["relevant"]), percent_text(top["random"]),
                   or_none(top["untrained"], percent_text));
  if (!d["examples"].empty()) text += example_text(d["examples"][0], board_size(d["model"]["board"].get<int>()));
  return text;
}

}  // namespace othello
