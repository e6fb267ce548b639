#include "probes/layer_order.h"

#include <algorithm>

#include "common/statistics.h"

namespace othello {
namespace {

constexpr const char* kNames[] = {"move-vs-its-discs", "move-vs-whole-board", "move-vs-its-discs-once",
                                  "move-vs-whole-board-once"};
constexpr const char* kShares[] = {"move_first", "same", "board_first", "board_never"};  // columns 1, 2, …

constexpr const char* kDefinition =
    "Layer 0 is before block 0, layer l + 1 after block l. By position, of those whose final first choice is a legal "
    "move: the first layer from which on, there and at all later ones, a condition holds; never counts as after the "
    "last. move-vs-its-discs: the lens' most probable token is the one that the model ends with, against all discs "
    "that make this move legal (those it turns and the mover's that close each line) and its empty square being read "
    "right. move-vs-whole-board: the lens' most probable token is a legal move, against every square being read right. "
    "…-once: the first layer at all where these squares are read right, though later ones may lose them.";

template <class Holds>
int onset(std::span<const LayerView> views, const Holds& holds) {
  std::size_t first = views.size();
  while (first > 0 && holds(views[first - 1])) --first;
  return static_cast<int>(first);
}

template <class Holds>
int first_layer(std::span<const LayerView> views, const Holds& holds) {
  return static_cast<int>(std::find_if(views.begin(), views.end(), holds) - views.begin());
}

}  // namespace

Bits squares_of_move(const Position& position, Square square) {
  Bits all = bit(square);
  for (const auto& [file_step, rank_step] :
       {std::pair{1, 0}, {1, 1}, {0, 1}, {-1, 1}, {-1, 0}, {-1, -1}, {0, -1}, {1, -1}}) {
    Bits line = 0;
    int file = square % 8 + file_step, rank = square / 8 + rank_step;
    const auto on = [&](Bits discs) {
      return file >= 0 && file < 8 && rank >= 0 && rank < 8 && (discs & bit(file + 8 * rank)) != 0;
    };
    for (; on(position.opponent); file += file_step, rank += rank_step) line |= bit(file + 8 * rank);
    if (line != 0 && on(position.mover)) all |= line | bit(file + 8 * rank);
  }
  return all;
}

Onsets onsets(std::span<const LayerView> views, const PlyFacts& facts, const Vocabulary& vocabulary) {
  const Token move = views.back().top;
  const Bits discs = squares_of_move(facts.after, vocabulary.square(move)), board = vocabulary.board().squares;
  Onsets found;
  found.legal = onset(views, [&](const LayerView& view) {
    return view.top != kPadding && (facts.legal & bit(vocabulary.square(view.top))) != 0;
  });
  found.chosen = onset(views, [&](const LayerView& view) { return view.top == move; });
  const auto discs_right = [&](const LayerView& view) { return (discs & ~view.right) == 0; };
  const auto board_right = [&](const LayerView& view) { return (board & ~view.right) == 0; };
  found.discs = onset(views, discs_right);
  found.board = onset(views, board_right);
  found.discs_once = first_layer(views, discs_right);
  found.board_once = first_layer(views, board_right);
  return found;
}

OrderTally::OrderTally(const Vocabulary& vocabulary, std::int64_t games)
    : half_(vocabulary.max_moves() / 2),
      plies_(static_cast<std::size_t>(vocabulary.context())),
      by_game_(static_cast<std::size_t>(games)) {}

void OrderTally::add(std::int64_t game, int ply, const Onsets& o, int layers) {
  const std::pair<int, int> compared[kComparisons] = {
      {o.chosen, o.discs}, {o.legal, o.board}, {o.chosen, o.discs_once}, {o.legal, o.board_once}};
  for (std::size_t i = 0; i < kComparisons; ++i) {
    const auto [move, board] = compared[i];
    const std::size_t order = move < board ? 1 : move == board ? 2 : 3;
    for (Counts* counts : {&plies_[static_cast<std::size_t>(ply - 1)][i],
                           &by_game_[static_cast<std::size_t>(game)][i * kHalves + (ply > half_ ? 1 : 0)]}) {
      (*counts)[0] += 1;
      (*counts)[order] += 1;
      (*counts)[4] += board == layers ? 1 : 0;
    }
  }
}

void OrderTally::append(const OrderTally& next) {
  by_game_.insert(by_game_.end(), next.by_game_.begin(), next.by_game_.end());
  for (std::size_t t = 0; t < plies_.size(); ++t)
    for (std::size_t i = 0; i < kComparisons; ++i)
      for (std::size_t k = 0; k < kColumns; ++k) plies_[t][i][k] += next.plies_[t][i][k];
}

Json OrderTally::to_json() const {
  std::vector<double> sums;  // [games, comparisons · halves · columns]
  for (const auto& game : by_game_)
    for (const Counts& counts : game) sums.insert(sums.end(), counts.begin(), counts.end());
  const Bootstrap bootstrap(sums, kComparisons * kHalves * kColumns);
  Json comparisons = Json::array();
  for (std::size_t i = 0; i < kComparisons; ++i) {
    Json row{{"name", kNames[i]}, {"by_ply", Json::array()}};
    for (std::size_t t = 0; t < plies_.size(); ++t) {
      const Counts& counts = plies_[t][i];
      if (counts[0] == 0) continue;
      Json ply{{"ply", t + 1}, {"positions", static_cast<std::int64_t>(counts[0])}};
      for (std::size_t k = 1; k < kColumns; ++k) ply[kShares[k - 1]] = counts[k] / counts[0];
      row["by_ply"].push_back(std::move(ply));
    }
    for (std::size_t h = 0; h < kHalves; ++h) {
      const auto first = (i * kHalves + h) * kColumns;
      double positions = 0;
      for (const auto& game : by_game_) positions += game[i * kHalves + h][0];
      Json half{{"plies", h == 0 ? std::array{1, half_} : std::array{half_ + 1, static_cast<int>(plies_.size())}},
                {"positions", static_cast<std::int64_t>(positions)}};
      for (std::size_t k = 1; k < kColumns; ++k)
        half[kShares[k - 1]] = othello::to_json(
            bootstrap.of([&](std::span<const double> total) { return total[first + k] / total[first]; }));
      row[h == 0 ? "first_half" : "second_half"] = std::move(half);
    }
    comparisons.push_back(std::move(row));
  }
  return {{"definition", kDefinition}, {"comparisons", std::move(comparisons)}};
}

}  // namespace othello
