#include "data/labels.h"

#include <array>

#include "common/error.h"
#include "engine/notation.h"

namespace othello {

std::vector<PlyFacts> replay(const BoardSize& board, std::span<const std::uint8_t> moves) {
  std::vector<PlyFacts> facts;
  facts.reserve(moves.size());
  Turn turn = next_turn(start_position(), board);
  for (const Square square : moves) {
    if (square > 63 || (turn.legal & bit(square)) == 0)
      fail("move {} ({}) {}", facts.size() + 1, square > 63 ? "no square" : square_name(square),
           turn.over() ? "comes after the end of the game" : "is not legal");
    const Bits turned = StandardRules::turned(turn.position, square);
    turn = next_turn(play(turn.position, square), board);
    facts.push_back({turn.position, turn.legal, turned, turn.passed});
  }
  return facts;
}

GameFacts::GameFacts(const BoardSize& board, std::span<const Game> games)
    : columns_(static_cast<std::size_t>(board.playable_count())), checks_(games.size()), passes_(games.size()) {
  const std::size_t cells = games.size() * columns_;
  for (auto* array : {&mover_, &opponent_, &legal_, &turned_}) array->resize(cells);
  replay_games(board, games, checks_, {passes_, mover_, opponent_, legal_, turned_});
  for (std::size_t g = 0; g < games.size(); ++g)
    if (checks_[g].legal_moves != games[g].length) {
      try {
        replay(board, games[g].moves());
      } catch (const Error& error) {
        fail("game {}: {}", g, error.what());
      }
    }
}

Color GameFacts::to_move(std::size_t game, int ply) const {
  const std::uint64_t so_far = passes_[game] & (~std::uint64_t{0} >> (64 - ply));
  return (ply + count(so_far)) % 2 == 0 ? Color::black : Color::white;
}

PlyFacts GameFacts::at(std::size_t game, int ply) const {
  const std::size_t cell = row(game) + static_cast<std::size_t>(ply) - 1;
  return {{mover_[cell], opponent_[cell], to_move(game, ply)},
          legal_[cell],
          turned_[cell],
          (passes_[game] >> (ply - 1) & 1) != 0};
}

std::vector<std::uint8_t> GameFacts::states(std::size_t game) const {
  const auto plies = static_cast<std::size_t>(length(game));
  std::vector<std::uint8_t> out(64 * plies);
  expand_states({mover_.data() + row(game), plies}, {opponent_.data() + row(game), plies}, out);
  return out;
}

std::vector<std::uint8_t> GameFacts::colors(std::size_t game) const {
  const auto plies = static_cast<std::size_t>(length(game));
  std::vector<Bits> black(plies), white(plies);
  for (std::size_t t = 0; t < plies; ++t) {
    const Position after = at(game, static_cast<int>(t) + 1).after;
    black[t] = after.black(), white[t] = after.white();
  }
  std::vector<std::uint8_t> out(64 * plies);
  expand_states(black, white, out);
  return out;
}

std::vector<std::uint8_t> GameFacts::flip_counts(std::size_t game) const {
  std::vector<std::uint8_t> out;
  out.reserve(64 * static_cast<std::size_t>(length(game)));
  std::array<std::uint8_t, 64> counts{};
  for (int ply = 1; ply <= length(game); ++ply) {
    for_each_square(at(game, ply).turned, [&](Square square) { ++counts[static_cast<std::size_t>(square)]; });
    out.insert(out.end(), counts.begin(), counts.end());
  }
  return out;
}

}  // namespace othello
