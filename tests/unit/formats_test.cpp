// Files of games as they are found: what each parser takes from them, and what it says of those that are broken.
#include "common/npy.h"
#include "data/formats/format.h"
#include "data/formats/ggf.h"
#include "data/formats/integers.h"
#include "data/formats/move_text.h"
#include "data/formats/pgn.h"
#include "data/formats/published.h"
#include "data/formats/transcript.h"
#include "data/formats/wthor.h"
#include "engine/notation.h"
#include "tests/support/records.h"
#include "tests/support/test.h"

using namespace othello;
using namespace othello::test;

namespace {

using Records = std::vector<CollectedRecord>;

const Vocabulary kVocabulary(kBoard8);
const char* const kStartGgf = "8 -------- -------- -------- ---O*--- ---*O--- -------- -------- -------- *";

Records parsed(std::string_view format, std::string_view bytes) {
  Records records;
  parse_records(format, bytes, "source", kVocabulary, {}, collect_into(records));
  return records;
}

/// Moves of the records without a fault.
std::vector<std::string> games(std::string_view format, std::string_view bytes) {
  std::vector<std::string> moves;
  for (const auto& record : parsed(format, bytes))
    if (record.fault == Fault::none) moves.push_back(record.moves);
  return moves;
}

std::string problem(std::string_view format, std::string_view bytes) {
  for (const auto& record : parsed(format, bytes))
    if (record.fault != Fault::none) return record.problem;
  return {};
}

std::string failure(std::string_view format, std::string_view bytes) {
  return error_of([&] { parsed(format, bytes); });
}

/// A .npy file of the type, its items given as bytes.
std::string npy(const std::string& type, const std::string& shape, const std::string& data, int version = 1) {
  const std::string header = "{'descr': '" + type + "', 'fortran_order': False, 'shape': " + shape + ", }\n";
  std::string bytes = "\x93NUMPY" + std::string{static_cast<char>(version), 0, static_cast<char>(header.size()), 0};
  if (version > 1) bytes += std::string(2, '\0');
  return bytes + header + data;
}

using Moves = std::vector<std::string>;

}  // namespace

TEST_CASE("The published numbering has the letter as row: f5 is 44 there and 37 here") {
  CHECK(parse_square("f5", kBoard8) == 37);
  CHECK(transposed(37) == 44);
  CHECK(transposed(44) == 37);
  // One asymmetric game in all numberings, worked out by hand.
  const std::string game = "f5d6c3d3c4";
  CHECK(games("published-squares", "44 29 18 26 19") == Moves{game});
  CHECK(games("published-tokens", "41 28 19 27 20") == Moves{game});
  CHECK(games("tokens", "34 40 19 20 27") == Moves{game});
  // Read with the wrong one, it is another game that is just as legal: nothing but the name of the format can tell.
  const Moves wrong = games("published-squares", "37 43 18 19 26");
  REQUIRE(wrong == Moves{"e6f4c3c4d3"});
  CHECK(parse_game(wrong[0], kBoard8).length == 5);
}

TEST_CASE("Every square has its published integers and the centre has none") {
  const IntegerCode squares(Numbering::published_squares, kVocabulary),
      tokens(Numbering::published_tokens, kVocabulary);
  int expected = 0;  // published tokens count the published squares in order, without the centre
  for (int published = 0; published < 64; ++published) {
    const std::string name{static_cast<char>('a' + published / 8), static_cast<char>('1' + published % 8)};
    const Square square = parse_square(name, kBoard8);
    if ((kCentre & bit(square)) != 0) {
      CHECK(squares.square(published) == -1);
      continue;
    }
    ++expected;
    CHECK(squares.square(published) == square);
    CHECK(squares.value(square) == published);
    CHECK(tokens.square(expected) == square);
    CHECK(tokens.value(square) == expected);
  }
  CHECK(expected == 60);
  CHECK(squares.square(-100) == -1);
  CHECK(tokens.square(0) == -1);
  CHECK(tokens.square(61) == -1);
  CHECK(contains(error_of([] { IntegerCode(Numbering::published_tokens, Vocabulary(kBoard6)); }), "8×8 only"));
}

