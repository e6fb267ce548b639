#include "model/world_model.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "common/threads.h"
#include "engine/player.h"
#include "engine/rules.h"
#include "model/decoder.h"

namespace othello {
namespace {

using Suffix = std::vector<int>;  // tokens; of g++ 12, vectors of bytes in a set get a false warning
using Moves = std::span<const std::uint8_t>;

/// Where the rules are after some moves; once a move was illegal, nothing is legal any more.
class Referee {
 public:
  Referee(const Vocabulary& vocabulary, Moves moves)
      : vocabulary_(vocabulary), turn_(next_turn(start_position(), vocabulary.board())) {
    for (const Square square : moves) turn_ = next_turn(play(turn_.position, square), vocabulary_.board());
  }

  bool over() const { return lawful_ && turn_.over(); }
  Bits legal() const { return lawful_ ? turn_.legal : 0; }
  /// Whether the move is legal.
  bool play_token(int token) {
    const Square square = vocabulary_.square(static_cast<Token>(token));
    lawful_ = (legal() & bit(square)) != 0;
    if (lawful_) turn_ = next_turn(play(turn_.position, square), vocabulary_.board());
    return lawful_;
  }
  bool accepts(const Suffix& suffix) const {
    Referee copy = *this;
    return std::all_of(suffix.begin(), suffix.end(), [&](int token) { return copy.play_token(token); });
  }

 private:
  const Vocabulary& vocabulary_;
  Turn turn_;
  bool lawful_ = true;
};

/// Two sequences of moves and what is asked of them.
class PairTest {
 public:
  PairTest(Generator generator, const Vocabulary& vocabulary, std::span<const Game> games, const StatePair& pair,
           const WorldModelSettings& settings)
      : generator_(std::move(generator)),
        vocabulary_(vocabulary),
        a_(games[pair.a].moves().first(static_cast<std::size_t>(pair.ply))),
        b_(games[pair.b].moves().first(static_cast<std::size_t>(pair.ply))),
        suffixes_(static_cast<std::size_t>(settings.suffixes)),
        log_epsilon_(static_cast<float>(std::log(settings.epsilon))) {}

  /// Suffixes sampled from the model after A; those that it rejects after B are cut behind the token it rejects.
  struct Sampled {
    Suffix moves;
    bool rejected = false;
  };
  std::vector<Sampled> sample(const Stream& stream, std::uint64_t item) {
    std::vector<Sampled> samples(suffixes_);
    std::vector<Referee> referees(suffixes_, Referee(vocabulary_, a_));
    std::vector<bool> open(suffixes_, true);
    continue_rows(suffixes_, [&](std::size_t i, const float* after_a, const float* after_b) -> int {
      if (!open[i]) return kPadding;
      auto& [moves, rejected] = samples[i];
      const auto draw = stream.draw(item * suffixes_ + i, static_cast<std::uint32_t>(moves.size()));
      const int token = drawn(after_a, draw);
      if (token != kPadding) {
        moves.push_back(token);
        referees[i].play_token(token);
        rejected = !accepted(after_b, token);
      }
      open[i] = token != kPadding && !rejected && !referees[i].over();
      return open[i] ? token : kPadding;
    });
    return samples;
  }

  std::optional<double> precision(const Stream& stream, std::uint64_t item) {
    std::set<Suffix> boundary;
    for (auto& [moves, rejected] : sample(stream, item))
      if (rejected) boundary.insert(std::move(moves));
    const Referee a(vocabulary_, a_), b(vocabulary_, b_);
    const auto told_apart = std::count_if(boundary.begin(), boundary.end(), [&](const Suffix& suffix) {
      return a.accepts(suffix) && !b.accepts(suffix);
    });
    return share(static_cast<std::size_t>(told_apart), boundary.size());
  }

  std::optional<double> recall(const Stream& stream, std::uint64_t item) {
    const auto list = true_boundary(stream, item);
    std::vector<std::size_t> at(list.size(), 0);
    std::vector<bool> by_a(list.size(), true), by_b(list.size(), true);
    continue_rows(list.size(), [&](std::size_t i, const float* after_a, const float* after_b) -> int {
      if (!by_a[i] || at[i] == list[i].size()) return kPadding;
      const int token = list[i][at[i]++];
      by_a[i] = accepted(after_a, token);
      by_b[i] = by_b[i] && accepted(after_b, token);
      return by_a[i] && at[i] < list[i].size() ? token : kPadding;
    });
    std::size_t told_apart = 0;
    for (std::size_t i = 0; i < list.size(); ++i) told_apart += by_a[i] && !by_b[i] ? 1 : 0;
    return share(told_apart, list.size());
  }

 private:
  bool accepted(const float* log_p, int token) const { return log_p[token] > log_epsilon_; }

  /// A token among the accepted ones, in proportion to its probability; padding if there is none.
  int drawn(const float* log_p, std::uint32_t draw) const {
    double total = 0;
    int last = kPadding;
    for (int token = 1; token < vocabulary_.size(); ++token)
      if (accepted(log_p, token)) total += std::exp(log_p[token]), last = token;
    double left = std::ldexp(draw, -32) * total;
    for (int token = 1; token < last; ++token)
      if (accepted(log_p, token) && (left -= std::exp(log_p[token])) < 0) return token;
    return last;
  }

