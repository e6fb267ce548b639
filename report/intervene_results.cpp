#include "report/intervene_results.h"

#include <algorithm>

#include "engine/notation.h"

namespace othello {
namespace {

constexpr int kManyCases = 1'000'000'000;
constexpr int kManyLayers = 200;

/// By their name: shares, and others that may be any number.
constexpr const char* kShares[] = {"f1",
                                   "legal_top1",
                                   "mass_gained",
                                   "mass_lost",
                                   "overlap",
                                   "overlap_before",
                                   "rollout_illegal",
                                   "changed_squares_read",
                                   "untouched_squares_read"};
constexpr const char* kNumbers[] = {"kl", "logit_difference"};

std::map<std::string, Estimate> read_scores(const Field& entry) {
  std::map<std::string, Estimate> scores;
  for (const char* name : kShares)
    if (const auto field = entry.find(name)) scores[name] = field->share();
  for (const char* name : kNumbers)
    if (const auto field = entry.find(name)) scores[name] = field->estimate();
  return scores;
}

std::optional<int> read_probe_layer(const Field& entry) {
  const auto layer = entry.find("probe_layer");
  return layer ? std::optional(layer->whole(0, kManyLayers)) : std::nullopt;
}

EditScore read_edit(const Field& entry) {
  EditScore edit{.name = entry["edit"].text(),
                 .first = entry["first_layer"].whole(0, kManyLayers),
                 .last = entry["last_layer"].whole(0, kManyLayers),
                 .scale = entry["scale"].number(),
                 .error = entry["error"].estimate(0, 128),
                 .probe_layer = read_probe_layer(entry),
                 .scores = read_scores(entry)};
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

EditMap read_map(const Field& entry) {
  EditMap map{.name = entry["name"].text(), .cells = {}};
  for (const auto& cell : entry["cells"].list())
    map.cells.push_back({.first = cell["first_layer"].whole(0, kManyLayers),
                         .last = cell["last_layer"].whole(0, kManyLayers),
                         .scale = cell["scale"].number(),
                         .error = cell["error"].number(0, 128)});
  return map;
}

PlyStretch read_stretch(const Field& entry) {
  PlyStretch stretch{.first = entry["first"].whole(0, 60), .last = entry["last"].whole(0, 60), .error = {}, .null = {}};
  if (const auto error = entry.find("error")) stretch.error = error->estimate(0, 128);
  if (const auto null = entry.find("null")) stretch.null = null->estimate(0, 128);
  return stretch;
}

PublishedEdit read_preset(const Field& entry) {
  const auto note = entry.find("note");
  return {.name = entry["name"].text(),
          .paper = entry["paper"].text(),
          .note = note ? note->text() : "",
          .error = entry["published_error"].number(0, 128),
          .null = entry["published_null"].number(0, 128)};
}

/// What the cases are and where they come from.
void read_cases(const Field& root, InterveneResults& results) {
  results.cases = root["cases"].whole(0, kManyCases);
  if (const auto n = root.find("rejected")) results.rejected = n->whole(0, kManyCases);
  if (const auto reasons = root.find("drawn_again"))
    for (const auto& reason : reasons->names())
      results.drawn_again.emplace_back(reason, (*reasons)[reason].whole(0, kManyCases));
  if (const auto site = root.find("site")) results.site = site->text();
  if (const auto set = root.find("case_set")) results.case_set = set->text();
  results.held_out = root.held_out();
  results.balance = read_balance(root);
  if (const auto n = root.find("chosen_on")) results.chosen_on = n->whole(0, kManyCases);
  if (const auto n = root.find("reported_on")) results.reported_on = n->whole(0, kManyCases);
}

}  // namespace

std::vector<EditMap::Cell> EditMap::at(int first, int last) const {
  std::vector<Cell> found;
  for (const auto& cell : cells)
    if (cell.first == first && cell.last == last) found.push_back(cell);
  std::stable_sort(found.begin(), found.end(), [](const Cell& a, const Cell& b) { return a.scale < b.scale; });
  return found;
}

const EditMap* InterveneResults::map(const std::string& name) const {
  const auto found = std::find_if(maps.begin(), maps.end(), [&](const auto& m) { return m.name == name; });
  return found == maps.end() ? nullptr : &*found;
}

const EditScore* InterveneResults::control(const std::string& name) const {
  const auto found = std::find_if(controls.begin(), controls.end(), [&](const auto& c) { return c.name == name; });
  return found == controls.end() ? nullptr : &*found;
}

const Estimate* InterveneResults::difference(const std::string& name) const {
  const auto found =
      std::find_if(differences.begin(), differences.end(), [&](const auto& d) { return d.first == name; });
  return found == differences.end() ? nullptr : &found->second;
}

std::optional<CaseBalance> read_balance(const Field& root) {
  const auto balance = root.find("balance");
  if (!balance) return std::nullopt;
  CaseBalance found{.legal_before = (*balance)["legal_before"].number(0, 64),
                    .legal_after = (*balance)["legal_after"].number(0, 64),
                    .difference = (*balance)["difference"].number(0, 128)};
  bool first = true;
  for (const auto& entry : (*balance)["by_ply"].list()) {
    const int ply = entry["ply"].whole(0, 60);
    found.first_ply = first ? ply : std::min(found.first_ply, ply);
    found.last_ply = std::max(found.last_ply, ply);
    first = false;
  }
  return found;
}

InterveneResults read_intervene(const Json& document) {
  const Field root("results/intervene.json", document);
  InterveneResults results;
  read_cases(root, results);
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
    control.probe_layer = read_probe_layer(entry);
    control.scores = read_scores(entry);
    results.controls.push_back(control);
  }
  const Field differences = root["differences"];
  for (const auto& control : results.controls)
    if (const auto difference = differences.find(control.name))
      results.differences.emplace_back(control.name, difference->estimate(-128, 128));
  if (const auto bound = root.find("null_lower_bound")) results.null_lower_bound = bound->number(0, 128);
  if (const auto share = root.find("rollout_real_board")) results.rollout_real_board = share->share();
  if (const auto maps = root.find("maps"))
    for (const auto& map : maps->list()) results.maps.push_back(read_map(map));
  if (const auto stretches = root.find("by_ply"))
    for (const auto& stretch : stretches->list()) results.by_ply.push_back(read_stretch(stretch));
  for (const auto& rung : root.items("by_flips"))
    results.by_flips.push_back({rung["flips"].text(), rung.measure("error", 0, 128), rung.measure("null", 0, 128),
                                rung.measure("difference", -128, 128)});
  if (const auto preset = root.find("preset")) results.preset = read_preset(*preset);
  if (const auto examples = root.find("examples")) {
    results.board = root["model"]["board"].board();
    for (const auto& example : examples->list()) results.examples.push_back(read_example(example, results.board));
  }
  return results;
}

}  // namespace othello
