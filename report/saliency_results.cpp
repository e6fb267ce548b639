#include "report/saliency_results.h"

#include "engine/notation.h"

namespace othello {
namespace {

constexpr int kManyLayers = 200;
constexpr int kManyDiscs = 1'000'000'000;

/// The members NAME, NAME_random and NAME_untrained.
ControlledFigure read_figure(const Field& entry, const std::string& name, double low, double high) {
  return {.flipped = entry.measure(name, low, high),
          .random = entry.measure(name + "_random", low, high),
          .untrained = entry.measure(name + "_untrained", low, high)};
}

DiscClass read_class(const Field& entry) {
  return {.name = entry["name"].text(),
          .discs = entry["discs"].whole(0, kManyDiscs),
          .lost = {.flipped = entry.measure("saliency", -1, 1),
                   .random = entry.measure("random", -1, 1),
                   .untrained = entry.measure("untrained", -1, 1)}};
}

SaliencyExample read_example(const Field& entry, const BoardSize& board) {
  SaliencyExample e;
  try {
    e.plies = parse_game(entry["game"].text(), board).length;
  } catch (const Error&) {
    entry["game"].fail_expected(fmt::format("a game on the {0}×{0} board", board.side));
  }
  e.move = entry["move"].text();
  try {
    e.square = parse_square(e.move, board);
  } catch (const Error&) {
    entry["move"].fail_expected("a square");
  }
  e.probability = entry["probability"].number(0, 1);
  const auto discs = entry["board"].text();
  const auto raw = entry["raw"].list();
  if (discs.size() != 64) entry["board"].fail_expected("64 characters (a1 … h8)");
  if (raw.size() != 64) entry["raw"].fail_expected("an array of 64 numbers or nulls (a1 … h8)");
  for (Square s = 0; s < 64; ++s) {
    const auto i = static_cast<std::size_t>(s);
    if (discs[i] == 'X') e.black |= bit(s);
    if (discs[i] == 'O') e.white |= bit(s);
    if (!raw[i].is_null()) e.lost[i] = raw[i].number(-1, 1);
  }
  return e;
}

}  // namespace

SaliencyResults read_saliency_study(const Json& document) {
  const Field root("results/saliency.json", document);
  SaliencyResults results;
  results.board = root["model"]["board"].board();
  results.positions = root["data"]["positions"].whole(1, kManyDiscs);
  results.held_out = root.held_out();
  const auto settings = root["settings"];
  const auto layers = settings["layers"].list();
  if (layers.size() != 2) settings["layers"].fail_expected("two blocks");
  results.first = layers[0].whole(0, kManyLayers), results.last = layers[1].whole(0, kManyLayers);
  results.scale = settings["scale"].number();
  for (const auto& entry : root["classes"].list()) results.classes.push_back(read_class(entry));
  const auto auroc = root["auroc"];
  results.relevant = read_figure(auroc, "relevant", 0, 1);
  results.in_line = read_figure(auroc, "in_line", 0, 1);
  results.decisive = read_figure(auroc, "decisive", 0, 1);
  results.decisive_within = read_figure(auroc, "decisive_within", 0, 1);
  results.over_random = root["differences"].measure("random", -1, 1);
  results.over_untrained = root["differences"].measure("untrained", -1, 1);
  const auto top = root["most_salient"];
  results.most_salient = {.flipped = top.measure("relevant", 0, 1),
                          .random = top.measure("random", 0, 1),
                          .untrained = top.measure("untrained", 0, 1)};
  results.chance = top.measure("chance", 0, 1);
  for (const auto& entry : root.items("examples")) results.examples.push_back(read_example(entry, results.board));
  return results;
}

}  // namespace othello