TEST_CASE("A WTHOR game keeps its moves, its players and its byte") {
  const WthorNames names{{"-", "Anna", "Bert"}, {"Cup"}};
  const std::string bytes = wthor_header(2) + wthor_game(parse_game("f5d6c3", kBoard8), 0, 40) +
                            wthor_game(parse_game("d3c3b3d2e1d6d7e3f4", kBoard8), 7);
  Records records;
  CHECK(parse_wthor(bytes, "w.wtb", names, collect_into(records)).empty());
  REQUIRE(records.size() == 2);
  CHECK(records[0].moves == "f5d6c3");
  CHECK(records[0].event == "Cup");
  CHECK(records[0].black == "Anna");
  CHECK(records[0].white == "Bert");
  CHECK(records[0].date == "2012");
  CHECK(records[0].black_discs == 40);
  CHECK(records[0].place == 16);
  CHECK(records[1].moves == "d3c3b3d2e1d6d7e3f4");
  CHECK(records[1].black.empty());  // beyond the table of names
  CHECK(records[1].place == 84);
  CHECK(parse_wthor_names(wthor_names({"a", "twenty characters !!!"}, 20), "x.JOU", 20) ==
        Moves{"a", "twenty characters !!"});
}

TEST_CASE("A WTHOR header that does not fit its games is told") {
  const std::string game = wthor_game(parse_game("f5", kBoard8));
  const auto note = [&](const std::string& bytes) {
    Records records;
    return parse_wthor(bytes, "w.wtb", {}, collect_into(records));
  };
  CHECK(note(wthor_header(1, 0) + game).empty());
  CHECK(note(wthor_header(3) + game) == "its header promises 3 games; 1 whole ones follow");
  CHECK(note(wthor_header(1) + game + game) == "its header promises 1 games; 2 whole ones follow");
  CHECK(note(wthor_header(1) + game + "\n") == "its header promises 1 games; 1 whole ones and 1 bytes follow");
  CHECK(problem("wthor", wthor_header(2) + game + game.substr(0, 30)) == "the file ends after 30 of its 68 bytes");
  CHECK(
      contains(failure("wthor", wthor_header(0x80000000) + game), "promises 2147483648 games, which no file can hold"));
  CHECK(contains(failure("wthor", wthor_header(1, 10) + game), "byte 12: its games are for a board of size 10"));
  for (std::size_t length = 0; length < 16; ++length)
    CHECK(contains(failure("wthor", wthor_header(1).substr(0, length)), "no WTHOR file"));
  CHECK(contains(error_of([] { parse_wthor_names("short", "x.JOU", 20); }), "x.JOU"));
}

TEST_CASE("A byte that is no WTHOR move names itself") {
  std::string game = wthor_game(parse_game("f5d6", kBoard8));
  game[9] = 99;
  CHECK(problem("wthor", wthor_header(1) + game) == "move 2: 99 is no square (11 to 88)");
  game[9] = 0;
  game[10] = 45;
  CHECK(problem("wthor", wthor_header(1) + game) == "move 3 follows the end after move 1");
}

