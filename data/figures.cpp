#include "data/figures.h"

#include <cmath>

#include "data/uniform_reference.h"

namespace othello {
namespace {

constexpr int kExactDiscs = 10;         // decisions before these discs are enumerated
constexpr std::int64_t kFewest = 30;    // games behind a mean that z judges
constexpr double kFewestExpected = 10;  // games expected on either side of a share that z judges

/// What is known of the uniform player: a mean, its spread from game to game, and the games that it was measured on
/// (0: it is exact).
struct Reference {
  double value = 0;
  double sd = 0;
  std::int64_t games = 0;
};

double z_score(double value, std::int64_t n, const Reference& reference) {
  const double known = reference.games == 0 ? 0 : 1 / static_cast<double>(reference.games);
  return (value - reference.value) / (reference.sd * std::sqrt(1 / static_cast<double>(n) + known));
}

class Collector {
 public:
  explicit Collector(bool judge) : judge_(judge) {}

  void mean(const std::string& name, int at, std::int64_t n, double sum, double squares,
            std::optional<Reference> reference) {
    if (n == 0) return;
    const double count = static_cast<double>(n), value = sum / count;
    const double variance = n < 2 ? 0 : std::max(0.0, (squares - sum * value) / (count - 1));
    add(name, at, n, value, std::sqrt(variance / count), reference, n >= kFewest);
  }

  void share(const std::string& name, int at, std::int64_t part, std::int64_t n, std::optional<Reference> reference) {
    if (n == 0) return;
    const double count = static_cast<double>(n), value = static_cast<double>(part) / count;
    bool enough = false;
    if (reference) {
      const double p = reference->value;
      reference->sd = std::sqrt(p * (1 - p));
      enough = count * std::min(p, 1 - p) >= kFewestExpected;
    }
    add(name, at, n, value, std::sqrt(value * (1 - value) / count), reference, enough);
  }

  std::vector<Figure> figures;

 private:
  void add(const std::string& name, int at, std::int64_t n, double value, double se,
           const std::optional<Reference>& reference, bool enough) {
    Figure figure;
    figure.name = name;
    figure.at = at;
    figure.n = n;
    figure.value = value;
    figure.se = se;
    if (reference) {
      figure.reference = reference->value;
      figure.exact = reference->games == 0;
      if (judge_ && enough && reference->sd > 0) figure.z = z_score(value, n, *reference);
    }
    figures.push_back(std::move(figure));
  }

