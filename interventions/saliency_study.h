// Does a predicted move rest on the discs that make it legal? Latent saliency maps of many positions against the rules.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/games.h"
#include "interventions/saliency.h"
#include "model/checkpoint.h"

namespace othello {

/// The discs of a board by what the rules make of them for a legal move of the side to move.
struct MoveDiscs {
  Bits turned = 0;    // that the move turns
  Bits anchors = 0;   // the mover's discs that close those lines
  Bits others = 0;    // all that are neither
  Bits in_line = 0;   // the others on the eight lines through the move's square
  Bits decisive = 0;  // without which it is no move: illegal on the board with that one disc turned over

  Bits relevant() const { return turned | anchors; }
};
MoveDiscs discs_of_move(const Position& board, Square move);

/// The share of pairs (a square of `positive`, one of `negative`) of which the former has the larger value; ties count
/// half, so that chance is 0.5. Squares without a value are left out; nothing if no pair is left.
std::optional<double> auroc(const Saliency::Squares& values, Bits positive, Bits negative);

/// The share of `among` in the squares that have the largest value (one of them but for ties).
double share_at_top(const Saliency::Squares& values, Bits among);

/// One position of each of the first `count` different games of a source, as the moves that lead to it: its ply is
/// drawn uniformly from those at which the game goes on and at least 6 discs lie. Games without such a ply are left
/// out. Throws Error if there are not so many games or none with such a ply.
std::vector<Game> saliency_positions(const GameSource& source, std::int64_t count, std::uint64_t seed);

/// A position with the map of the model's most probable legal move.
struct StudiedPosition {
  Game game;
  Position board;  // from the side to move
  Square move = 0;
  MoveDiscs discs;
  Saliency map;
  std::optional<Saliency::Squares> untrained;  // raw, of the same move in an untrained model with probes of its own
};

/// {"classes": [{"name": turned | anchor | other, "saliency", "random", "untrained", "discs": n}], where a value is the
///   mean over positions of that over the position's discs of the class, as a probability,
///  "auroc": {NAME, NAME_random, NAME_untrained}, mean over the positions that have discs of both kinds; NAME is
///   relevant (turned and anchors against all others), in_line (against the others in line with the move), decisive
///   (against all that are not), decisive_within (among turned and anchors, decisive ones against the rest),
///  "differences": {"random", "untrained"}, paired, of "relevant",
///  "most_salient": {"relevant", "random", "untrained", "chance"}: share of positions whose most salient disc is turned
///   or an anchor, and the mean share of those among the discs,
///  "probability": of the moves}. Estimates are over positions, null where there is none.
Json summarise(const std::vector<StudiedPosition>& positions);

struct SaliencyStudySettings {
  SaliencySettings map;  // `map.seed` is the root of all that is drawn
  std::int64_t positions = 300;
  std::int64_t fit_games = 2000;                   // to fit the untrained model's probes to
  int examples = 4;                                // the first positions, whose maps are kept
  bool controls = true;                            // whether there is an untrained model
  int workers = 0;                                 // 0 = one per core
  std::shared_ptr<const Player> player = nullptr;  // null = uniform
};

/// What `summarise` gives, with {"positions", "settings", "examples": [{"game", "to_move", "move", "turned", "anchors",
/// "probability", "raw", "random", "board"}]}: board and maps have 64 entries (X black, O white, − empty). Positions
/// are of games that are for cases. Throws Error as latent_saliency does.
Json saliency_study(const LoadedModel& loaded, const ProbeSet& probes, const SaliencyStudySettings& settings,
                    const std::function<void(double share, const std::string& what)>& progress);

}  // namespace othello