TEST_CASE("PGN is read whatever its numbers count and wherever its games end") {
  const Moves two{"f5d6c3d3", "c4c3d3"};
  CHECK(games("pgn", "[Event \"x\"]\n1. F5 D6\n2. C3 D3\n\n[Event \"y\"]\n1. c4 c3\n2. d3 \n") == two);
  CHECK(games("pgn", "[Black \"x\"]\r\n1. f5 d6\r\n3. c3 d3\r\n34-30\r\n[Black \"y\"]\r\n1. c4 c3 3. d3 *\r\n") == two);
  CHECK(games("pgn", "1.f5 d6 2.c3 d3 1-0 1.c4 c3 2.d3 0-1") == two);  // no tags, result at the end
  CHECK(games("pgn", "1. f5 d6 2. c3 d3\n\n1. c4 c3 2. d3") == two);   // nothing between but the number 1
  CHECK(games("pgn", "1. f5 {good} 1... d6 2. c3! $4 d3?? 1/2-1/2\n1. c4 c3 2. d3") == two);
  CHECK(games("pgn", "\xef\xbb\xbf[Event \"x\"]\nf5d6 c3d3\n[Event \"y\"]\nc4c3d3") == two);
  CHECK(
      games("pgn",
            "; a remark\n% another\n1. f5 (1. c4 (1. d3)) d6 {1. e6\n [Event \"\"] } c3 ;d3 c4\nd3\n*\n1. c4 c3 d3") ==
      two);
}

TEST_CASE("PGN tags give the names and the discs and lose nothing that was escaped") {
  const Records records =
      parsed("pgn",
             "[Event \"The \\\"Cup\\\"\"]\n[Date \"2010.11.13\"]\n[Black \"G\xe5rd\"]\n[White \"\"]\n"
             "[Result \"34-30\"]\n1. f5\n\n[Event \"b\"]\n[Result \"1-0\"]\n1. f5\n\n[Event \"c\"]\n1. f5 30-34\n"
             "[Event \"no moves\"]\n[Result \"*\"]\n*\n\n[Event \"none either\"]\n\n[Event \"d\"]\nf5");
  REQUIRE(records.size() == 6);
  CHECK(records[0].event == "The \"Cup\"");
  CHECK(records[0].date == "2010.11.13");
  CHECK(records[0].black == "G\xe5rd");
  CHECK(records[0].black_discs == 34);
  CHECK(records[0].place == 1);
  CHECK(records[1].black_discs == -1);
  CHECK(records[1].black.empty());
  CHECK(records[1].place == 8);
  CHECK(records[2].black_discs == 30);
  CHECK(records[3].moves.empty());
  CHECK(records[4].moves.empty());
  CHECK(records[5].event == "d");
}

TEST_CASE("Passes may be written in any of their ways") {
  for (const char* word : {"pass", "PASS", "Pa", "ps", "--"}) {
    for (const char* format : {"pgn", "transcript"}) {
      const Records records = parsed(format, std::string("f5 d6 ") + word + " c3");
      REQUIRE(records.size() == 1);
      CHECK(records[0].moves == "f5d6c3");
      CHECK(records[0].passes == 4);  // after move 2
      CHECK(records[0].problem.empty());
    }
  }
  CHECK(parsed("transcript", "f5pad6--c3")[0].passes == 6);
  CHECK(problem("transcript", "f5 -- -- d6") == "a move follows two passes in a row");
}

TEST_CASE("PGN that cannot be read names its line and spares the other games") {
  const std::string text = "[Event \"x\"]\n1. f5 d6\n2. z9 d3\n\n[Event \"y\"]\n1. c4\n";
  CHECK(games("pgn", text) == Moves{"c4"});
  CHECK(problem("pgn", text) == "'z9' is no move");
  CHECK(parsed("pgn", text)[0].place == 3);
  CHECK(contains(problem("pgn", "1. f5 { and so on"), "never closed"));
  CHECK(contains(problem("pgn", "1. f5 (1. d6"), "never closed"));
  CHECK(contains(problem("pgn", "[Event \"x\n1. f5"), "is no tag"));
  CHECK(parsed("pgn", "\n \n").empty());
}

TEST_CASE("PGN with a comment or a variation that never ends costs one game") {
  for (const char* opening : {"{ oh", "(1. d6"}) {
    const auto records = parsed(
        "pgn", fmt::format("[Event \"a\"]\n1. f5 {}\n\n[Event \"b\"]\n1. f5 d6 *\n[Event \"c\"]\n1. f5", opening));
    REQUIRE(records.size() == 3);
    CHECK(contains(records[0].problem, "never closed"));
    CHECK(records[1].problem.empty());
    CHECK(records[1].moves == "f5d6");
    CHECK(records[2].moves == "f5");
  }
}

