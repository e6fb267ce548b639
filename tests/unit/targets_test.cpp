// If these fail, a probe is asked for something else than its name says.
#include "probes/targets.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "tests/support/mailbox.h"
#include "tests/support/probes.h"
#include "tests/support/torch_test.h"

namespace othello::test {
namespace {

/// What one who follows a game with pencil and paper notes of every square.
struct Notes {
  explicit Notes(int board) : side(board), game(board), straight(Mailbox::start(board)), placed(straight) {
    for (const Square square : game.board.squares())
      if (game.board.at(square)) flips[square] = 0;
  }

  void play(Square square) {
    const Color color = game.to_move;
    turned = game.board.turned(color, square);
    for (const Square disc : turned) ++flips[disc];
    flips[square] = 0;
    placed.put(square, color);
    for (const Square disc : straight_turned(color, square)) straight.put(disc, color);
    straight.put(square, color);
    game.play(square);
    legal = game.legal();
    ++ply;
  }

  /// What a move turns on `straight` if nothing lies there but its rank, and if nothing does but its file.
  std::vector<Square> straight_turned(Color color, Square square) const {
    std::vector<Square> all;
    for (const auto& line : {+[](Square s) { return s / 8; }, +[](Square s) { return s % 8; }}) {
      Mailbox board(side);
      for (const Square other : board.squares())
        if (line(other) == line(square)) board.put(other, straight.at(other));
      const auto some = board.turned(color, square);
      all.insert(all.end(), some.begin(), some.end());
    }
    return all;
  }

  /// The class of a square (for `ply`: of the position).
  std::string of(const std::string& target, Frame frame, Square square) const {
    const Color mine = frame == Frame::mover ? game.to_move : ply % 2 == 0 ? Color::black : Color::white;
    const auto owner = [&](Mailbox::Cell cell) { return !cell ? "empty" : *cell == mine ? "mine" : "yours"; };
    const auto color = [](Mailbox::Cell cell) { return !cell ? "empty" : *cell == Color::black ? "black" : "white"; };
    const auto holds = [&](const std::vector<Square>& list) {
      return std::find(list.begin(), list.end(), square) != list.end();
    };
    if (target == "mine-yours-empty") return owner(game.board.at(square));
    if (target == "black-white-empty") return color(game.board.at(square));
    if (target == "flipped") return holds(turned) ? "flipped" : "not-flipped";
    if (target == "legal") return holds(legal) ? "legal" : "not-legal";
    if (target == "placed") return color(placed.at(square));
    if (target == "never-flipped") return owner(placed.at(square));
    if (target == "no-diagonals") return owner(straight.at(square));
    if (target == "ply") return std::to_string(ply);
    if (target != "flips") return "unknown to the oracle";
    return !flips.count(square) ? "empty" : flips.at(square) < 4 ? std::to_string(flips.at(square)) : "4+";
  }

