// What `evaluate` does, as a function; `quickstart` does it too.
#include <map>

#include "cli/held_out.h"
#include "cli/options.h"
#include "cli/stages.h"
#include "common/log.h"
#include "common/progress.h"
#include "common/threads.h"
#include "data/dataset_player.h"
#include "data/players.h"
#include "model/evaluation.h"
#include "model/world_model.h"

namespace othello {
namespace {

constexpr std::int64_t kWorldModelGames = 10000;  // whose beginnings are paired
constexpr int kPliesInBand = 10;                  // of the table for people

/// The games of a dataset and who played them.
struct DatasetGames {
  std::vector<Game> games;
  std::shared_ptr<const Player> player;  // null if nobody knows how its moves were drawn
  Json data;                             // of the result document
};

/// At most `count` of the games, drawn without replacement: a dataset's own order says something (years, say).
std::vector<Game> drawn(const std::vector<Game>& games, std::int64_t count, std::uint64_t seed) {
  const Stream stream = Stream(seed).child("evaluated games");
  std::vector<Game> found;
  for (std::uint64_t i = 0; i < std::min(games.size(), static_cast<std::size_t>(count)); ++i)
    found.push_back(games[shuffled(stream, 0, i, games.size())]);
  return found;
}

/// With a `limit` > 0, so many of its games.
DatasetGames dataset_games(const LoadedModel& loaded, const std::string& folder, std::int64_t limit,
                           std::uint64_t seed) {
  const auto document = read_dataset_document(folder);
  const auto& header = document.header;
  const int side = loaded.model.config().board;
  if (header.board != side)
    fail("{} holds games of {}×{}, but the model plays {}×{}", folder, header.board, header.board, side, side);
  const auto seen = seen_dataset(loaded.facts, folder, document);
  DatasetGames found;
  found.data = {{"dataset", folder}, {"player", header.player}, {"held_out", seen == Seen::no}};
  if (header.player == "imported") {
    found.data["no_floor"] = "nobody knows the distribution that people draw their moves from";
  } else {
    try {
      found.player = make_player(header.player, board_size(side));
    } catch (const Error& error) {
      found.data["no_floor"] = fmt::format("its player {} is not there: {}", header.player, error.what());
      log_warning(fmt::format("{}: no floor, for {}", folder, found.data["no_floor"].get<std::string>()));
    }
    found.data["seed"] = header.seed;
  }
  found.games = read_games(folder, document, header.games);
  if (found.games.empty()) fail("{} holds no game", folder);
  if (limit > 0) found.games = drawn(found.games, limit, seed);
  found.data["games"] = found.games.size();
  if (seen != Seen::no)
    log_warning(fmt::format("the model {} trained on games of {}: these figures are not about games it has not seen",
                            in_words(seen), folder));
  return found;
}

Json world_model(const LoadedModel& loaded, std::span<const Game> games, const WorldModelSettings& settings) {
  const auto vocabulary = loaded.model.config().vocabulary();
  const Transformer untrained(loaded.model.config(), loaded.facts.seed);
  const auto pairs = world_model_pairs(vocabulary.board(), games, settings);
  Progress bar("world model");
  const auto score = [&](const std::string& what, const GeneratorFactory& make) {
    return world_model_score(make, vocabulary, games, pairs, settings, [&](double share) { bar.update(share, what); })
        .to_json();
  };
  Json result{{"epsilon", settings.epsilon}, {"suffixes", settings.suffixes}, {"games", games.size()}};
  result.update(score("of the model", generator_of(loaded.model)));
  const std::pair<const char*, GeneratorFactory> controls[] = {{"untrained", generator_of(untrained)},
                                                               {"empty-squares", empty_squares_generator(vocabulary)}};
  for (const auto& [name, make] : controls) {
    Json row{{"name", name}};
    row.update(score(fmt::format("of the control '{}'", name), make));
    result["controls"].push_back(row);
  }
  return result;
}

std::string or_none(const Json& estimate, std::string (*text)(const Json&)) {
  return estimate.is_null() ? "none" : text(estimate);
}

/// Means over bands of plies.
std::string by_ply_text(const Json& by_ply) {
  std::string text = fmt::format("  {:<9} {:>10} {:>14} {:>7} {:>7} {:>13} {:>12}\n", "moves", "positions",
                                 "cross-entropy", "floor", "KL", "legal top-1", "legal mass");
  for (int first = 1; first < 60; first += kPliesInBand) {
    int last = first;
    double positions = 0;
    std::map<std::string, double> sum;
    bool floor = true;
    for (const Json& row : by_ply) {
      const int ply = row["ply"];
      if (ply < first || ply >= first + kPliesInBand) continue;
      last = ply;
      const double n = row["positions"];
      positions += n;
      for (const char* field : {"cross_entropy", "kl", "legal_top1", "legal_mass"})
        sum[field] += n * row[field].get<double>();
      if (row["floor"].is_null()) floor = false;
      else sum["floor"] += n * row["floor"].get<double>();
    }
    if (positions == 0) continue;
    const auto mean = [&](const char* field) { return sum[field] / positions; };
    text += fmt::format("  {:<9} {:>10} {:>14.3f} {:>7} {:>7.3f} {:>11.2f} % {:>10.2f} %\n",
                        first == last ? std::to_string(last) : fmt::format("{}–{}", first, last),
                        grouped(static_cast<std::int64_t>(positions)), mean("cross_entropy"),
                        floor ? fmt::format("{:.3f}", mean("floor")) : "none", mean("kl"), 100 * mean("legal_top1"),
                        100 * mean("legal_mass"));
  }
  return text;
}

std::string world_model_text(const Json& d) {
  std::string text = fmt::format(
      "world model (Vafa et al. 2024): {} suffixes a pair, accepted where every p > {}; 95 % intervals over pairs\n"
      "  {:<15} {:<26} {:<26} {}\n",
      d["suffixes"].get<int>(), d["epsilon"].get<double>(), "", "compression", "distinction precision",
      "distinction recall");
  const auto line = [&](const std::string& name, const Json& row) {
    text += fmt::format("  {:<15} {:<26} {:<26} {}\n", name, or_none(row["compression"], percent_text),
                        or_none(row["distinction_precision"], percent_text),
                        or_none(row["distinction_recall"], percent_text));
  };
  line("model", d);
  for (const Json& row : d["controls"]) line(row["name"], row);
  const auto n = [&](const char* field) { return d[field].is_null() ? 0 : d[field]["n"].get<std::int64_t>(); };
  return text + fmt::format(
                    "  {} pairs of the same state; of different states, {} pairs with a boundary of the model's and {} "
                    "with a true one\n",
                    n("compression"), n("distinction_precision"), n("distinction_recall"));
}

}  // namespace

Json evaluate_stage(const LoadedModel& loaded, const EvaluateSettings& settings) {
  const Stopwatch clock;
  const int workers = settings.workers == 0 ? available_cores() : settings.workers;
  Json result = result_envelope("evaluate");
  result["model"] = loaded.describe();
  std::vector<Game> games;
  Evaluation evaluation;
  if (!settings.dataset.empty()) {
    auto found = dataset_games(loaded, settings.dataset, settings.games, settings.seed);
    result["data"] = found.data;
    evaluation = evaluate(loaded.model, found.games, found.player.get(), workers);
    if (settings.world_model_pairs > 0) games = drawn(found.games, kWorldModelGames, settings.seed);
  } else {
    const GameSource source(board_size(loaded.model.config().board), settings.seed, Purpose::evaluation,
                            settings.player);
    result["data"] = data_of(loaded, settings.player.get(), settings.seed, settings.games);
    if (!source.player().knows_chances()) result["data"]["no_floor"] = "it plays games as they were, not by chances";
    evaluation = evaluate(loaded.model, source, settings.games, workers);
    if (settings.world_model_pairs > 0) games = take_games(source, 0, kWorldModelGames);
  }
  result.update(evaluation.to_json());
  if (settings.world_model_pairs > 0) {
    WorldModelSettings world;
    world.pairs = settings.world_model_pairs;
    world.seed = settings.seed;
    world.workers = workers;
    result["world_model"] = world_model(loaded, games, world);
  }
  result["seconds"] = clock.seconds();
  return result;
}

std::string evaluate_text(const Json& d) {
  const auto& data = d["data"];
  const auto player = data["player"].get<std::string>();
  const auto line = [](const char* name, const std::string& figure, const std::string& remark = {}) {
    return fmt::format("  {:<15} {}{}\n", name, figure, remark.empty() ? "" : "   " + remark);
  };
  std::string text =
      model_lines(d) + fmt::format("{} games {} trained on, {} positions (95 % intervals by bootstrap over games)\n",
                                   grouped(d["games"]),
                                   data["held_out"].get<bool>() ? "never" : "that it was, or may have been,",
                                   grouped(d["positions"]));
  text += line("cross-entropy", number_text(d["cross_entropy"]));
  if (d["floor"].is_null()) {
    text += line("floor", "none", data["no_floor"]);
  } else {
    text += line("floor", number_text(d["floor"]), fmt::format("entropy of the player ({})", player));
    text += line("excess", number_text(d["excess"]));
    if (player.starts_with("expert-replay:"))
      text += line("", "that floor is of one who knows these games by heart: most positions occur once");
    if (player != "uniform")
      text += line("KL to player", number_text(d["kl_player"]), "the excess without the noise of the moves drawn");
  }
  text += line("KL", number_text(d["kl"]), "calibration: from uniform over the legal moves to the model");
  text += line("legal top-1", percent_text(d["legal_top1"]));
  text += line("legal mass", percent_text(d["legal_mass"]));
  text += by_ply_text(d["by_ply"]);
  if (d.contains("world_model")) text += world_model_text(d["world_model"]);
  return text;
}

}  // namespace othello
