// What probes are asked to read: functions of a game, computed by the engine.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "probes/positions.h"

namespace othello {

/// For which player squares are "mine".
enum class Frame {
  mover,   // the side that plays next, after any passes
  parity,  // the published one: black after an even number of moves, white after an odd one; passes are ignored
};
std::string word_of(Frame frame);

/// A label for every square of a position, or one for the position as a whole.
struct Target {
  std::string name;
  std::string frame;                 // "mover", "parity", or "" if the labels do not depend on one
  std::vector<std::string> classes;  // what the labels 0, 1, … mean
  std::int64_t units = 0;            // labels of a position: its squares in increasing order, or 1
  std::function<void(const Positions&, std::span<std::uint8_t>)> fill;  // labels [rows, units]

  std::int64_t class_count() const { return static_cast<std::int64_t>(classes.size()); }
  /// Scores that a probe gives for a position: [units · classes], the classes of a unit side by side.
  std::int64_t outputs() const { return units * class_count(); }
  /// The class "empty", −1 if there is none.
  int empty_class() const;
  /// Labels [rows, units].
  std::vector<std::uint8_t> labels(const Positions& positions) const;
};

/// mine-yours-empty, black-white-empty, flipped (the last move turned the disc), legal (the next move may go there),
/// placed (who placed the disc: black, white, nobody; the start's discs by their colour), flips (how often the disc was
/// turned: 0, 1, 2, 3, 4 or more, or no disc), ply; and two controls, mine-yours-empty of the board that the same moves
/// give by other rules: never-flipped (discs are never turned), no-diagonals (along ranks and files only).
const std::vector<std::string>& target_names();

/// Throws Error naming the nearest if `name` is none of them.
Target make_target(const std::string& name, const Vocabulary& vocabulary, Frame frame = Frame::mover);

/// Hewitt & Liang 2019 (arXiv 1909.03368): every (ply, move) has labels of its own, drawn once from `seed` with the
/// frequencies that those of `task` have in `sample` at that ply on that square (in all plies, where the sample has no
/// row at that one). A probe that reads them knows its inputs by heart. Its name is "control-task:" and that of `task`.
/// Throws Error if the sample has no row.
Target control_task(const Target& task, const Positions& sample, std::uint64_t seed);

/// The labels of another game at the same ply: each position gets those of the next game of its batch, cyclically, that
/// has a row there. Where only one game of the batch has, it keeps its own. The name is "shuffled:" and that of `task`.
Target shuffled(const Target& task);

}  // namespace othello
