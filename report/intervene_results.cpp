#include "report/intervene_results.h"

#include <algorithm>

#include "engine/notation.h"

namespace othello {
namespace {

constexpr int kManyCases = 1'000'000'000;
constexpr int kManyLayers = 200;

EditScore read_edit(const Field& entry) {
  EditScore edit{.name = entry["edit"].text(),
                 .first = entry["first_layer"].whole(0, kManyLayers),
                 .last = entry["last_layer"].whole(0, kManyLayers),
                 .scale = entry["scale"].number(),
                 .error = entry["error"].estimate(0, 128)};
  if (edit.last < edit.first) entry["last_layer"].fail_expected("at least first_layer");
  return edit;
}

Square read_square(const Field& field, const BoardSize& board) {
  try {
    return parse_square(field.text(), board);
  } catch (const Error&) {
    field.fail_expected(fmt::format("a square of the {}×{} board", board.side, board.side));
  }
}

void read_discs(const Field& field, const BoardSize& board, EditExample::Side& side) {
  const std::string discs = field.text();
  bool good = discs.size() == 64;
  for (Square s = 0; good && s < 64; ++s) {
    const char c = discs[static_cast<std::size_t>(s)];
    good = c == '-' || ((c == 'X' || c == 'O') && (board.squares & bit(s)));
    if (c == 'X') side.black |= bit(s);
    if (c == 'O') side.white |= bit(s);
  }
  if (!good) field.fail_expected("64 of 'X', 'O' and '-' (a1 … h8) with discs on the board alone");
}

EditExample::Side read_side(const Field& example, const char* when, const BoardSize& board) {
  const auto name = [&](const char* what) { return fmt::format("{}_{}", what, when); };
  EditExample::Side side;
  read_discs(example[name("discs")], board, side);
  for (const auto& square : example[name("legal")].list()) side.legal |= bit(read_square(square, board));
  side.probability = example[name("probabilities")].squares();
  side.error = example[name("error")].number(0, 128);
  return side;
}

EditExample read_example(const Field& example, const BoardSize& board) {
  const std::string to_move = example["to_move"].text();
  if (to_move != "black" && to_move != "white") example["to_move"].fail_expected("\"black\" or \"white\"");
  return {.history = example["history"].text(),
          .square = read_square(example["square"], board),
          .to_move = to_move == "black" ? Color::black : Color::white,
          .before = read_side(example, "before", board),
          .after = read_side(example, "after", board)};
}

}  // namespace

const EditScore* InterveneResults::control(const std::string& name) const {
  const auto found = std::find_if(controls.begin(), controls.end(), [&](const auto& c) { return c.name == name; });
  return found == controls.end() ? nullptr : &*found;
}

const Estimate* InterveneResults::difference(const std::string& name) const {
  const auto found =
      std::find_if(differences.begin(), differences.end(), [&](const auto& d) { return d.first == name; });
  return found == differences.end() ? nullptr : &found->second;
}

InterveneResults read_intervene(const Json& document) {
  const Field root("results/intervene.json", document);
  InterveneResults results;
  results.cases = root["cases"].whole(0, kManyCases);
  if (const auto n = root.find("chosen_on")) results.chosen_on = n->whole(0, kManyCases);
  if (const auto n = root.find("reported_on")) results.reported_on = n->whole(0, kManyCases);
  for (const auto& entry : root["edits"].list()) {
    const auto part = entry.find("part");
    const std::string word = part ? part->text() : "report";
    if (word != "choose" && word != "report") part->fail_expected("\"choose\" or \"report\"");
    const auto chosen = entry.find("chosen");
    if (word == "choose") results.ranges.push_back(read_edit(entry));
    else if (!chosen || chosen->flag()) results.chosen = read_edit(entry);
  }
  for (const auto& entry : root["controls"].list()) {
    EditScore control;
    control.name = entry["name"].text();
    control.error = entry["error"].estimate(0, 128);
    results.controls.push_back(control);
  }
  const Field differences = root["differences"];
  for (const auto& control : results.controls)
    if (const auto difference = differences.find(control.name))
      results.differences.emplace_back(control.name, difference->estimate(-128, 128));
  if (const auto examples = root.find("examples")) {
    results.board = root["model"]["board"].board();
    for (const auto& example : examples->list()) results.examples.push_back(read_example(example, results.board));
  }
  return results;
}

}  // namespace othello
