#include "data/batch.h"

#include <algorithm>

namespace othello {

Batch make_batch(const Vocabulary& vocabulary, std::span<const Game> games) {
  Batch batch{.games = static_cast<std::int64_t>(games.size()),
              .context = vocabulary.context(),
              .tokens = {},
              .targets = {},
              .legal = {}};
  const auto cells = static_cast<std::size_t>(batch.games * batch.context);
  batch.tokens.resize(cells);
  batch.targets.resize(cells);
  batch.legal.resize(cells);
  const GameFacts facts(vocabulary.board(), games);
  for (std::size_t g = 0; g < games.size(); ++g) {
    const auto moves = games[g].moves();
    const std::size_t row = g * static_cast<std::size_t>(batch.context);
    for (std::size_t t = 0; t < std::min(moves.size(), static_cast<std::size_t>(batch.context)); ++t) {
      batch.tokens[row + t] = vocabulary.token(moves[t]);
      if (t + 1 < moves.size()) batch.targets[row + t] = vocabulary.token(moves[t + 1]);
      batch.legal[row + t] = vocabulary.token_bits(facts.at(g, static_cast<int>(t) + 1).legal);
    }
  }
  return batch;
}

std::vector<Game> take_games(const GameSource& source, std::uint64_t first, std::int64_t count) {
  std::vector<Game> games(static_cast<std::size_t>(count));
  source.play(first, games);
  return games;
}

}  // namespace othello
