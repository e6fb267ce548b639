#include "interventions/case_set.h"

#include <algorithm>
#include <array>

#include "common/error.h"
#include "data/batch.h"
#include "data/fingerprint.h"
#include "data/state_pairs.h"
#include "data/symmetry.h"
#include "engine/notation.h"

namespace othello {
namespace {

constexpr std::int64_t kGamesPerCase = 100;
constexpr std::int64_t kTranspositionGames = 100000;
constexpr std::uint64_t kBlock = 256;

/// What is drawn for the case of a game at a ply: all draws of one game in the order in which they are asked for.
class Draws {
 public:
  Draws(const Stream& stream, std::uint64_t game) : stream_(stream), game_(game) {}
  int below(int n) { return static_cast<int>(stream_.below(static_cast<std::uint32_t>(n), game_, next_++)); }

 private:
  const Stream& stream_;
  std::uint64_t game_;
  std::uint32_t next_ = 0;
};

/// `count` different squares of a set, uniformly.
std::vector<Square> pick(Bits set, int count, Draws& draws) {
  std::vector<Square> from, picked;
  for_each_square(set, [&](Square s) { from.push_back(s); });
  for (; count > 0 && !from.empty(); --count) {
    const auto i = static_cast<std::size_t>(draws.below(static_cast<int>(from.size())));
    picked.push_back(from[i]);
    from.erase(from.begin() + static_cast<std::ptrdiff_t>(i));
  }
  return picked;
}

class Drawing {
 public:
  Drawing(const GameSource& source, const Vocabulary& vocabulary, const CaseRecipe& recipe)
      : source_(source), vocabulary_(vocabulary), recipe_(recipe), last_ply_(vocabulary.context() * 5 / 6) {
    set_.name = recipe.set;
  }

  CaseSet run() {
    const auto stream = Stream(recipe_.seed).child("cases");
    const auto most = static_cast<std::uint64_t>(kGamesPerCase * recipe_.count);
    std::vector<Game> games(kBlock);
    FingerprintSet seen;
    for (std::uint64_t number = 0; number < most && missing(); ++number) {
      if (number % kBlock == 0) source_.play(number, games);
      const auto& game = games[number % kBlock];
      if (!seen.insert(fingerprint(canonical(game)))) continue;
      Draws draws(stream, number);
      add_case(game, number, draws);
    }
    if (missing())
      fail("the first {} games give {} {} cases, and {} were asked for: ask for at most {}, or for something else",
           most, set_.cases.size(), recipe_.set, recipe_.count, set_.cases.size());
    return std::move(set_);
  }

 private:
  bool missing() const { return static_cast<std::int64_t>(set_.cases.size()) < recipe_.count; }

  /// At the ply that has fewest cases so far, or where that is none, at the next such one.
  void add_case(const Game& game, std::uint64_t number, Draws& draws) {
    std::vector<int> plies;
    for (int ply = recipe_.first_ply; ply <= std::min(last_ply_, game.length - 1); ++ply) plies.push_back(ply);
    std::stable_sort(plies.begin(), plies.end(), [&](int a, int b) { return cases_at_[a] < cases_at_[b]; });
    for (const int ply : plies) {
      Game history = game;
      history.length = static_cast<std::uint8_t>(ply);
      try {
        auto made = draw(history, number, draws);
        made.source = fmt::format("game {}", number);
        set_.cases.push_back(std::move(made));
        ++cases_at_[ply];
        return;
      } catch (const Error& error) {
        ++set_.drawn_again[error.what()];
      }
      // A square that is asked for may be empty until late; any disc is found in the next game.
      if (!recipe_.square) return;
    }
  }

  /// Throws Error if this is no case.
  Case draw(const Game& history, std::uint64_t number, Draws& draws) {
    if (recipe_.set == "positions") return make_position(vocabulary_, history);
    if (recipe_.set == "donor") return with_donor(history, number);
    const auto board = replay(vocabulary_.board(), history.moves()).back().after;
    const bool unnatural = recipe_.set == "unnatural";
    const auto change = unnatural ? Change::erase : recipe_.change;
    auto made = make_case(vocabulary_, history, changes(board, change, draws));
    const auto why = certificate(made.after);
    if (unnatural && why.empty()) fail("nothing says that no game reaches the board");
    if (!unnatural && !why.empty()) fail("no game reaches the board: {}", why);
    if (made.legal_after == made.legal_before) fail("the legal moves stay as they were");
    return made;
  }

