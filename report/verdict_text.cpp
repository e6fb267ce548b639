// A verdict in words: one sentence, and a table for the terminal.
#include <algorithm>
#include <array>
#include <sstream>

#include "report/format.h"
#include "report/verdict.h"

namespace othello {
namespace {

/// Lines of at most `width` columns, broken at spaces and at line breaks; longer words stand alone and are cut.
std::vector<std::string> wrap(const std::string& text, int width) {
  std::vector<std::string> lines;
  std::istringstream paragraphs(text);
  for (std::string paragraph; std::getline(paragraphs, paragraph);) {
    std::istringstream words(paragraph);
    lines.emplace_back();
    for (std::string word; words >> word;) {
      std::string& line = lines.back();
      if (line.empty()) line = word;
      else if (text_columns(line) + 1 + text_columns(word) <= width) line += " " + word;
      else lines.push_back(word);
    }
  }
  return lines;
}

using Texts = std::array<std::string, 4>;

std::string table_lines(const Texts& cells, const std::array<int, 4>& widths) {
  std::array<std::vector<std::string>, 4> columns;
  std::size_t height = 0;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    columns[i] = wrap(keep_units(cells[i]), widths[i]);
    height = std::max(height, columns[i].size());
  }
  std::string text;
  for (std::size_t y = 0; y < height; ++y) {
    std::string line;
    int column = 0;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      line.append(static_cast<std::size_t>(std::max(0, column - text_columns(line))), ' ');
      if (y < columns[i].size()) line += columns[i][y];
      column += widths[i] + 2;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return plain_spaces(text);
}

std::string rule(int columns) { return std::string(static_cast<std::size_t>(std::max(1, columns)), '-') + "\n"; }

}  // namespace

std::string verdict_sentence(const Verdict& verdict) {
  const auto level = [&](std::size_t i) { return i < verdict.rows.size() ? verdict.rows[i].level : Answer::unknown; };
  std::string text;
  switch (level(0)) {
    case Answer::yes: text = "The network carries the board"; break;
    case Answer::unknown: return "Whether the network carries the board is not measured yet";
    default: text = "The network does not clearly carry the board";
  }
  if (level(0) == Answer::yes && level(1) == Answer::no) {
    text = "A board can be read from the network, but no better than from the moves alone";
  } else if (level(0) == Answer::yes) {
    switch (level(1)) {
      case Answer::yes: text += ", well beyond what the moves alone give"; break;
      case Answer::partly: text += ", but only a little beyond what the moves alone give"; break;
      default: break;
    }
  }
  switch (level(2)) {
    case Answer::yes: return text + "; editing it changes the moves";
    case Answer::partly: return text + "; editing it changes the moves only a little";
    case Answer::no: return text + "; editing it does not change the moves as it should";
    case Answer::unknown: break;
  }
  return text + "; whether it is used is not measured yet";
}

std::string verdict_table(const Verdict& verdict, int columns) {
  // Shares of the width that fit 100 columns best; three gaps of two spaces stand between.
  const int room = std::max(60, columns) - 6;
  std::array<int, 4> widths{room * 18 / 94, room * 24 / 94, room * 24 / 94, 0};
  widths[3] = room - widths[0] - widths[1] - widths[2];
  std::string text;
  for (const auto& line : wrap(keep_units(verdict.trained_on), room + 6)) text += plain_spaces(line) + "\n";
  text += "\n" + table_lines({"Question", "Answer", "Figure (95 % interval)", "Control (95 % interval)"}, widths);
  for (const auto& row : verdict.rows)
    text += rule(room + 6) + table_lines({row.question, row.answer, row.figure, row.control}, widths);
  return text;
}

}  // namespace othello