  int side;
  MailboxGame game;
  Mailbox straight, placed;
  std::map<Square, int> flips;
  std::vector<Square> turned, legal;
  int ply = 0;
};

Positions positions(const BoardSize& board, std::int64_t games, std::uint64_t first = 0, PlyWindow window = {}) {
  return {Vocabulary(board), take_games(GameSource(board, 9, Purpose::probes), first, games), window};
}

/// The labels of a row, as bytes.
std::string row_of(const std::vector<std::uint8_t>& labels, const Target& target, std::size_t row) {
  const auto at = labels.begin() + static_cast<std::ptrdiff_t>(row) * target.units;
  return {at, at + target.units};
}

Token last_move(const Positions& p, std::size_t row) {
  return static_cast<Token>(p.batch.tokens[static_cast<std::size_t>(p.cells[row])]);
}

}  // namespace

TEST_CASE("every target is what the oracle notes of the game, in both frames, after passes too") {
  for (const BoardSize& board : {kBoard8, kBoard6}) {
    const Vocabulary vocabulary(board);
    const auto p = positions(board, 120);
    std::map<std::pair<std::size_t, int>, Notes> notes;
    int passes = 0;
    for (std::size_t g = 0; g < p.games.size(); ++g) {
      Notes note(board.side);
      for (const Square square : p.games[g].moves()) {
        note.play(square);
        passes += note.game.passed;
        notes.emplace(std::pair{g, note.ply}, note);
      }
    }
    REQUIRE(passes > 20);
    for (const auto& name : target_names())
      for (const Frame frame : {Frame::mover, Frame::parity}) {
        const auto target = make_target(name, vocabulary, frame);
        CHECK(target.name == name);
        CHECK(target.units == (name == "ply" ? 1 : board.square_count()));
        const auto labels = target.labels(p);
        REQUIRE(labels.size() == p.rows.size() * static_cast<std::size_t>(target.units));
        std::set<std::string> met;
        int wrong = 0;
        auto label = labels.begin();
        for (const auto& row : p.rows) {
          const Notes& note = notes.at({static_cast<std::size_t>(row.game), row.ply});
          for (std::size_t unit = 0; unit < static_cast<std::size_t>(target.units); ++unit) {
            const auto& word = target.classes.at(*label++);
            met.insert(word);
            wrong += word != note.of(name, frame, p.squares[unit]);
          }
        }
        INFO(name << " in the frame " << word_of(frame));
        CHECK(wrong == 0);
        CHECK(met.size() == target.classes.size());
      }
  }
}

TEST_CASE("the frames differ where a pass came before and nowhere else, and a target says which one it has") {
  const Vocabulary vocabulary(kBoard8);
  const auto p = positions(kBoard8, 100);
  for (const auto& name : target_names()) {
    const auto mover = make_target(name, vocabulary), parity = make_target(name, vocabulary, Frame::parity);
    CHECK(mover.frame == (mover.classes[0] == "mine" ? "mover" : ""));
    CHECK(parity.frame == (parity.classes[0] == "mine" ? "parity" : ""));
    const auto a = mover.labels(p), b = parity.labels(p);
    int wrong = 0;
    for (std::size_t row = 0; row < p.rows.size(); ++row) {
      const auto after = p.facts.at(static_cast<std::size_t>(p.rows[row].game), p.rows[row].ply).after;
      const bool odd_passes = (after.to_move == Color::black) != (p.rows[row].ply % 2 == 0);
      wrong += (row_of(a, mover, row) != row_of(b, mover, row)) != (odd_passes && !mover.frame.empty());
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("a window of plies changes which rows there are and no label") {
  const auto all = positions(kBoard6, 20), some = positions(kBoard6, 20, 0, {9, 14});
  for (const auto& name : target_names()) {
    const auto target = make_target(name, Vocabulary(kBoard6));
    const auto a = target.labels(all), b = target.labels(some);
    for (std::size_t row = 0; row < some.rows.size(); ++row) {
      const auto cell = static_cast<std::size_t>(some.cells[row]);
      CHECK(row_of(b, target, row) == row_of(a, target, static_cast<std::size_t>(all.row_of[cell])));
    }
  }
}

TEST_CASE("unfinished games have the labels of their beginning") {
  auto games = take_games(GameSource(kBoard6, 9, Purpose::probes), 0, 6);
  const Positions whole(Vocabulary(kBoard6), games);
  for (std::size_t g = 0; g < games.size(); ++g) games[g].length = static_cast<std::uint8_t>(4 * g);
  const Positions cut(Vocabulary(kBoard6), games);
  REQUIRE(cut.rows.size() == 4 * (1 + 2 + 3 + 4 + 5));
  for (const auto& name : target_names()) {
    const auto target = make_target(name, Vocabulary(kBoard6));
    const auto a = target.labels(whole), b = target.labels(cut);
    for (std::size_t row = 0; row < cut.rows.size(); ++row) {
      const auto cell = static_cast<std::size_t>(cut.cells[row]);
      CHECK(row_of(b, target, row) == row_of(a, target, static_cast<std::size_t>(whole.row_of[cell])));
    }
  }
}

TEST_CASE("a target that does not exist names the nearest one") {
  CHECK(contains(error_of([] { make_target("mine-your-empty", Vocabulary(kBoard8)); }),
                 "there is no target 'mine-your-empty'; did you mean 'mine-yours-empty'?"));
  CHECK(contains(error_of([] { make_target("flip", Vocabulary(kBoard8)); }), "did you mean 'flips'?"));
}

TEST_CASE("a control task gives the same labels to the same move at the same ply, and others with another seed") {
  const auto sample = positions(kBoard6, 200), other = positions(kBoard6, 300, 200);
  for (const std::string name : {"mine-yours-empty", "flips", "ply"}) {
    const auto task = make_target(name, Vocabulary(kBoard6));
    const auto control = control_task(task, sample, 3);
    CHECK(control.classes == task.classes);
    CHECK(control.units == task.units);
    std::map<std::pair<int, Token>, std::string> labels_of;
    int wrong = 0;
    for (const auto* p : {&sample, &other}) {
      const auto labels = control.labels(*p);
      for (std::size_t row = 0; row < p->rows.size(); ++row) {
        const auto own = row_of(labels, control, row);
        wrong += labels_of.emplace(std::pair{p->rows[row].ply, last_move(*p, row)}, own).first->second != own;
      }
    }
    CHECK(wrong == 0);
    CHECK(control_task(task, sample, 3).labels(other) == control.labels(other));
    if (name != "ply") CHECK(control_task(task, sample, 4).labels(other) != control.labels(other));
    else CHECK(control.labels(other) == task.labels(other));  // a class that is certain stays
  }
}

TEST_CASE("classes of a control task are as frequent as those of its task, ply by ply") {
  const auto p = positions(kBoard6, 400);
  const auto task = make_target("mine-yours-empty", Vocabulary(kBoard6));
  const auto own = task.labels(p);
  const auto units = static_cast<std::size_t>(task.units), classes = task.classes.size();
  // Drawn afresh for each (ply, move): over seeds, squares and plies the draws of a class have the mean Σ wπ and the
  // variance Σ w²π(1 − π), w being the share of a move among the rows of its ply.
  constexpr int kSeeds = 20;
  std::map<std::pair<int, Token>, double> share;
  std::map<int, double> rows;
  for (std::size_t row = 0; row < p.rows.size(); ++row) {
    ++share[{p.rows[row].ply, last_move(p, row)}];
    ++rows[p.rows[row].ply];
  }
  std::map<int, double> squares_of_shares;
  for (const auto& [type, times] : share) squares_of_shares[type.first] += std::pow(times / rows[type.first], 2);
  std::map<int, std::vector<double>> expected, found;  // by ply: [units, classes]
  for (const auto& [ply, times] : rows) expected[ply].resize(units * classes), found[ply].resize(units * classes);
  for (int seed = 0; seed < kSeeds; ++seed) {
    const auto drawn = control_task(task, p, static_cast<std::uint64_t>(seed)).labels(p);
    for (std::size_t row = 0; row < p.rows.size(); ++row)
      for (std::size_t unit = 0; unit < units; ++unit) {
        const double weight = 1 / rows[p.rows[row].ply] / kSeeds;
        expected[p.rows[row].ply][unit * classes + own[row * units + unit]] += weight;
        found[p.rows[row].ply][unit * classes + drawn[row * units + unit]] += weight;
      }
  }
  double worst = 0, chi = 0, degrees = 0;
  bool impossible = false;
  for (const auto& [ply, frequencies] : expected)
    for (std::size_t i = 0; i < frequencies.size(); ++i) {
      const double variance = squares_of_shares[ply] * frequencies[i] * (1 - frequencies[i]) / kSeeds;
      const double miss = std::pow(found[ply][i] - frequencies[i], 2);
      if (variance < 1e-9) impossible |= miss > 1e-9;
      else worst = std::max(worst, miss / variance), chi += miss / variance, ++degrees;
    }
  CHECK_FALSE(impossible);
  CHECK(chi / degrees == Approx(1).margin(0.15));
  CHECK(worst < 36 * 4);
}

TEST_CASE("a control task draws anew at every ply, also at those that its sample lacks, and asks for a sample") {
  const auto all = positions(kBoard6, 30), some = positions(kBoard6, 30, 0, {5, 5});
  const auto task = make_target("mine-yours-empty", Vocabulary(kBoard6));
  const auto labels = control_task(task, some, 1).labels(all);
  CHECK(*std::max_element(labels.begin(), labels.end()) == 2);
  // All plies have the frequencies of ply 5 here, so that only the draws can make a move's labels differ.
  std::map<Token, std::pair<std::set<int>, std::set<std::string>>> of_move;
  for (std::size_t row = 0; row < all.rows.size(); ++row) {
    auto& [plies, drawn] = of_move[last_move(all, row)];
    plies.insert(all.rows[row].ply);
    drawn.insert(row_of(labels, task, row));
  }
  for (const auto& [move, met] : of_move) CHECK(met.first.size() == met.second.size());
  CHECK(contains(error_of([&] { control_task(task, positions(kBoard6, 0), 1); }), "needs positions"));
}

TEST_CASE("shuffled labels are those of another game at the same ply") {
  for (const BoardSize& board : {kBoard8, kBoard6}) {
    auto games = take_games(GameSource(board, 9, Purpose::probes), 0, 12);
    games[3].length = 9;
    games[7].length = 0;
    const Positions p(Vocabulary(board), games);
    const auto task = make_target("mine-yours-empty", Vocabulary(board));
    const auto own = task.labels(p), others = shuffled(task).labels(p);
    const auto at = [&](std::size_t game, int ply) {
      return p.row_of[game * static_cast<std::size_t>(p.batch.context) + static_cast<std::size_t>(ply) - 1];
    };
    int wrong = 0, same = 0, alone = 0;
    for (int ply = 1; ply <= p.batch.context; ++ply)
      for (std::size_t game = 0; game < games.size(); ++game) {
        if (at(game, ply) < 0) continue;
        std::size_t next = (game + 1) % games.size();
        while (at(next, ply) < 0) next = (next + 1) % games.size();
        alone += next == game;
        const auto row = static_cast<std::size_t>(at(game, ply)), from = static_cast<std::size_t>(at(next, ply));
        wrong += row_of(others, task, row) != row_of(own, task, from);
        same += next != game && row_of(others, task, row) == row_of(own, task, row);
      }
    CHECK(wrong == 0);
    CHECK(same < static_cast<int>(p.rows.size()) / 10);  // the first plies
    CHECK(alone <= 1);
  }
}

}  // namespace othello::test
