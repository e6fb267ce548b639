// If these fail, kernels are fitted to games that they are judged on, or to labels of other positions.
#include "theory/position_sample.h"

#include <map>
#include <set>

#include "probes/inputs.h"
#include "tests/support/torch_test.h"

namespace othello::test {
namespace {

const Vocabulary kVocabulary(kBoard6);

ProbeGames probe_games(std::int64_t count) { return {GameSource(kBoard6, 3, Purpose::probes), count}; }

std::string moves_of(const Game& game) { return {game.moves().begin(), game.moves().end()}; }

/// The discs of the longest line that a move turned and the number of such lines, by walking over a board of letters.
Capture walk(const BoardSize& board, std::span<const std::uint8_t> moves) {
  const auto before = replay(board, moves.first(moves.size() - 1));
  const auto position = before.empty() ? start_position() : before.back().after;
  Capture capture;
  for (const auto& [right, up] : {std::pair{-1, -1}, {0, -1}, {1, -1}, {-1, 0}, {1, 0}, {-1, 1}, {0, 1}, {1, 1}}) {
    int file = moves.back() % 8 + right, rank = moves.back() / 8 + up, length = 0;
    const auto holds = [&](Bits discs) {
      return file >= 0 && file < 8 && rank >= 0 && rank < 8 && (discs & board.squares & bit(file + 8 * rank)) != 0;
    };
    for (; holds(position.opponent); file += right, rank += up) ++length;
    if (length == 0 || !holds(position.mover)) continue;
    capture.discs += length, ++capture.lines, capture.longest = std::max(capture.longest, length);
  }
  return capture;
}

}  // namespace

TEST_CASE("every game gives one position, and plies take turns") {
  const auto games = probe_games(310);
  const auto sample = sample_positions(games, {0, 310}, kVocabulary, {}, 1);
  REQUIRE(sample.size() == 310);
  const auto whole = games.take(0, 310);
  std::map<int, int> rows_at;
  for (std::size_t i = 0; i < 310; ++i) {
    const auto moves = sample.games[i].moves();
    REQUIRE(static_cast<int>(moves.size()) == sample.plies[i]);
    REQUIRE(std::equal(moves.begin(), moves.end(), whole[i].moves().begin()));
    ++rows_at[sample.plies[i]];
  }
  // Ten cycles of 31 plies; games that ended before their turn moved to an earlier ply.
  for (int ply = 1; ply <= 25; ++ply) CHECK(rows_at[ply] >= 10);
  CHECK(rows_at[1] == 10);
  const auto again = sample_positions(games, {0, 310}, kVocabulary, {}, 1);
  CHECK(again.plies == sample.plies);
  CHECK(sample_positions(games, {0, 310}, kVocabulary, {}, 2).plies != sample.plies);
  for (const int ply : sample_positions(games, {0, 100}, kVocabulary, {5, 9}, 1).plies) CHECK((ply >= 5 && ply <= 9));
}

TEST_CASE("samples of disjoint ranges have no game in common") {
  const auto games = probe_games(400);
  const auto sample = [&](GameRange range) { return sample_positions(games, range, kVocabulary, {20, 20}, 1); };
  std::set<std::string> fit;
  for (const auto& game : sample({0, 300}).games) fit.insert(moves_of(game));
  for (const auto& game : sample({300, 100}).games) CHECK(fit.count(moves_of(game)) == 0);
}

TEST_CASE("what is known of a sampled position is what the whole game's rows say") {
  const auto games = probe_games(200);
  const auto sample = sample_positions(games, {20, 180}, kVocabulary, {}, 5);
  const Positions all(kVocabulary, games.take(20, 180));
  const auto squares = static_cast<std::int64_t>(all.squares.size());
  const auto flips = sample.flips(), legal = sample.legal_moves(), inputs = sample.one_hot();
  const MoveInput one_hot(MoveInput::Kind::one_hot, kVocabulary);
  REQUIRE(inputs.size(1) == one_hot.features());
  const auto w = torch::arange(one_hot.features(), at::kFloat).sin().unsqueeze(1);
  const ProbeBatch batch{all, 0, {}, {}};
  const Tensor scores[] = {one_hot.apply(batch, 0, at::cat({w, torch::zeros({kVocabulary.context(), 1})})),
                           one_hot.apply(batch, 1, at::cat({w, torch::zeros({kVocabulary.context(), 1})}))};
  const auto own = at::mm(inputs, w);
  for (const auto& name : {"mine-yours-empty", "black-white-empty", "legal", "ply"}) {
    INFO(name);
    const auto target = make_target(name, kVocabulary);
    const auto labels = sample.labels(target);
    const auto expected = target.labels(all);
    REQUIRE(labels.sizes() == at::IntArrayRef{180, target.units});
    for (std::int64_t i = 0; i < 180; ++i) {
      const auto ply = sample.plies[static_cast<std::size_t>(i)];
      const auto row = all.row_of[static_cast<std::size_t>(i * kVocabulary.context() + ply - 1)];
      REQUIRE(row >= 0);
      const auto same = [&](const Tensor& rows, const std::vector<std::uint8_t>& of, std::int64_t width) {
        const auto* found = rows.data_ptr<std::uint8_t>() + i * width;
        return std::equal(found, found + width, of.begin() + row * width);
      };
      REQUIRE(same(labels, expected, target.units));
      REQUIRE(same(flips, all.flips, squares));
      REQUIRE(own[i][0].item<float>() ==
              Approx(scores[ply % 2][row - all.begin[ply % 2]][0].item<float>()).margin(1e-4));
      const auto facts = replay(kBoard6, sample.games[static_cast<std::size_t>(i)].moves()).back();
      REQUIRE(legal[i].sum().item<std::int64_t>() == count(facts.legal));
    }
  }
}

TEST_CASE("the discs that the last move captured are counted by line") {
  for (const int side : {6, 8}) {
    const Vocabulary vocabulary(board_size(side));
    const ProbeGames games(GameSource(vocabulary.board(), 3, Purpose::probes), 150);
    const auto sample = sample_positions(games, {0, 150}, vocabulary, {}, 1);
    bool several = false;
    for (std::size_t i = 0; i < 150; ++i) {
      const auto expected = walk(vocabulary.board(), sample.games[i].moves());
      const auto& found = sample.captures[i];
      REQUIRE(found.discs == expected.discs);
      REQUIRE(found.lines == expected.lines);
      REQUIRE(found.longest == expected.longest);
      several = several || (found.lines > 1 && found.longest > 1);
    }
    CHECK(several);
  }
}

TEST_CASE("activations of sampled positions are those at their last token") {
  const Transformer model({.board = 6, .layers = 2, .d_model = 16, .heads = 2}, 7);
  const auto sample = sample_positions(probe_games(100), {0, 100}, kVocabulary, {}, 1);
  const Site site{SiteKind::resid_post, 0};
  const auto activations = sample.activations(model, site, 1);
  const auto logits = sample.logits(model, 2);
  REQUIRE(activations.sizes() == at::IntArrayRef{100, 16});
  CHECK(at::equal(activations, sample.activations(model, site, 3)));
  for (std::int64_t i = 0; i < 100; i += 9) {
    Trace trace;
    trace.record(site);
    const auto own = model.forward(sample.tokens(i), &trace);
    CHECK((trace.value(site)[0][-1] - activations[i]).abs().max().item<double>() < 1e-5);
    CHECK((own[0][-1] - logits[i]).abs().max().item<double>() < 1e-5);
  }
}

TEST_CASE("samples that hold no position say so") {
  const auto games = probe_games(10);
  CHECK(contains(error_of([&] { sample_positions(games, {0, 0}, kVocabulary, {}, 1); }), "no position"));
  CHECK(contains(error_of([&] { sample_positions(games, {0, 10}, kVocabulary, {40, 50}, 1); }), "31 moves"));
  CHECK(contains(error_of([&] { sample_positions(games, {5, 10}, kVocabulary, {}, 1); }), "of 10"));
  CHECK(contains(error_of([&] { PositionSample(kVocabulary, games.take(0, 1)); }), "goes on"));
}

}  // namespace othello::test