TEST_CASE("PGN tags that are closed but not as they should be are passed over") {
  const auto records = parsed("pgn", "[Event \"a\"]\n[Round 1]\n[White \"C:\\\"]\n[Black \"B\"]\n1. f5 d6 *\n");
  REQUIRE(records.size() == 1);
  CHECK(records[0].problem.empty());
  CHECK(records[0].moves == "f5d6");
}

TEST_CASE("Transcripts are read with and without separators and scores") {
  CHECK(games("transcript", "f5d6c3\n\nF5D6C3 +12\r\n# remark\nf5 d6, c3; 34-30\n f5-d6-c3 : -4.5\nf5d6c3") ==
        Moves(5, "f5d6c3"));
  CHECK(problem("transcript", "f5d6i3") == "column 5: 'i3' is no square");
  CHECK(contains(problem("transcript", "f5d6 12 c3"), "column 6: '12 c3' is no square"));
  CHECK(problem("transcript", std::string("f5\0\x1bz", 5)) == "column 3: '?\?z' is no square");
  const Records records = parsed("transcript", "f5\nx\n\nd3");
  REQUIRE(records.size() == 3);
  CHECK(records[1].place == 2);
  CHECK(records[2].place == 4);
  std::string many;
  for (int i = 0; i < 61; ++i) many += "f5";
  CHECK(problem("transcript", many) == "it has more than 60 moves");
}

TEST_CASE("GGF games of the standard start are read and others say why not") {
  const std::string head =
      std::string("(;GM[Othello]PC[GGS/os]DT[2003]PB[an na]PW[bert]RE[+4.000]TI[05:00//02:00]BO[") + kStartGgf + "]";
  const std::string text = "3 " + head + "B[f5//1.2]W[D6/0.5/3]\nB[c3];)\nnoise (" + head + "B[c4]B[d3]W[PA]B[c3/PA];)";
  const Records records = parsed("ggf", text);
  REQUIRE(records.size() == 2);
  CHECK(records[0].moves == "f5d6c3");
  CHECK(records[0].black == "an na");
  CHECK(records[0].white == "bert");
  CHECK(records[0].event == "GGS/os");
  CHECK(records[0].date == "2003");
  CHECK(records[0].black_discs == 34);
  CHECK(records[0].place == 1);
  CHECK(records[1].moves == "c4d3c3");
  CHECK(records[1].passes == (2 | 4));  // white was left out after move 1, and is written to have passed after move 2
  CHECK(records[1].place == 3);
  const Records others = parsed("ggf",
                                "(;GM[Othello]BO[10 ---- *]B[f5];)(;GM[Chess]B[e4];)(;GM[Othello]B[f5//1];)"
                                "(;GM[Othello]B[k12];)(;GM[Othello]B(;GM[Othello]B[c4];)(;GM[Othello]B[f5]");
  REQUIRE(others.size() == 7);
  CHECK(others[0].fault == Fault::foreign);
  CHECK(others[1].problem == "'Chess' is not Othello");
  CHECK(others[2].moves == "f5");
  CHECK(others[3].problem == "move 1: 'k12' is no square");
  CHECK(contains(others[4].problem, "is no property"));
  CHECK(others[5].moves == "c4");
  CHECK(others[6].fault == Fault::truncated);
}

TEST_CASE("Integers in text may stand in lines or in brackets") {
  const Moves two{"f5d6", "c4"};
  CHECK(games("tokens", "34 40\n27\n") == two);
  CHECK(games("tokens", "34,40,0,0\r\n\r\n27, 0\r\n") == two);
  CHECK(games("tokens", "[[34, 40, 0], [27]]") == two);
  CHECK(games("tokens", "[\n [34,\n  40],\n [27]\n]\n") == two);
  CHECK(games("published-squares", "[44, 29, -100, -100]\n[19]\n") == two);
  CHECK(games("published-squares", "0 1") == Moves{"a1a2"});  // no padding there
  CHECK(problem("tokens", "34 0 40") == "40 follows the padding");
  CHECK(problem("tokens", "34 61") == "move 2: 61 stands for no square");
  CHECK(problem("published-squares", "27") == "move 1: 27 stands for no square");
  CHECK(problem("tokens", "34 4x") == "'x' is no integer");
  CHECK(contains(problem("tokens", "99999999999999999999999"), "is no integer"));
  CHECK(parsed("tokens", "34\n\n27")[1].place == 3);
}

