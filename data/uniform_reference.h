// What games of the uniform player look like: measured once on 10 million games of 8×8, and exact where all lines can
// be enumerated.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/board.h"

namespace othello {

/// The sample behind the figures below. They are facts about the player and come from a program that shares no code
/// with this one.
inline constexpr std::int64_t kReferenceGames = 10'000'000;

/// Decisions before disc t is placed, over the games that reach it.
struct ReferenceDecisions {
  double legal;        // mean number of legal moves
  double legal_sd;     // its standard deviation
  double passes;       // percent of the decisions that come after a pass
  std::int64_t games;  // that reach it
};

extern const std::array<ReferenceDecisions, 60> kReferenceDecisions;  // [t − 1]
extern const std::array<std::int64_t, 61> kReferenceLengths;          // games by number of moves
extern const std::array<std::int64_t, 11> kReferencePasses;           // games by number of passes
inline constexpr double kReferenceBlackWins = 0.454178, kReferenceDraws = 0.041616, kReferenceWhiteWins = 0.504205;
inline constexpr double kReferenceDiscDifference = -0.8799;  // mean of black − white, empties to nobody
inline constexpr double kReferenceWipedOut = 0.0005180, kReferenceStuck = 0.0090533;

/// Exact probabilities that an 8×8 game ends after 9, 10 and 11 moves, by enumeration of all lines.
inline constexpr std::array<double, 3> kExactEndings{1.508431e-4, 2.052058e-5, 6.829489e-5};

/// Exact figures of the decisions before discs 1 … `last`, by enumeration of all lines (some hundredths of a second for
/// 10). `reached` is the probability that a game has that many moves.
struct ExactDecisions {
  double reached = 0;
  double legal = 0;
  double legal_sd = 0;
  double passes = 0;  // as a share
};
std::vector<ExactDecisions> exact_decisions(const BoardSize& board, int last);

/// The probability that a uniform game starts with these moves; 0 if one is not legal.
double uniform_probability(const BoardSize& board, std::span<const std::uint8_t> moves);

}  // namespace othello