  std::vector<SquareChange> changes(const Position& board, Change change, Draws& draws) const {
    std::vector<SquareChange> made;
    Bits from = board.occupied();
    int more = recipe_.squares;
    if (const auto square = recipe_.square) {
      if ((from & bit(*square)) == 0) fail("there is no disc on {}", square_name(*square));
      from &= ~bit(*square), --more;
      made.push_back({*square, change});
    }
    for (const auto square : pick(from, more, draws)) made.push_back({square, change});
    return made;
  }

  /// The next game of the source at the same ply.
  Case with_donor(const Game& history, std::uint64_t number) const {
    Game donor = source_.game(number + static_cast<std::uint64_t>(kGamesPerCase * recipe_.count));
    if (donor.length <= history.length) fail("the game is over by then");
    donor.length = history.length;
    auto made = make_donor_case(vocabulary_, history, donor);
    if (made.legal_after == made.legal_before) fail("the legal moves stay as they were");
    return made;
  }

  const GameSource& source_;
  const Vocabulary& vocabulary_;
  const CaseRecipe& recipe_;
  int last_ply_;
  std::map<int, std::int64_t> cases_at_;  // by ply
  CaseSet set_;
};

CaseSet transpositions(const GameSource& source, const Vocabulary& vocabulary, const CaseRecipe& recipe) {
  CaseSet set;
  set.name = recipe.set;
  const auto games = take_games(source, 0, kTranspositionGames);
  // In some pairs black has white's discs and the other side is to move: those are no cases, so that more are asked
  // for.
  for (const auto& pair :
       same_state_pairs(vocabulary.board(), games, 2 * recipe.count, Stream(recipe.seed).child("cases"))) {
    if (static_cast<std::int64_t>(set.cases.size()) == recipe.count) break;
    Game history = games[pair.a], donor = games[pair.b];
    history.length = donor.length = static_cast<std::uint8_t>(pair.ply);
    try {
      auto made = make_donor_case(vocabulary, history, donor);
      made.source = fmt::format("games {} and {}", pair.a, pair.b);
      set.cases.push_back(std::move(made));
    } catch (const Error& error) {
      ++set.drawn_again[error.what()];
    }
  }
  if (static_cast<std::int64_t>(set.cases.size()) < recipe.count)
    fail("{} games meet in {} boards by different moves, and {} were asked for: ask for at most {}",
         kTranspositionGames, set.cases.size(), recipe.count, set.cases.size());
  return set;
}

}  // namespace

const std::vector<std::string>& case_set_names() {
  static const std::vector<std::string> names{"natural", "unnatural", "donor", "transposition", "positions"};
  return names;
}

bool is_drawn(const CaseSet& set) {
  const auto& names = case_set_names();
  return std::find(names.begin(), names.end(), set.name) != names.end();
}

std::int64_t CaseSet::rejected() const {
  auto all = static_cast<std::int64_t>(rejections.size());
  for (const auto& [reason, times] : drawn_again) all += times;
  return all;
}

CaseSet draw_cases(const GameSource& source, const Vocabulary& vocabulary, const CaseRecipe& recipe) {
  return recipe.set == "transposition" ? transpositions(source, vocabulary, recipe)
                                       : Drawing(source, vocabulary, recipe).run();
}

Json CaseSet::balance() const {
  std::map<int, int> by_ply, by_difference;
  std::map<std::string, int> by_certificate;
  std::array<int, 64> by_square{};
  double before = 0, after = 0, difference = 0;
  for (const auto& c : cases) {
    const int differ = count(c.legal_before ^ c.legal_after);
    ++by_ply[c.ply()], ++by_difference[differ];
    for (const auto& change : c.changes) ++by_square[static_cast<std::size_t>(change.square)];
    if (const auto why = certificate(c.after); !why.empty()) ++by_certificate[why];
    before += count(c.legal_before), after += count(c.legal_after), difference += differ;
  }
  const auto n = static_cast<double>(cases.size());
  Json out{{"by_ply", Json::array()}, {"by_square", by_square}, {"by_difference", Json::array()}};
  for (const auto& [ply, number] : by_ply) out["by_ply"].push_back({{"ply", ply}, {"cases", number}});
  for (const auto& [squares, number] : by_difference)
    out["by_difference"].push_back({{"squares", squares}, {"cases", number}});
  out["legal_before"] = before / n;
  out["legal_after"] = after / n;
  out["difference"] = difference / n;
  out["certificates"] = by_certificate;
  return out;
}

}  // namespace othello
