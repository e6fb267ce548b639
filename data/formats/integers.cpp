#include "data/formats/integers.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "common/error.h"
#include "common/npy.h"
#include "data/formats/move_text.h"
#include "data/formats/published.h"

namespace othello {
namespace {

/// Adds integers to a record until it is faulty.
class RowReader {
 public:
  explicit RowReader(const IntegerCode& code) : code_(code) {}

  void begin(std::uint64_t place) {
    record_ = Record{};
    record_.place = place;
    padded_ = false;
  }
  void add(std::int64_t value) {
    if (code_.is_padding(value)) {
      padded_ = true;
      return;
    }
    const Square square = code_.square(value);
    if (padded_) record_.reject(Fault::unreadable, fmt::format("{} follows the padding", value));
    else if (square < 0)
      record_.reject(Fault::unreadable,
                     fmt::format("move {}: {} stands for no square", record_.game.length + 1, value));
    else record_.add_move(square);
  }
  void reject(std::string what) { record_.reject(Fault::unreadable, std::move(what)); }
  const Record& record() const { return record_; }

 private:
  const IntegerCode& code_;
  Record record_;
  bool padded_ = false;
};

}  // namespace

IntegerCode::IntegerCode(Numbering numbering, const Vocabulary& vocabulary) {
  const bool ours = numbering == Numbering::tokens;
  if (!ours && vocabulary.board() != kBoard8)
    fail("the published integers number the squares of 8×8 only; take tokens or transcript");
  if (numbering == Numbering::published_squares) padding_ = kPublishedPadding;
  squares_.fill(-1);
  values_.fill(-1);
  for_each_square(vocabulary.board().squares & ~kCentre, [&](Square square) {
    const int published = transposed(square);
    const int value = ours                                        ? vocabulary.token(square)
                      : numbering == Numbering::published_squares ? published
                                                                  : published_token(published);
    values_[static_cast<std::size_t>(square)] = static_cast<std::int8_t>(value);
    squares_[static_cast<std::size_t>(value)] = static_cast<std::int8_t>(square);
  });
}

void parse_npy_games(std::string_view bytes, std::string_view source, const IntegerCode& code, int max_moves,
                     const RecordSink& sink) {
  const IntegerArray array = parse_integer_npy(bytes, source);
  if (array.columns < 1 || array.columns > max_moves)
    fail("{}: its rows have {} integers, but a game has 1 to {} moves", source, array.columns, max_moves);
  RowReader reader(code);
  for (std::int64_t row = 0; row < array.rows; ++row) {
    reader.begin(array.byte_of(row, 0));
    for (std::int64_t column = 0; column < array.columns; ++column) reader.add(array.at(row, column));
    sink(reader.record());
  }
}

void parse_integer_lines(std::string_view bytes, const IntegerCode& code, const RecordSink& sink) {
  RowReader reader(code);
  bool open = false;  // the row has begun
  int depth = 0;
  std::uint64_t line = 1;
  const auto begin = [&] {
    if (!std::exchange(open, true)) reader.begin(line);
  };
  const auto finish = [&] {
    if (std::exchange(open, false)) sink(reader.record());
  };
  for (std::string_view rest = without_byte_order_mark(bytes); !rest.empty();) {
    const char c = rest[0];
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
    if (error == std::errc{}) {
      begin();
      reader.add(value);
      rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
      continue;
    }
    if (c == '[' || c == ']') {
      finish();
      depth = c == '[' ? depth + 1 : std::max(0, depth - 1);
    } else if (c == '\n' || c == '\r') {
      if (depth == 0) finish();
      if (c == '\n') ++line;
    } else if (c != ' ' && c != '\t' && c != ',') {
      begin();
      reader.reject(quoted(rest.substr(0, rest.substr(0, 40).find_first_of(" ,\t\r\n]"))) + " is no integer");
    }
    rest.remove_prefix(1);
  }
  finish();
}

}  // namespace othello