TEST_CASE("Arrays of every integer type are read") {
  const Moves two{"f5d6", "c4"};
  CHECK(games("tokens", npy("|u1", "(2, 2)", {34, 40, 27, 0})) == two);
  CHECK(games("tokens", npy("|i1", "(2, 2)", {34, 40, 27, 0}, 2)) == two);
  CHECK(games("tokens", npy(">i2", "(2, 2)", {0, 34, 0, 40, 0, 27, 0, 0}, 3)) == two);
  CHECK(games("published-squares",
              npy("<i2", "(2, 2)", {44, 0, 29, 0, 19, 0, static_cast<char>(0x9c), static_cast<char>(0xff)})) == two);
  for (const int size : {4, 8}) {
    std::string data;
    for (const char value : {34, 40, 27, 0}) (data += value).append(static_cast<std::size_t>(size - 1), '\0');
    for (const char* sign : {"<i", "<u"})
      CHECK(games("tokens", npy(sign + std::to_string(size), "(2, 2)", data)) == two);
  }
  CHECK(parsed("tokens", npy("|u1", "(2, 2)", {34, 40, 27, 0}))[1].place == npy("|u1", "(2, 2)", {}).size() + 2);
}

TEST_CASE("Arrays that are no games are refused") {
  CHECK(contains(failure("tokens", npy("<f4", "(1, 1)", std::string(4, '\0'))), "array of integers"));
  CHECK(contains(failure("tokens", npy("|u1", "(2,)", {1, 2})), "array of integers"));
  CHECK(contains(failure("tokens", npy("|u1", "(1, 1, 1)", {1})), "array of integers"));
  CHECK(contains(failure("tokens", npy("|u1", "(1, 61)", std::string(61, '\1'))), "rows have 61 integers"));
  CHECK(contains(failure("tokens", npy("|u1", "(1000000000, 0)", {})), "rows have 0 integers"));
  CHECK(contains(failure("tokens", npy("|u1", "(3, 2)", {1, 2})), "promises 6 bytes of data, but 2 follow"));
  const std::string good = npy("|u1", "(1, 1)", {1}, 2);
  for (std::size_t length = 6; length < good.size(); ++length)
    CHECK_FALSE(failure("tokens", good.substr(0, length)).empty());
  std::string column_major = good;
  column_major.replace(column_major.find("False"), 5, "True ");
  CHECK(contains(failure("tokens", column_major), "C-ordered"));
  CHECK(contains(failure("tokens", npy("|u1", "(99999999999, 99999)", {})), "array of integers"));
}

TEST_CASE("The format is told where it is certain and asked for where it is not") {
  CHECK(detect_format("a.WTB", "") == "wthor");
  CHECK(detect_format("a.pgn", "") == "pgn");
  CHECK(detect_format("a.txt", "\n[Event \"x\"]") == "pgn");
  CHECK(detect_format("a", "(;GM[Othello]") == "ggf");
  CHECK(detect_format("a.txt", "F5d6") == "transcript");
  CHECK(detect_format("a.npy", "") == "tokens");
  CHECK(contains(error_of([] { detect_format("a.txt", "[[37, 43"); }),
                 "a.txt: these integers can be our tokens or published ones"));
  CHECK(contains(error_of([] { detect_format("a.txt", "\x01\x02"); }), "--format wthor, pgn, ggf"));
  CHECK(contains(error_of([] { detect_format("a.txt", ""); }), "a.txt"));
}
