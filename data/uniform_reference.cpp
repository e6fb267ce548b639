#include "data/uniform_reference.h"

#include <cmath>

#include "engine/rules.h"

namespace othello {
namespace {

/// Adds the lines below `turn`, which has probability `weight`, to element `t` − 1 and those behind it.
void enumerate(const Turn& turn, double weight, std::size_t t, const BoardSize& board,
               std::vector<ExactDecisions>& sums) {
  if (turn.over()) return;
  const double legal = count(turn.legal);
  ExactDecisions& at = sums[t - 1];
  at.reached += weight;
  at.legal += weight * legal;
  at.legal_sd += weight * legal * legal;
  at.passes += turn.passed ? weight : 0;
  if (t == sums.size()) return;
  // The four first moves are one by symmetry.
  const Bits moves = t == 1 ? turn.legal & -turn.legal : turn.legal;
  const double share = weight / count(moves);
  for_each_square(moves, [&](Square square) {
    enumerate(next_turn(play(turn.position, square), board), share, t + 1, board, sums);
  });
}

}  // namespace

// clang-format off
const std::array<ReferenceDecisions, 60> kReferenceDecisions{{
    {4.0000, 0.0000, 0.0000, 10000000}, {3.0000, 0.0000, 0.0000, 10000000}, {4.6667, 0.4714, 0.0000, 10000000},
    {4.3674, 1.2511, 0.0000, 10000000}, {5.8641, 1.4200, 0.0000, 10000000}, {5.8379, 1.5332, 0.0000, 10000000},
    {6.7318, 1.6464, 0.0000, 10000000}, {6.9377, 1.8539, 0.0000, 10000000}, {7.5671, 1.9571, 0.0783, 10000000},
    {7.9015, 2.1217, 0.0000, 9998448}, {8.3508, 2.1893, 0.0329, 9998260}, {8.7502, 2.3190, 0.0030, 9997622},
    {9.0653, 2.3756, 0.0215, 9997418}, {9.4899, 2.4806, 0.0045, 9996797}, {9.7054, 2.5305, 0.0161, 9996603},
    {10.1309, 2.6163, 0.0051, 9996151}, {10.2687, 2.6613, 0.0119, 9995983}, {10.6773, 2.7304, 0.0043, 9995682},
    {10.7534, 2.7716, 0.0090, 9995574}, {11.1302, 2.8235, 0.0043, 9995382}, {11.1536, 2.8625, 0.0072, 9995306},
    {11.4931, 2.8997, 0.0041, 9995192}, {11.4714, 2.9339, 0.0062, 9995138}, {11.7645, 2.9599, 0.0041, 9995052},
    {11.7005, 2.9878, 0.0054, 9995010}, {11.9442, 3.0041, 0.0037, 9994963}, {11.8436, 3.0248, 0.0053, 9994937},
    {12.0319, 3.0304, 0.0035, 9994897}, {11.8963, 3.0442, 0.0048, 9994882}, {12.0277, 3.0385, 0.0041, 9994860},
    {11.8584, 3.0444, 0.0054, 9994846}, {11.9320, 3.0282, 0.0043, 9994826}, {11.7302, 3.0255, 0.0055, 9994823},
    {11.7447, 2.9986, 0.0048, 9994812}, {11.5095, 2.9857, 0.0063, 9994809}, {11.4648, 2.9497, 0.0058, 9994797},
    {11.1979, 2.9258, 0.0070, 9994793}, {11.0929, 2.8782, 0.0072, 9994787}, {10.7927, 2.8440, 0.0086, 9994786},
    {10.6288, 2.7859, 0.0088, 9994783}, {10.2957, 2.7407, 0.0109, 9994780}, {10.0724, 2.6720, 0.0118, 9994779},
    {9.7054, 2.6148, 0.0156, 9994773}, {9.4219, 2.5355, 0.0181, 9994771}, {9.0199, 2.4654, 0.0226, 9994766},
    {8.6792, 2.3756, 0.0272, 9994762}, {8.2422, 2.2936, 0.0353, 9994760}, {7.8433, 2.1922, 0.0461, 9994758},
    {7.3696, 2.0965, 0.0629, 9994754}, {6.9155, 1.9822, 0.0850, 9994752}, {6.4037, 1.8714, 0.1238, 9994749},
    {5.8950, 1.7437, 0.1766, 9994745}, {5.3436, 1.6149, 0.2685, 9994742}, {4.7838, 1.4694, 0.4171, 9994734},
    {4.1941, 1.3169, 0.6971, 9994724}, {3.5876, 1.1458, 1.1872, 9994696}, {2.9631, 0.9562, 2.2061, 9994628},
    {2.3230, 0.7370, 4.3732, 9994286}, {1.6744, 0.4686, 9.6981, 9991122}, {1.0000, 0.0000, 25.0906, 9904311}
}};
// clang-format on

const std::array<std::int64_t, 61> kReferenceLengths{
    0,   0,  0,  0,  0,  0,  0,  0,  0,  1552, 188, 638, 204, 621, 194, 452, 168,  301,   108,    192, 76,
    114, 54, 86, 42, 47, 26, 40, 15, 22, 14,   20,  3,   11,  3,   12,  4,   6,    1,     3,      3,   1,
    6,   2,  5,  4,  2,  2,  4,  2,  3,  4,    3,   8,   10,  28,  68,  342, 3164, 86811, 9904311};

const std::array<std::int64_t, 11> kReferencePasses{6554541, 2623631, 659669, 134569, 23238, 3648, 577, 102, 21, 2, 2};

std::vector<ExactDecisions> exact_decisions(const BoardSize& board, int last) {
  std::vector<ExactDecisions> sums(static_cast<std::size_t>(last));
  enumerate(next_turn(start_position(), board), 1, 1, board, sums);
  for (ExactDecisions& at : sums) {
    at.legal /= at.reached;
    at.legal_sd = std::sqrt(std::max(0.0, at.legal_sd / at.reached - at.legal * at.legal));
    at.passes /= at.reached;
  }
  return sums;
}

double uniform_probability(const BoardSize& board, std::span<const std::uint8_t> moves) {
  double probability = 1;
  Turn turn = next_turn(start_position(), board);
  for (const Square square : moves) {
    if (square > 63 || (turn.legal & bit(square)) == 0) return 0;
    probability /= count(turn.legal);
    turn = next_turn(play(turn.position, square), board);
  }
  return probability;
}

}  // namespace othello
