// If these fail, moves are said to be settled before the board is, or after it, where the layers say something else.
#include "probes/layer_order.h"

#include "engine/notation.h"
#include "tests/support/mailbox.h"
#include "tests/support/positions.h"
#include "tests/support/torch_test.h"

namespace othello::test {
namespace {

Bits squares(std::initializer_list<const char*> names) {
  Bits all = 0;
  for (const char* name : names) all |= bit(parse_square(name, kBoard8));
  return all;
}

constexpr Bits kAll = kBoard6.squares;

}  // namespace

TEST_CASE("what makes a move legal is its square, the discs turned and the discs without which they would not be") {
  const auto start = start_position();
  CHECK(squares_of_move(start, parse_square("d3", kBoard8)) == squares({"d3", "d4", "d5"}));
  CHECK(squares_of_move(start, parse_square("a1", kBoard8)) == squares({"a1"}));
  for (const BoardSize& size : {kBoard8, kBoard6})
    for (std::uint64_t i = 0; i < 40; ++i) {
      const auto position = random_position(size, i, 150);
      const auto board = Mailbox::from(position, size.side);
      const Color mover = position.to_move;
      for (const Square square : board.legal(mover)) {
        const auto found = squares_of_move(position, square);
        const auto turned = board.turned(mover, square);
        CHECK((found & ~position.mover) == (as_bits(turned) | bit(square)));
        for_each_square(position.mover, [&](Square disc) {
          auto without = board;
          without.put(disc, std::nullopt);
          CHECK((without.turned(mover, square) != turned) == ((found & bit(disc)) != 0));
        });
      }
    }
}

TEST_CASE("a layer counts from which on something holds at all later ones, on layers made by hand") {
  const Vocabulary vocabulary(kBoard6);
  const auto moves = parse_game("d3", kBoard6);
  const auto facts = replay(kBoard6, moves.moves())[0];  // white may play c3, e3, c5
  const auto token = [&](const char* name) { return vocabulary.token(parse_square(name, kBoard6)); };
  const Token c3 = token("c3"), e3 = token("e3"), illegal = token("b2");
  // c3 turns d4 (white's e5 closes the line): black's d3 is not needed, nor is e4.
  const Bits needed = squares({"c3", "d4", "e5"});
  const auto of = [&](const std::vector<LayerView>& views) { return onsets(views, facts, vocabulary); };

  const auto first = of({{illegal, 0}, {e3, needed}, {c3, kAll & ~bit(parse_square("b2", kBoard6))}, {c3, kAll}});
  CHECK(first.legal == 1);
  CHECK(first.chosen == 2);
  CHECK(first.discs == 1);
  CHECK(first.board == 3);
  CHECK(first.discs_once == 1);
  CHECK(first.board_once == 3);

  // What is lost again does not count, padding is no move, and never is after the last layer.
  const auto lost = of({{c3, kAll}, {kPadding, kAll}, {c3, kAll & ~needed}, {c3, needed}});
  CHECK(lost.legal == 2);
  CHECK(lost.chosen == 2);
  CHECK(lost.discs == 3);
  CHECK(lost.board == 4);
  CHECK(lost.discs_once == 0);
  CHECK(lost.board_once == 0);

  const auto always = of({{c3, kAll}, {c3, kAll}});
  CHECK(always.legal == 0);
  CHECK(always.chosen == 0);
  CHECK(always.discs == 0);
  CHECK(always.board == 0);
  for (const char* one : {"c3", "d4", "e5"}) CHECK(of({{c3, kAll & ~squares({one})}}).discs == 1);
}

TEST_CASE("positions are counted by ply and by half of the game, never read right as after the last layer") {
  const Vocabulary vocabulary(kBoard6);
  constexpr int kLayers = 4;
  OrderTally tally(vocabulary, 1), second(vocabulary, 2);
  tally.add(0, 3, {0, 1, 2, 4, 1, 0},
            kLayers);  // read once in the same layers; chosen 1 before discs 2; legal 0 before a board that never is
  tally.add(0, 16, {1, 2, 2, 1}, kLayers);  // same; same
  tally.add(0, 17, {3, 3, 1, 2}, kLayers);  // board first, twice
  second.add(1, 3, {2, 2, 1, 1}, kLayers);  // board first, twice
  tally.append(second);
  const auto found = tally.to_json();
  REQUIRE(found["comparisons"].size() == 4);
  const auto &discs = found["comparisons"][0], &board = found["comparisons"][1];
  CHECK(discs["name"] == "move-vs-its-discs");
  CHECK(board["name"] == "move-vs-whole-board");
  REQUIRE(discs["by_ply"].size() == 3);
  CHECK(discs["by_ply"][0] == Json{{"ply", 3},
                                   {"positions", 2},
                                   {"move_first", 0.5},
                                   {"same", 0.0},
                                   {"board_first", 0.5},
                                   {"board_never", 0.0}});
  CHECK(board["by_ply"][0]["board_never"] == 0.5);
  for (const std::size_t once : {2, 3}) {
    CHECK(found["comparisons"][once]["by_ply"][0]["same"] == 0.5);
    CHECK(found["comparisons"][once]["by_ply"][0]["board_never"] == 0.0);
  }
  CHECK(discs["first_half"]["plies"] == Json({1, 16}));
  CHECK(discs["second_half"]["plies"] == Json({17, 31}));
  CHECK(discs["first_half"]["positions"] == 3);
  for (const char* share : {"move_first", "same", "board_first"})
    CHECK(discs["first_half"][share]["mean"].get<double>() == Approx(1.0 / 3));
  CHECK(discs["second_half"]["board_first"]["mean"] == 1.0);
  CHECK(discs["second_half"]["board_first"]["n"] == 3);
  CHECK(OrderTally(vocabulary, 2).to_json()["comparisons"][0]["first_half"]["same"].is_null());
}

}  // namespace othello::test
