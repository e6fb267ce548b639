#include "data/batch.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace othello {

double Batch::floor(std::size_t cell) const {
  return entropy.empty() ? std::log(static_cast<double>(std::popcount(legal[cell]))) : entropy[cell];
}

Batch make_batch(const Vocabulary& vocabulary, std::span<const Game> games, const Player* player) {
  return make_batch(vocabulary, games, GameFacts(vocabulary.board(), games), player);
}

Batch make_batch(const Vocabulary& vocabulary, std::span<const Game> games, const GameFacts& facts,
                 const Player* player) {
  Batch batch;
  batch.games = static_cast<std::int64_t>(games.size());
  batch.context = vocabulary.context();
  const auto cells = static_cast<std::size_t>(batch.games * batch.context);
  batch.tokens.resize(cells);
  batch.targets.resize(cells);
  batch.legal.resize(cells);
  const bool uniform = player == nullptr || player->is_uniform();
  const auto width = static_cast<std::size_t>(vocabulary.size());
  if (!uniform) {
    batch.chances.resize(cells * width);
    batch.entropy.resize(cells);
  }
  for (std::size_t g = 0; g < games.size(); ++g) {
    const auto moves = games[g].moves();
    const std::size_t row = g * static_cast<std::size_t>(batch.context);
    for (std::size_t t = 0; t < std::min(moves.size(), static_cast<std::size_t>(batch.context)); ++t) {
      batch.tokens[row + t] = vocabulary.token(moves[t]);
      if (t + 1 < moves.size()) batch.targets[row + t] = vocabulary.token(moves[t + 1]);
      const PlyFacts fact = facts.at(g, static_cast<int>(t) + 1);
      batch.legal[row + t] = vocabulary.token_bits(fact.legal);
      if (uniform || fact.over()) continue;
      const MoveWeights weights = player->distribution(fact.after);
      batch.entropy[row + t] = weights.entropy();
      for_each_square(weights.moves(), [&](Square square) {
        batch.chances[(row + t) * width + vocabulary.token(square)] = static_cast<float>(weights.probability(square));
      });
    }
  }
  return batch;
}

std::vector<Game> take_games(const GameSource& source, std::uint64_t first, std::int64_t count) {
  std::vector<Game> games(static_cast<std::size_t>(count));
  source.play(first, games);
  return games;
}

Batch take_batch(const Vocabulary& vocabulary, const GameSource& source, std::uint64_t first, std::int64_t count) {
  return make_batch(vocabulary, take_games(source, first, count), &source.player());
}

}  // namespace othello
