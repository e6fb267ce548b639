#include "data/players.h"

#include <charconv>
#include <limits>

#include "common/config.h"
#include "common/error.h"
#include "common/files.h"
#include "data/dataset_player.h"
#include "data/replay_player.h"
#include "engine/greedy_player.h"
#include "engine/restricted_player.h"

namespace othello {
namespace {

double parse_temperature(const std::string& text) {
  double value = std::numeric_limits<double>::quiet_NaN();
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc{} || end != text.data() + text.size())
    throw UsageError(fmt::format("--player greedy:T takes a temperature, as in greedy:20; '{}' is none", text));
  return value;
}

/// Without "@0123456789ab" at its end.
std::string without_digest(const std::string& path) {
  const std::size_t at = path.rfind('@');
  const bool digest = at != std::string::npos && path.size() - at - 1 == kDigestDigits &&
                      path.find_first_not_of("0123456789abcdef", at + 1) == std::string::npos;
  return digest ? path.substr(0, at) : path;
}

/// Names are recorded as JSON, which is UTF-8.
void require_utf8(const std::string& name) {
  try {
    json_text(Json(name));
  } catch (const std::exception&) {
    throw UsageError("the name of a player's file must be UTF-8");
  }
}

}  // namespace

std::shared_ptr<const Player> make_player(const std::string& name, const BoardSize& board) {
  require_utf8(name);
  const std::size_t colon = name.find(':');
  const std::string kind = name.substr(0, colon);
  const std::string argument = colon == std::string::npos ? "" : name.substr(colon + 1);
  const std::string path = without_digest(argument);
  std::shared_ptr<const Player> player;
  if (name == "uniform") return std::make_shared<UniformPlayer>(board);
  if (kind == "greedy") return std::make_shared<GreedyPlayer>(board, parse_temperature(argument));
  if (kind == "restricted" && !path.empty()) player = std::make_shared<RestrictedPlayer>(board, path, read_file(path));
  else if (kind == "expert-replay" && !path.empty()) player = std::make_shared<ReplayPlayer>(board, path);
  else if (kind == "dataset" && !path.empty()) player = std::make_shared<DatasetPlayer>(board, path);
  else
    throw UsageError(fmt::format(
        "'{}' is no player; choose uniform, greedy:T, restricted:FILE, expert-replay:DATASET or dataset:DATASET",
        name));
  if (path != argument && player->name() != name)
    fail("'{}' was recorded, but the file is another one now: '{}'", name, player->name());
  return player;
}

}  // namespace othello