  bool judge_;
};

void add_decisions(Collector& out, const GameStatistics& games, const BoardSize& board,
                   const std::vector<ExactDecisions>& exact) {
  for (int t = 1; t <= board.playable_count(); ++t) {
    const auto& at = games.decisions[static_cast<std::size_t>(t)];
    std::optional<Reference> legal, passes;
    if (t <= kExactDiscs) {
      const ExactDecisions& known = exact[static_cast<std::size_t>(t - 1)];
      legal = Reference{known.legal, known.legal_sd, 0};
      passes = Reference{known.passes, 0, 0};
    } else if (board == kBoard8) {
      const ReferenceDecisions& known = kReferenceDecisions[static_cast<std::size_t>(t - 1)];
      legal = Reference{known.legal, known.legal_sd, known.games};
      passes = Reference{known.passes / 100, 0, known.games};
    }
    out.mean("legal_moves", t, at.games, static_cast<double>(at.legal), static_cast<double>(at.legal_squared), legal);
    out.share("pass", t, at.passes, at.games, passes);
  }
}

void add_lengths(Collector& out, const GameStatistics& games, const BoardSize& board,
                 const std::vector<ExactDecisions>& exact) {
  for (int moves = 0; moves <= board.playable_count(); ++moves) {
    const auto i = static_cast<std::size_t>(moves);
    std::optional<Reference> known;
    if (moves < kExactDiscs) {
      const double ended = moves == 0 ? 0 : exact[i - 1].reached - exact[i].reached;
      known = Reference{std::abs(ended) < 1e-12 ? 0 : ended, 0, 0};
    } else if (board == kBoard8) {
      if (moves <= 11) known = Reference{kExactEndings[i - 9], 0, 0};
      else known = Reference{static_cast<double>(kReferenceLengths[i]) / kReferenceGames, 0, kReferenceGames};
    }
    if (games.lengths[i] > 0 || (known && known->value > 0))
      out.share("length", moves, games.lengths[i], games.games, known);
  }
}

void add_passes(Collector& out, const GameStatistics& games, const BoardSize& board) {
  double squares = 0, known_sum = 0, known_squares = 0;
  for (std::size_t n = 0; n < games.with_passes.size(); ++n)
    squares += static_cast<double>(n * n) * static_cast<double>(games.with_passes[n]);
  for (std::size_t n = 0; n < kReferencePasses.size(); ++n) {
    known_sum += static_cast<double>(n) * static_cast<double>(kReferencePasses[n]);
    known_squares += static_cast<double>(n * n) * static_cast<double>(kReferencePasses[n]);
  }
  constexpr auto all = static_cast<double>(kReferenceGames);
  const double mean = known_sum / all;
  const std::int64_t legal = games.games - games.illegal;
  std::optional<Reference> per_game, none;
  if (board == kBoard8) {
    per_game = Reference{mean, std::sqrt(known_squares / all - mean * mean), kReferenceGames};
    none = Reference{1 - static_cast<double>(kReferencePasses[0]) / all, 0, kReferenceGames};
  }
  out.mean("passes_per_game", 0, legal, static_cast<double>(games.passes()), squares, per_game);
  out.share("games_with_pass", 0, legal - games.with_passes[0], legal, none);
}

void add_results(Collector& out, const GameStatistics& games, const BoardSize& board) {
  const std::int64_t n = games.finished();
  if (n == 0) return;
  const auto known = [&](double value, double sd = 0) {
    return board == kBoard8 ? std::optional(Reference{value, sd, kReferenceGames}) : std::nullopt;
  };
  out.share("black_wins", 0, games.black_wins, n, known(kReferenceBlackWins));
  out.share("draws", 0, games.draws, n, known(kReferenceDraws));
  out.share("white_wins", 0, games.white_wins, n, known(kReferenceWhiteWins));
  // The spread of the difference was not published: the games' own stands in.
  const auto sum = static_cast<double>(games.disc_difference), count = static_cast<double>(n);
  const auto squares = static_cast<double>(games.disc_difference_squared);
  const double sd = std::sqrt(std::max(0.0, squares / count - sum * sum / count / count));
  out.mean("disc_difference", 0, n, sum, squares, known(kReferenceDiscDifference, sd));
  out.share("wiped_out", 0, games.wiped_out, n, known(kReferenceWipedOut));
  out.share("stuck", 0, games.stuck, n, known(kReferenceStuck));
}

}  // namespace

std::vector<Figure> figures(const GameStatistics& statistics, const BoardSize& board, bool judge) {
  Collector out(judge);
  const auto exact = exact_decisions(board, kExactDiscs);
  add_results(out, statistics, board);
  add_passes(out, statistics, board);
  add_lengths(out, statistics, board, exact);
  add_decisions(out, statistics, board, exact);
  return std::move(out.figures);
}

const Figure* farthest(const std::vector<Figure>& figures) {
  const Figure* worst = nullptr;
  for (const Figure& figure : figures)
    if (figure.z && (worst == nullptr || std::abs(*figure.z) > std::abs(*worst->z))) worst = &figure;
  return worst;
}

Json to_json(const Figure& figure) {
  Json out{{"figure", figure.name}};
  if (figure.at > 0) out["at"] = figure.at;
  out["n"] = figure.n;
  out["value"] = figure.value;
  out["se"] = figure.se;
  if (figure.reference) {
    out["reference"] = *figure.reference;
    out["exact"] = figure.exact;
  }
  if (figure.z) out["z"] = *figure.z;
  return out;
}

}  // namespace othello
