// Positions grouped by how near they are to training, with intervals over games.
#pragma once

#include <span>

#include "common/config.h"
#include "probes/novelty.h"

namespace othello {

/// Which of a position's two closenesses counts.
enum class SeenBy { moves, images };

/// A position is `sequence-seen` at distance 0 (its very moves began a game of training), else `board-seen` if its
/// board occurred there by other moves, else `new`. E = {"mean", "low", "high", "n" games}, null over no position;
/// games (or 4096 runs of them, if they are more) are resampled. F = {"positions": n, "share": E of the table's
/// positions, "legal_top1": E, "legal_mass": E, "board_accuracy": E, "nearest_game_legal": E, "uniform_empty_legal":
/// E}; the last two are what a look-up table and a player on any empty square would reach.
/// {"positions": n,
///  "groups": [{"name", F}…],
///  "by_distance": [{"first", "last" (null: and more), F}…], distance = moves since the game left all of training,
///  "within_plies": the same of few plies, for distance grows with the ply: {"first", "last", "positions",
///    "by_distance"}, the first plies in a row with at least 5 % of both seen and new positions; null without any (full
///    boards are few, so late ones are seen again),
///  "by_ply": [{"ply", "positions", "shares": {"sequence-seen": E, "board-seen": E, "new": E}, "seen": F, "new": F}…],
///  "same_ply": {"plies": […], "seen": n, "new": n, "legal_top1": E, …}}
/// where seen = sequence-seen or board-seen, and same_ply is the mean over plies with at least 30 positions of both of
/// the difference new − seen, weighted by the smaller of the two numbers.
Json novelty_tables(std::span<const NoveltyPosition> positions, std::int64_t games, SeenBy by);

}  // namespace othello