  std::vector<Suffix> true_boundary(const Stream& stream, std::uint64_t item) const {
    std::set<Suffix> boundary;
    for (std::size_t i = 0; i < suffixes_; ++i) {
      Referee a(vocabulary_, a_), b(vocabulary_, b_);
      Suffix moves;
      for (bool told_apart = false; !told_apart && a.legal() != 0;) {
        const auto draw = stream.below(static_cast<std::uint32_t>(count(a.legal())), item * suffixes_ + i,
                                       static_cast<std::uint32_t>(moves.size()));
        moves.push_back(vocabulary_.token(nth_square(a.legal(), static_cast<int>(draw))));
        a.play_token(moves.back());
        told_apart = !b.play_token(moves.back());
        if (told_apart) boundary.insert(moves);
      }
    }
    return {boundary.begin(), boundary.end()};
  }

  static std::optional<double> share(std::size_t hits, std::size_t of) {
    if (of == 0) return std::nullopt;
    return static_cast<double>(hits) / static_cast<double>(of);
  }

  /// Asks the model what follows A and B in `n` suffixes at once, over and over: `step(i, log p after A and suffix i,
  /// the same after B)` says how suffix i goes on, padding if it does not, until none does.
  template <class Step>
  void continue_rows(std::size_t n, const Step& step) {
    const auto rows = static_cast<std::int64_t>(n);
    const auto prefix = [&](Moves moves) {
      auto row = torch::empty({1, static_cast<std::int64_t>(moves.size())}, at::kLong);
      std::transform(moves.begin(), moves.end(), row.data_ptr<std::int64_t>(),
                     [&](std::uint8_t square) { return vocabulary_.token(square); });
      return row.expand({rows, -1});
    };
    auto tokens = at::cat({prefix(a_), prefix(b_)});  // [2n, pos]: after A, after B
    for (bool going_on = n > 0; going_on && tokens.size(1) <= vocabulary_.context();) {
      const Tensor log_p = generator_(tokens).contiguous();  // [2n, vocabulary]
      const float* row = log_p.data_ptr<float>();
      auto next = torch::zeros({2 * rows, 1}, at::kLong);
      auto* cell = next.data_ptr<std::int64_t>();
      going_on = false;
      for (std::size_t i = 0; i < n; ++i) {
        const auto width = static_cast<std::size_t>(log_p.size(1));
        cell[i] = cell[n + i] = step(i, row + i * width, row + (n + i) * width);
        going_on |= cell[i] != kPadding;
      }
      tokens = at::cat({tokens, next}, 1);
    }
  }

  Generator generator_;
  const Vocabulary& vocabulary_;
  Moves a_, b_;
  std::size_t suffixes_;
  float log_epsilon_;
};

std::optional<Estimate> mean(const std::vector<std::optional<double>>& values) {
  std::vector<Cluster> clusters;
  for (const auto& value : values)
    if (value) clusters.push_back({*value, 1});
  if (clusters.empty()) return std::nullopt;
  return ratio_of_sums(clusters);
}

}  // namespace

GeneratorFactory generator_of(const Transformer& model) {
  return [&model]() -> Generator { return Decoder(model); };
}

GeneratorFactory empty_squares_generator(const Vocabulary& vocabulary) {
  return [size = vocabulary.size()]() -> Generator {
    return [size](const Tensor& tokens) {
      auto free = torch::ones({tokens.size(0), size}, at::kFloat).scatter_(1, tokens, 0);
      free.select(1, kPadding).zero_();
      return at::log(free / free.sum(-1, true));
    };
  };
}

Json WorldModelScore::to_json() const {
  const auto json = [](const std::optional<Estimate>& e) { return e ? othello::to_json(*e) : Json(); };
  return {{"compression", json(compression)},
          {"distinction_precision", json(precision)},
          {"distinction_recall", json(recall)}};
}

WorldModelPairs world_model_pairs(const BoardSize& board, std::span<const Game> games,
                                  const WorldModelSettings& settings) {
  const Stream stream = Stream(settings.seed).child("world model");
  return {same_state_pairs(board, games, settings.pairs, stream.child("same state")),
          other_state_pairs(board, games, settings.pairs, stream.child("other state"))};
}

WorldModelScore world_model_score(const GeneratorFactory& make, const Vocabulary& vocabulary,
                                  std::span<const Game> games, const WorldModelPairs& pairs,
                                  const WorldModelSettings& settings, const std::function<void(double)>& show) {
  const Stream stream = Stream(settings.seed).child("world model");
  const Stream same = stream.child("compression"), model = stream.child("precision"), rules = stream.child("recall");
  std::vector<std::optional<double>> compression(pairs.same.size()), precision(pairs.other.size()),
      recall(pairs.other.size());
  const auto count = static_cast<int>(pairs.same.size() + pairs.other.size());
  parallel_for(count, settings.workers, [&](int index, int worker) {
    const auto i = static_cast<std::size_t>(index);
    if (i < pairs.same.size()) {
      const auto samples = PairTest(make(), vocabulary, games, pairs.same[i], settings).sample(same, i);
      compression[i] = std::none_of(samples.begin(), samples.end(), [](const auto& s) { return s.rejected; }) ? 1 : 0;
    } else {
      const auto k = i - pairs.same.size();
      PairTest test(make(), vocabulary, games, pairs.other[k], settings);
      precision[k] = test.precision(model, k);
      recall[k] = test.recall(rules, k);
    }
    if (show && worker == 0) show(static_cast<double>(index + 1) / count);
  });
  return {mean(compression), mean(precision), mean(recall)};
}

}  // namespace othello
