#include "probes/targets.h"

#include <algorithm>
#include <array>
#include <memory>

#include "common/config.h"

namespace othello {
namespace {

/// `follow(fact, ply, move)` for every ply of every game in order, with a fresh copy of `follow` for each game; what it
/// returns at a row goes to `keep(row, …)`.
template <class Follow, class Keep>
void for_each_row(const Positions& p, const Follow& follow, const Keep& keep) {
  const auto context = static_cast<int>(p.batch.context);
  const std::int32_t* row = p.row_of.data();
  for (std::size_t g = 0; g < p.games.size(); ++g, row += context) {
    Follow next = follow;
    for (int ply = 1; ply <= std::min(p.facts.length(g), context); ++ply) {
      const auto& found = next(p.facts.at(g, ply), ply, Square{p.games[g].squares[static_cast<std::size_t>(ply - 1)]});
      if (row[ply - 1] >= 0) keep(static_cast<std::size_t>(row[ply - 1]), found);
    }
  }
}

/// The board's own squares of a row of all 64.
void keep_squares(const Positions& p, const std::uint8_t* all, std::uint8_t* labels) {
  for (const Square square : p.squares) *labels++ = all[square];
}

/// Two sets of squares without a common one: labels are 0 in the first, 1 in the second and 2 in neither.
struct Sets {
  Bits first, second;
};

/// A target whose labels `follow` tells as Sets.
template <class Follow>
auto label_sets(const Follow& follow) {
  return [follow](const Positions& p, std::span<std::uint8_t> labels) {
    const std::size_t rows = p.rows.size();
    std::vector<Bits> first(rows), second(rows);
    for_each_row(p, follow, [&](std::size_t row, const Sets& sets) {
      first[row] = sets.first;
      second[row] = sets.second;
    });
    if (p.squares.size() == 64) return expand_states(first, second, labels);
    std::vector<std::uint8_t> all(64 * rows);
    expand_states(first, second, all);
    for (std::size_t row = 0; row < rows; ++row)
      keep_squares(p, all.data() + 64 * row, labels.data() + row * p.squares.size());
  };
}

/// Whose discs come first after a move.
using View = Color (*)(const PlyFacts& fact, int ply);
Color mover_first(const PlyFacts& fact, int) { return fact.after.to_move; }
Color parity_first(const PlyFacts&, int ply) { return ply % 2 == 0 ? Color::black : Color::white; }
Color black_first(const PlyFacts&, int) { return Color::black; }

Sets seen(const Position& p, Color first) {
  return first == Color::black ? Sets{p.black(), p.white()} : Sets{p.white(), p.black()};
}

/// The board itself.
auto board(View view) {
  return label_sets([view](const PlyFacts& fact, int ply, Square) { return seen(fact.after, view(fact, ply)); });
}

/// The board that the same moves give by other rules.
template <class Rules>
auto board_by(View view) {
  return label_sets([view, p = start_position()](const PlyFacts& fact, int ply, Square move) mutable {
    if (p.to_move != fact.placed_by()) p = pass(p);
    p = play<Rules>(p, move);
    return seen(p, view(fact, ply));
  });
}

/// Label 1 in a set that each ply has, 0 elsewhere.
auto members(Bits PlyFacts::*set) {
  return label_sets([set](const PlyFacts& fact, int, Square) { return Sets{~(fact.*set), fact.*set}; });
}

void fill_flips(const Positions& p, std::span<std::uint8_t> labels) {
  static constexpr std::uint8_t kMany = 4, kEmpty = 5;
  std::array<std::uint8_t, 64> flips;
  flips.fill(kEmpty);
  for_each_square(kCentre, [&](Square square) { flips[static_cast<std::size_t>(square)] = 0; });
  const auto follow = [flips](const PlyFacts& fact, int, Square move) mutable -> const auto& {
    flips[static_cast<std::size_t>(move)] = 0;
    for_each_square(fact.turned, [&](Square square) {
      auto& times = flips[static_cast<std::size_t>(square)];
      times = std::min<std::uint8_t>(times + 1, kMany);
    });
    return flips;
  };
  for_each_row(p, follow, [&](std::size_t row, const std::array<std::uint8_t, 64>& all) {
    keep_squares(p, all.data(), labels.data() + row * p.squares.size());
  });
}

void fill_ply(const Positions& p, std::span<std::uint8_t> labels) {
  for (std::size_t row = 0; row < p.rows.size(); ++row) labels[row] = static_cast<std::uint8_t>(p.rows[row].ply - 1);
}

}  // namespace

std::string word_of(Frame frame) { return frame == Frame::mover ? "mover" : "parity"; }

int Target::empty_class() const {
  const auto found = std::find(classes.begin(), classes.end(), "empty");
  return found == classes.end() ? -1 : static_cast<int>(found - classes.begin());
}

std::vector<std::uint8_t> Target::labels(const Positions& positions) const {
  std::vector<std::uint8_t> labels(positions.rows.size() * static_cast<std::size_t>(units));
  fill(positions, labels);
  return labels;
}

const std::vector<std::string>& target_names() {
  static const std::vector<std::string> kNames{
      "mine-yours-empty", "black-white-empty", "flipped", "legal", "placed", "flips",
      "never-flipped",    "no-diagonals",      "ply"};
  return kNames;
}

Target make_target(const std::string& name, const Vocabulary& vocabulary, Frame frame) {
  const std::vector<std::string> states{"mine", "yours", "empty"}, colors{"black", "white", "empty"};
  const std::int64_t squares = vocabulary.board().square_count();
  const View view = frame == Frame::mover ? mover_first : parity_first;
  if (name == "mine-yours-empty") return {name, word_of(frame), states, squares, board(view)};
  if (name == "black-white-empty") return {name, "", colors, squares, board(black_first)};
  if (name == "flipped") return {name, "", {"not-flipped", "flipped"}, squares, members(&PlyFacts::turned)};
  if (name == "legal") return {name, "", {"not-legal", "legal"}, squares, members(&PlyFacts::legal)};
  if (name == "placed") return {name, "", colors, squares, board_by<NeverFlipRules>(black_first)};
  if (name == "flips") return {name, "", {"0", "1", "2", "3", "4+", "empty"}, squares, fill_flips};
  if (name == "never-flipped") return {name, word_of(frame), states, squares, board_by<NeverFlipRules>(view)};
  if (name == "no-diagonals") return {name, word_of(frame), states, squares, board_by<NoDiagonalRules>(view)};
  if (name != "ply") fail("there is no target '{}'; did you mean '{}'?", name, nearest(name, target_names()));
  std::vector<std::string> plies;
  for (int ply = 1; ply <= vocabulary.context(); ++ply) plies.push_back(std::to_string(ply));
  return {name, "", plies, 1, fill_ply};
}

Target control_task(const Target& task, const Positions& sample, std::uint64_t seed) {
  if (sample.rows.empty()) fail("a control task of {} needs positions to take its frequencies from", task.name);
  const auto units = static_cast<std::size_t>(task.units), classes = static_cast<std::size_t>(task.class_count());
  const auto context = static_cast<std::size_t>(sample.batch.context);
  const std::size_t tokens = sample.squares.size() - 4 + 1;  // with padding

  // How often each class occurs at each ply; 0 stands for all plies together.
  std::vector<std::uint32_t> rows(context + 1), counts((context + 1) * units * classes);
  const auto labels = task.labels(sample);
  for (std::size_t row = 0; row < sample.rows.size(); ++row)
    for (const auto ply : {std::size_t{0}, static_cast<std::size_t>(sample.rows[row].ply)}) {
      ++rows[ply];
      for (std::size_t unit = 0; unit < units; ++unit)
        ++counts[(ply * units + unit) * classes + labels[row * units + unit]];
    }

  const Stream stream = Stream(seed).child("control task");
  const auto drawn = std::make_shared<std::vector<std::uint8_t>>(context * tokens * units);
  std::uint8_t* label = drawn->data();
  for (std::size_t ply = 1; ply <= context; ++ply) {
    const std::size_t of = rows[ply] > 0 ? ply : 0;
    for (std::size_t token = 0; token < tokens; ++token)
      for (std::size_t unit = 0; unit < units; ++unit) {
        const std::uint32_t* count = &counts[(of * units + unit) * classes];
        std::uint32_t rest = stream.below(rows[of], ply * 64 + token, static_cast<std::uint32_t>(unit));
        for (; rest >= *count; ++count, ++*label) rest -= *count;
        ++label;
      }
  }
  return {"control-task:" + task.name, task.frame, task.classes, task.units,
          [drawn, tokens, units, context](const Positions& p, std::span<std::uint8_t> out) {
            auto to = out.begin();
            for (const std::int64_t cell : p.cells) {
              const std::size_t at = static_cast<std::size_t>(cell);
              const std::size_t type = at % context * tokens + static_cast<std::size_t>(p.batch.tokens[at]);
              to = std::copy_n(drawn->begin() + static_cast<std::ptrdiff_t>(type * units), units, to);
            }
          }};
}

Target shuffled(const Target& task) {
  return {"shuffled:" + task.name, task.frame, task.classes, task.units,
          [task](const Positions& p, std::span<std::uint8_t> out) {
            const auto units = static_cast<std::size_t>(task.units);
            const auto own = task.labels(p);
            std::vector<std::vector<std::size_t>> at(static_cast<std::size_t>(p.batch.context) + 1);  // rows by ply
            for (std::size_t row = 0; row < p.rows.size(); ++row)
              at[static_cast<std::size_t>(p.rows[row].ply)].push_back(row);
            for (const auto& rows : at)
              for (std::size_t i = 0; i < rows.size(); ++i)
                std::copy_n(own.begin() + static_cast<std::ptrdiff_t>(rows[(i + 1) % rows.size()] * units), units,
                            out.begin() + static_cast<std::ptrdiff_t>(rows[i] * units));
          }};
}

}  // namespace othello
