// .npy files: what numpy opens, and what must be refused.
#include "common/npy.h"

#include "common/files.h"
#include "tests/support/files.h"
#include "tests/support/test.h"

using namespace othello;
using namespace othello::test;

namespace {

const ByteMatrix kMatrix{.rows = 2, .columns = 3, .values = {1, 2, 3, 0, 255, 10}};

std::string problem(const std::string& bytes) {
  return error_of([&] { parse_npy(bytes, "games.npy"); });
}

std::string replaced(std::string bytes, const std::string& from, const std::string& to) {
  return bytes.replace(bytes.find(from), from.size(), to);
}

}  // namespace

TEST_CASE("A matrix of bytes survives a round trip through a npy file") {
  const TemporaryFolder folder;
  write_file(folder / "m.npy", npy_bytes(kMatrix));
  const ByteMatrix read = read_npy(folder / "m.npy");
  CHECK(read.rows == 2);
  CHECK(read.columns == 3);
  CHECK(read.values == kMatrix.values);
  CHECK(parse_npy(npy_bytes({.rows = 0, .columns = 60, .values = {}}), "empty").rows == 0);
}

TEST_CASE("The npy header is as numpy writes it so that mmap works") {
  const std::string bytes = npy_bytes(kMatrix);
  std::string expected("\x93NUMPY\x01\x00\x76\x00", 10);
  expected += "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }";
  CHECK(bytes.substr(0, expected.size()) == expected);
  CHECK((bytes.size() - 6) % 64 == 0);  // the data start on a multiple of 64
  CHECK(bytes[bytes.size() - 7] == '\n');
}

TEST_CASE("The npy header has the shape of any array as numpy writes it") {
  using Shape = std::vector<std::int64_t>;
  CHECK(contains(npy_header(Shape{2, 16, 8, 8, 3}, "<f4"),
                 "{'descr': '<f4', 'fortran_order': False, "
                 "'shape': (2, 16, 8, 8, 3), }"));
  CHECK(contains(npy_header(Shape{7}, "<f4"), "'shape': (7,), }"));
  CHECK(contains(npy_header(Shape{}, "<f4"), "'shape': (), }"));
  CHECK(npy_header(Shape{2, 3}, "|u1") == npy_header(2, 3));
}

TEST_CASE("Every truncation of a npy file is refused") {
  const std::string bytes = npy_bytes(kMatrix);
  for (std::size_t length = 0; length < bytes.size(); ++length)
    CHECK(contains(problem(bytes.substr(0, length)), "games.npy"));
  CHECK(contains(problem(bytes + "x"), "promises 6 bytes of data, but 7 follow"));
}

TEST_CASE("A npy file of another type or shape or order is refused") {
  const std::string bytes = npy_bytes(kMatrix);
  for (const auto& [from, to] : {std::pair{"|u1", "<f4"},
                                 {"False", "True "},
                                 {"(2, 3)", "(2, 4)"},
                                 {"(2, 3)", "(2,3) "},
                                 {"(2, 3)", "(-2,3)"},
                                 {"(2, 3)", "(6,)  "},
                                 {"NUMPY\x01", "NUMPY\x02"}})
    CHECK_FALSE(problem(replaced(bytes, from, to)).empty());
  CHECK_FALSE(problem(replaced(bytes, "(2, 3), }          ", "(999999999999, 999999)")).empty());
}

TEST_CASE("A damaged npy header of any length neither crashes nor litters the message") {
  std::string bytes("\x93NUMPY\x01\x00\xff\xff", 10);
  CHECK(contains(problem(bytes + std::string(65535, ' ')), "games.npy"));
  CHECK(contains(problem(bytes + std::string(65535, '\x1b')), "found ???"));
  CHECK(contains(problem(bytes + "{'descr': '|u1'" + std::string(65520, '{')), "games.npy"));
}
