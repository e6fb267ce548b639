#include "theory/position_sample.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "common/threads.h"
#include "model/batch_tensors.h"

namespace othello {
namespace {

constexpr std::int64_t kChunkGames = 512;  // whose facts are in memory at once
constexpr std::int64_t kBatchGames = 64;   // of a forward pass

/// The discs that a move on `square` turned, line by line: each stands next to it or to the one before.
Capture capture_of(Square square, Bits turned) {
  Capture capture{.discs = count(turned)};
  const int file = square % 8, rank = square / 8;
  for (int down = -1; down <= 1; ++down)
    for (int right = -1; right <= 1; ++right) {
      if (down == 0 && right == 0) continue;
      int length = 0;
      for (int f = file + right, r = rank + down; f >= 0 && f < 8 && r >= 0 && r < 8; f += right, r += down) {
        if ((turned & bit(f + 8 * r)) == 0) break;
        ++length;
      }
      capture.lines += length > 0;
      capture.longest = std::max(capture.longest, length);
    }
  return capture;
}

/// Calls `visit(first, positions, rows)` for the games in chunks: `rows` are those of their last positions.
template <class Visit>
void for_each_chunk(const PositionSample& sample, const Visit& visit) {
  for (std::int64_t first = 0; first < sample.size(); first += kChunkGames) {
    const auto end = std::min(first + kChunkGames, sample.size());
    const Positions positions(sample.vocabulary, {sample.games.begin() + first, sample.games.begin() + end});
    std::vector<std::int64_t> rows;
    for (std::int64_t i = first; i < end; ++i)
      rows.push_back(positions.row_of[static_cast<std::size_t>((i - first) * positions.batch.context +
                                                               sample.plies[static_cast<std::size_t>(i)] - 1)]);
    visit(first, positions, rows);
  }
}

/// Picks rows of width `width` from `all` into [n, width] from row `first` on.
void pick(const std::vector<std::uint8_t>& all, const std::vector<std::int64_t>& rows, std::int64_t width,
          std::int64_t first, const Tensor& to) {
  auto* out = to.data_ptr<std::uint8_t>() + first * width;
  for (const auto row : rows) out = std::copy_n(all.begin() + row * width, width, out);
}

/// The last ply up to the context at which each game goes on: [games].
std::vector<int> last_plies(const Vocabulary& vocabulary, const std::vector<Game>& games) {
  const GameFacts facts(vocabulary.board(), games);
  std::vector<int> last;
  for (std::size_t g = 0; g < games.size(); ++g)
    last.push_back(std::min(facts.length(g) - (facts.over(g) ? 1 : 0), vocabulary.context()));
  return last;
}

Game cut_after(const Game& game, int plies) {
  Game cut;
  for (const auto square : game.moves().first(static_cast<std::size_t>(plies))) cut.add(square);
  return cut;
}

/// What `read` finds in passes over all rows, at their positions: [n, width] fp32.
Tensor read_rows(const PositionSample& sample, int workers,
                 const std::function<Tensor(const Tensor& tokens, const Tensor& cells)>& read) {
  const auto batches = static_cast<int>((sample.size() + kBatchGames - 1) / kBatchGames);
  TensorList parts(static_cast<std::size_t>(batches));
  parallel_for(batches, workers, [&](int b, int) {
    const at::NoGradGuard no_grad;
    const auto first = b * kBatchGames, count = std::min(kBatchGames, sample.size() - first);
    const auto* plies = sample.plies.data() + first;
    const auto longest = *std::max_element(plies, plies + count);
    auto tokens = torch::zeros({count, longest}, at::kLong);
    std::vector<std::int64_t> cells;
    for (std::int64_t i = 0; i < count; ++i) {
      tokens[i].narrow(0, 0, plies[i]).copy_(sample.tokens(first + i)[0]);
      cells.push_back(i * longest + plies[i] - 1);
    }
    parts[static_cast<std::size_t>(b)] = read(tokens, at::tensor(cells, at::kLong));
  });
  return at::cat(parts);
}

}  // namespace

PositionSample::PositionSample(const Vocabulary& of, std::vector<Game> cut) : vocabulary(of), games(std::move(cut)) {
  const auto squares = vocabulary.board().squares;
  for (std::size_t first = 0; first < games.size(); first += kChunkGames) {
    const auto chunk = std::span(games).subspan(first, std::min<std::size_t>(kChunkGames, games.size() - first));
    const GameFacts facts(vocabulary.board(), chunk);
    for (std::size_t g = 0; g < chunk.size(); ++g) {
      const int ply = facts.length(g);
      if (ply < 1 || ply > vocabulary.context() || facts.at(g, ply).over())
        fail("game {} is cut after {} moves, where there is no position at which it goes on", first + g, ply);
      const auto after = facts.at(g, ply);
      plies.push_back(ply);
      captures.push_back(capture_of(chunk[g].squares[static_cast<std::size_t>(ply - 1)], after.turned & squares));
      legal.push_back(vocabulary.token_bits(after.legal));
    }
  }
}

Tensor PositionSample::tokens(std::int64_t row) const {
  const auto moves = games[static_cast<std::size_t>(row)].moves();
  auto tokens = torch::empty({1, static_cast<std::int64_t>(moves.size())}, at::kLong);
  std::transform(moves.begin(), moves.end(), tokens.data_ptr<std::int64_t>(),
                 [&](std::uint8_t square) { return vocabulary.token(square); });
  return tokens;
}

Tensor PositionSample::labels(const Target& target) const {
  auto labels = torch::empty({size(), target.units}, at::kByte);
  for_each_chunk(*this, [&](std::int64_t first, const Positions& positions, const std::vector<std::int64_t>& rows) {
    pick(target.labels(positions), rows, target.units, first, labels);
  });
  return labels;
}

Tensor PositionSample::flips() const {
  auto flips = torch::empty({size(), vocabulary.board().square_count()}, at::kByte);
  for_each_chunk(*this, [&](std::int64_t first, const Positions& positions, const std::vector<std::int64_t>& rows) {
    pick(positions.flips, rows, flips.size(1), first, flips);
  });
  return flips;
}

Tensor PositionSample::legal_moves() const {
  const std::int64_t moves = vocabulary.size() - 1;
  auto may = torch::empty({size(), moves}, at::kByte);
  auto* out = may.data_ptr<std::uint8_t>();
  for (const auto bits : legal)
    for (std::int64_t k = 0; k < moves; ++k) *out++ = bits >> k & 1;
  return may;
}

Tensor PositionSample::one_hot() const {
  const std::int64_t moves = vocabulary.size() - 1, features = vocabulary.context() * moves;
  auto indicators = torch::zeros({size(), features}, at::kFloat);
  auto* row = indicators.data_ptr<float>();
  for (const auto& game : games) {
    for (std::int64_t t = 0; t < game.length; ++t)
      row[t * moves + vocabulary.token(game.squares[static_cast<std::size_t>(t)]) - 1] = 1;
    row += features;
  }
  return indicators;
}

Tensor PositionSample::activations(const Transformer& model, const Site& site, int workers) const {
  return read_rows(*this, workers, [&](const Tensor& batch, const Tensor& cells) {
    Trace trace;
    trace.record(site);
    model.forward(batch, &trace);
    return trace.value(site).flatten(0, 1).flatten(1).index_select(0, cells);
  });
}

Tensor PositionSample::logits(const Transformer& model, int workers) const {
  return read_rows(*this, workers, [&](const Tensor& batch, const Tensor& cells) {
    return model.forward(batch).flatten(0, 1).index_select(0, cells);
  });
}

PositionSample sample_positions(const ProbeGames& games, const GameRange& range, const Vocabulary& vocabulary,
                                const PlyWindow& window, std::uint64_t seed) {
  const int first = std::max(window.first, 1), last = std::min(window.last, vocabulary.context());
  if (first > last)
    fail("plies {} to {} hold no position of a model that sees {} moves", window.first, window.last,
         vocabulary.context());
  std::vector<int> cycle(static_cast<std::size_t>(last - first + 1));
  const auto stream = Stream(seed).child("plies of positions");
  std::vector<Game> cut;
  for (std::int64_t begin = 0; begin < range.count; begin += kChunkGames) {
    const auto whole = games.take(range.first + begin, std::min(kChunkGames, range.count - begin));
    const auto ends = last_plies(vocabulary, whole);
    for (std::size_t g = 0; g < whole.size(); ++g) {
      const auto turn = (static_cast<std::size_t>(begin) + g) % cycle.size();
      if (turn == 0) {
        std::iota(cycle.begin(), cycle.end(), first);
        stream.shuffle((static_cast<std::uint64_t>(begin) + g) / cycle.size(), std::span(cycle));
      }
      if (ends[g] >= first) cut.push_back(cut_after(whole[g], std::min(cycle[turn], ends[g])));
    }
  }
  if (cut.empty())
    fail("none of {} games goes on at one of plies {} to {}: there is no position to compare", range.count, first,
         last);
  return {vocabulary, std::move(cut)};
}

}  // namespace othello
