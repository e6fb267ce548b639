#include "report/patch_results.h"

#include <algorithm>

#include "engine/notation.h"

namespace othello {
namespace {

constexpr int kManyLayers = 200;
constexpr int kManyPlaces = 1'000'000'000;

std::optional<double> optional_number(const Field& parent, const char* name, double low, double high) {
  const auto field = parent.find(name);
  return field ? std::optional(field->number(low, high)) : std::nullopt;
}

PatchedGame read_game(const Field& entry, const BoardSize& board) {
  PatchedGame game{.moves = {}, .legal_here_only = {}, .metric = entry["metric"].number()};
  try {
    game.moves = parse_game(entry["history"].text(), board);
  } catch (const Error&) {
    entry["history"].fail_expected(fmt::format("a game on the {}×{} board", board.side, board.side));
  }
  for (const auto& square : entry["legal_here_only"].list()) game.legal_here_only.push_back(square.text());
  return game;
}

PatchedComponent read_component(const Field& entry, int positions) {
  PatchedComponent row{.component = entry["component"].text(),
                       .layer = entry["layer"].whole(0, kManyLayers),
                       .head = {},
                       .recovery = {}};
  if (const auto head = entry.find("head")) row.head = head->whole(0, kManyLayers);
  for (const auto& value : entry["recovery"].list())
    row.recovery.push_back(value.is_null() ? std::nullopt : std::optional(value.number()));
  if (row.recovery.size() != static_cast<std::size_t>(positions))
    entry["recovery"].fail_expected(fmt::format("an array of {} numbers or nulls", positions));
  return row;
}

GradientError read_error(const Field& entry) {
  return {.component = entry["component"].text(),
          .places = entry["n"].whole(0, kManyPlaces),
          .sign_places = entry["sign_n"].whole(0, kManyPlaces),
          .correlation = optional_number(entry, "correlation", -1.001, 1.001),
          .sign_agreement = optional_number(entry, "sign_agreement", 0, 1),
          .error = entry["mean_absolute_error"].number(0),
          .recovery = entry["mean_absolute_recovery"].number(0)};
}

AttributedPart read_part(const Field& entry) {
  std::string name = entry["part"].text();
  std::replace(name.begin(), name.end(), '_', ' ');
  if (const auto head = entry.find("head")) name = fmt::format("head {}", head->whole(0, kManyLayers));
  if (const auto layer = entry.find("layer")) name = fmt::format("block {}, {}", layer->whole(0, kManyLayers), name);
  return {.name = name, .logit = entry["logit"].number(), .difference = entry["difference"].number()};
}

SquareValues read_differences(const Field& field) {
  const auto items = field.list();
  SquareValues values;
  if (items.size() != values.size()) field.fail_expected("an array of 64 numbers or nulls (a1 … h8)");
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!items[i].is_null()) values[i] = items[i].number(-1, 1);
  return values;
}

SaliencyMap read_saliency(const Field& entry) {
  return {.move = entry["move"].text(),
          .probability = entry["probability"].number(0, 1),
          .first = entry["first_layer"].whole(0, kManyLayers),
          .last = entry["last_layer"].whole(0, kManyLayers),
          .scale = entry["scale"].number(),
          .raw = read_differences(entry["raw"]),
          .random = read_differences(entry["random"])};
}

}  // namespace

PatchResults read_patch(const Json& document) {
  const Field root("results/patch.json", document);
  PatchResults results;
  results.board = root["model"]["board"].board();
  results.clean = read_game(root["clean"], results.board);
  results.corrupt = read_game(root["corrupt"], results.board);
  results.positions = results.clean.moves.length;
  if (results.positions == 0 || results.corrupt.moves.length != results.positions)
    root["corrupt"]["history"].fail_expected(fmt::format("a game of {} moves, at least one", results.positions));
  results.first_difference = root["first_difference"].whole(0, results.positions - 1);
  for (const auto& entry : root["grid"].list()) results.grid.push_back(read_component(entry, results.positions));
  for (const auto& entry : root["approximation_error"].list()) results.errors.push_back(read_error(entry));
  const Field direct = root["direct_logit"];
  results.move = direct["move"].text();
  results.logit = direct["logit"].number();
  results.logit_sum = direct["sum"].number();
  for (const auto& entry : direct["parts"].list()) results.parts.push_back(read_part(entry));
  if (const auto saliency = root.find("saliency")) results.saliency = read_saliency(*saliency);
  return results;
}

}  // namespace othello
