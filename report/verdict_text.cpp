// A verdict in words: one sentence, and a table for the terminal.
#include <algorithm>
#include <numeric>
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

using Texts = std::vector<std::string>;

std::string table_lines(const Texts& cells, const std::vector<int>& widths) {
  std::vector<std::vector<std::string>> columns(cells.size());
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
  const bool both = !verdict.own.empty();
  // Shares of the width that fit 100 columns best; gaps of two spaces stand between.
  const std::vector<int> shares = both ? std::vector{13, 18, 19, 23, 19} : std::vector{18, 24, 24, 28};
  const int all = std::accumulate(shares.begin(), shares.end(), 0);
  const int gaps = 2 * (static_cast<int>(shares.size()) - 1), room = std::max(60, columns) - gaps;
  std::vector<int> widths;
  for (const int share : shares) widths.push_back(room * share / all);
  std::string text;
  for (const auto& sentence : {verdict.trained_on, verdict.own_trained_on})
    for (const auto& line : wrap(keep_units(sentence), room + gaps)) text += plain_spaces(line) + "\n";
  Texts head{"Question", "Answer", "Figure (95 % interval)", "Control (95 % interval)"};
  if (both) head.emplace_back("Your model");
  text += "\n" + table_lines(head, widths);
  for (std::size_t i = 0; i < verdict.rows.size(); ++i) {
    const auto& row = verdict.rows[i];
    Texts cells{row.question, row.answer, row.figure, row.control};
    if (i < verdict.own.size()) cells.push_back(verdict.own[i].answer + "\n" + verdict.own[i].figure);
    text += rule(room + gaps) + table_lines(cells, widths);
  }
  return text;
}

}  // namespace othello
