#include "data/formats/wthor.h"

#include <algorithm>
#include <array>

#include "common/error.h"

namespace othello {
namespace {

constexpr std::size_t kHeader = 16, kRecord = 68, kMovesAt = 8;
constexpr std::uint8_t kNoSquare = 0xff;

/// Byte of a move → square.
constexpr auto kSquares = [] {
  std::array<std::uint8_t, 256> squares{};
  squares.fill(kNoSquare);
  for (std::size_t rank = 0; rank < 8; ++rank)
    for (std::size_t file = 0; file < 8; ++file)
      squares[10 * (rank + 1) + file + 1] = static_cast<std::uint8_t>(file + 8 * rank);
  return squares;
}();

std::uint8_t byte_at(std::string_view bytes, std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); }
std::uint32_t word_at(std::string_view bytes, std::size_t i) {
  return std::uint32_t{byte_at(bytes, i)} | std::uint32_t{byte_at(bytes, i + 1)} << 8;
}

std::string_view name_at(const std::vector<std::string>& names, std::size_t index) {
  return index < names.size() ? std::string_view(names[index]) : std::string_view{};
}

void read_moves(std::string_view moves, Record& record) {
  std::size_t length = 0;
  while (length < moves.size() && moves[length] != 0) ++length;
  for (std::size_t i = 0; i < length; ++i) {
    const std::uint8_t square = kSquares[byte_at(moves, i)];
    if (square == kNoSquare)
      return record.reject(Fault::unreadable,
                           fmt::format("move {}: {} is no square (11 to 88)", i + 1, byte_at(moves, i)));
    record.game.squares[i] = square;
  }
  record.game.length = static_cast<std::uint8_t>(length);
  const std::size_t next = moves.find_first_not_of('\0', length);
  if (next != std::string_view::npos)
    record.reject(Fault::unreadable, fmt::format("move {} follows the end after move {}", next + 1, length));
}

}  // namespace

std::vector<std::string> parse_wthor_names(std::string_view bytes, std::string_view source, std::size_t width) {
  if (bytes.size() < kHeader) fail("{}: {} bytes are no WTHOR file, whose header has 16", source, bytes.size());
  std::vector<std::string> names;
  for (std::size_t at = kHeader; at + width <= bytes.size(); at += width) {
    const std::string_view name = bytes.substr(at, width);
    names.emplace_back(name.substr(0, name.find('\0')));
  }
  return names;
}

std::string parse_wthor(std::string_view bytes, std::string_view source, const WthorNames& names,
                        const RecordSink& sink) {
  if (bytes.size() < kHeader) fail("{}: {} bytes are no WTHOR file, whose header has 16", source, bytes.size());
  const std::uint32_t promised = word_at(bytes, 4) | word_at(bytes, 6) << 16;
  const std::uint8_t board = byte_at(bytes, 12);
  if (board != 0 && board != 8) fail("{}: byte 12: its games are for a board of size {}, not 8", source, board);
  if (promised > 0x7fffffff) fail("{}: byte 4: its header promises {} games, which no file can hold", source, promised);

  const std::string year = word_at(bytes, 10) == 0 ? "" : std::to_string(word_at(bytes, 10));
  const std::size_t whole = (bytes.size() - kHeader) / kRecord;
  for (std::size_t i = 0; i < whole; ++i) {
    const std::size_t at = kHeader + i * kRecord;
    const std::string_view game = bytes.substr(at, kRecord);
    Record record;
    record.place = at;
    record.date = year;
    record.event = name_at(names.tournaments, word_at(game, 0));
    record.black = name_at(names.players, word_at(game, 2));
    record.white = name_at(names.players, word_at(game, 4));
    if (byte_at(game, 6) <= 64) record.black_discs = byte_at(game, 6);
    read_moves(game.substr(kMovesAt), record);
    sink(record);
  }
  const std::size_t rest = (bytes.size() - kHeader) % kRecord;
  if (rest > 0 && whole < promised) {
    Record record;
    record.place = kHeader + whole * kRecord;
    record.reject(Fault::truncated, fmt::format("the file ends after {} of its 68 bytes", rest));
    sink(record);
  }
  if (whole == promised && rest == 0) return {};
  return fmt::format("its header promises {} games; {} whole ones{} follow", promised, whole,
                     rest == 0 ? "" : fmt::format(" and {} bytes", rest));
}

}  // namespace othello
