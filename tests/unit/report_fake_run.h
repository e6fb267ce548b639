// Hand-made result documents and run folders with the shapes and rough sizes of real ones.
#pragma once

#include <cmath>
#include <filesystem>
#include <string>

#include "common/files.h"
#include "common/run_folder.h"
#include "common/statistics.h"
#include "engine/notation.h"
#include "engine/player.h"
#include "engine/rules.h"

namespace othello::fake {

/// What the made-up measurements found.
struct Story {
  int board = 6;
  int layers = 6;
  std::string targets = "sampled";
  double over_one_hot = 0.042;  // best probe minus one-hot inputs
  double over_untrained = 0.12;
  double half_width = 0.003;   // of every 95 % interval of a share
  double error_removed = 0.5;  // share of the null error
};

inline Json estimate(double mean, double half_width, int n) {
  return to_json(Estimate{.mean = mean, .low = mean - half_width, .high = mean + half_width, .n = n});
}

inline Json model(const Story& story) {
  return {{"path", "runs/fake"},
          {"board", story.board},
          {"step", 2925},
          {"targets", story.targets},
          {"trained", "trained on " + story.targets + " moves (as told)"},
          {"parameters", 1195008}};
}

inline Json envelope(const Story& story, const std::string& name) {
  return {{"schema", "othello-gpt/" + name + "/1"},
          {"command", {"build/othello-gpt", name, "--model", "runs/fake"}},
          {"model", model(story)},
          {"data", {{"player", "uniform"}, {"seed", 1}, {"games", 500}}},
          {"seconds", 12.5}};
}

inline Json evaluate(const Story& story) {
  Json document = envelope(story, "evaluate");
  document.update({{"games", 2000},
                   {"positions", 62000},
                   {"cross_entropy", estimate(1.78, 0.004, 2000)},
                   {"floor", estimate(1.54, 0.002, 2000)},
                   {"excess", estimate(0.24, 0.003, 2000)},
                   {"kl", estimate(0.241, 0.002, 2000)},
                   {"kl_player", estimate(0.241, 0.002, 2000)},
                   {"legal_top1", estimate(0.964, 0.002, 2000)},
                   {"legal_mass", estimate(0.93, 0.002, 2000)}});
  const auto scores = [](double compression, const Json& precision, double recall) -> Json {
    return {{"compression", estimate(compression, 0.05, 200)},
            {"distinction_precision", precision},
            {"distinction_recall", estimate(recall, 0.05, 200)}};
  };
  document["world_model"] = scores(0.72, estimate(0.9, 0.03, 198), 0.81);
  document["world_model"]["controls"].push_back(scores(0.95, nullptr, 0.05));
  document["world_model"]["controls"][0]["name"] = "untrained";
  const int last = story.board * story.board - 5;
  for (int ply = 1; ply <= last; ++ply) {
    const double x = static_cast<double>(ply) / last;
    const double floor = 0.05 + 8 * x * (1 - x);
    document["by_ply"].push_back({{"ply", ply},
                                  {"positions", 2000},
                                  {"cross_entropy", floor + 0.6 * x * x},
                                  {"floor", floor},
                                  {"legal_top1", 1 - 0.11 * x * x}});
  }
  return document;
}

inline Json per_square(const Story& story, double mean) {
  Json values = Json::array();
  for (Square s = 0; s < 64; ++s) {
    if ((board_size(story.board).squares & bit(s)) == 0) {
      values.push_back(nullptr);
      continue;
    }
    const double from_centre = std::hypot(s % 8 - 3.5, s / 8 - 3.5) / 4.95;
    values.push_back(std::min(1.0, mean + (from_centre - 0.55) * (1 - mean) * 1.6));
  }
  return values;
}

inline Json score(const Story& story, double accuracy) {
  return {{"accuracy", estimate(accuracy, story.half_width, 500)},
          {"colour_on_occupied", estimate(accuracy * 1.6 - 0.62, 1.5 * story.half_width, 500)},
          {"per_square", per_square(story, accuracy)}};
}

inline std::string site(int layer) {
  return layer == 0 ? "hook_embed" : "blocks." + std::to_string(layer - 1) + ".hook_resid_post";
}

inline Json probe(const Story& story) {
  Json document = envelope(story, "probe");
  const double one_hot = 0.871, best = one_hot + story.over_one_hot, majority = 0.634, bag = 0.792;
  const int best_layer = story.layers - 2;
  for (int layer = 0; layer <= story.layers; ++layer) {
    const double distance = std::abs(layer - best_layer) / static_cast<double>(best_layer);
    const double accuracy = best - (best - 0.66) * std::pow(distance, 3);
    Json entry{
        {"site", site(layer)}, {"layer", layer}, {"kind", "ridge"}, {"target", "mine-yours-empty"}, {"frame", "mover"}};
    entry.update(score(story, accuracy));
    entry["ridge"] = 1.0;
    document["probes"].push_back(entry);
    if (layer == best_layer) {
      entry["kind"] = "logistic";
      entry.update(score(story, best + 0.006));
      document["probes"].push_back(entry);
    }
    Json control{{"name", "untrained"}, {"site", site(layer)}, {"layer", layer}};
    control.update(score(story, best - story.over_untrained - 0.02 * std::abs(layer - 1)));
    document["controls"].push_back(control);
  }
  for (const auto& [name, accuracy] : {std::pair{"majority", majority}, {"bag-of-moves", bag}, {"one-hot", one_hot}}) {
    Json control{{"name", name}};
    control.update(score(story, accuracy));
    document["controls"].push_back(control);
  }
  const auto difference = [&](double mean) { return estimate(mean, story.half_width, 500); };
  document["best"] = {{"site", site(best_layer)},
                      {"kind", "ridge"},
                      {"layer", best_layer},
                      {"accuracy", estimate(best, story.half_width, 500)},
                      {"differences",
                       {{"majority", difference(best - majority)},
                        {"bag-of-moves", difference(best - bag)},
                        {"one-hot", difference(story.over_one_hot)},
                        {"untrained", difference(story.over_untrained)}}}};
  return document;
}

/// Accuracy by how often a disc was turned and by ply, of a read-out that gets worse with both.
inline void add_details(const Story& story, Json& row) {
  const double mean = row["accuracy"]["mean"];
  int turns = 0;
  for (const char* flips : {"0", "1", "2", "3", "4+"})
    row["by_flips"].push_back({{"flips", flips},
                               {"accuracy", estimate(mean - 0.02 * turns++, story.half_width, 500)},
                               {"share", 0.4 / turns}});
  for (int ply = 1; ply <= 31; ++ply)
    row["by_ply"].push_back(
        {{"ply", ply}, {"accuracy", std::min(1.0, mean + 0.2 - 0.01 * ply)}, {"standard_error", 0.002}, {"n", 500}});
}

/// `probe` with all that a later version adds: other targets and modes, seeds, and measures beside the accuracies.
inline Json full_probe(const Story& story) {
  Json document = probe(story);
  Json& best = document["best"];
  const std::string at = best["site"];
  best["target"] = "mine-yours-empty", best["mode"] = "by-parity";
  for (const char* list : {"probes", "controls"}) {
    const Json first = document[list];
    for (auto& row : document[list]) {
      row["target"] = "mine-yours-empty", row["mode"] = "by-parity";
      row.emplace("kind", "ridge");
      add_details(story, row);
      if (row.value("name", "") == "untrained") row["seed"] = 1;
    }
    for (const auto& row : first) {
      if (row.value("kind", "") == "logistic") continue;
      // Other targets and modes with the accuracy of nothing else in the document.
      for (const auto& [target, mode] : {std::pair{"legal", "by-parity"}, {"mine-yours-empty", "all"}}) {
        Json other = row;
        other.update(
            {{"target", target}, {"mode", mode}, {"kind", "ridge"}, {"accuracy", estimate(0.999, 0.0004, 500)}});
        other["frame"] = std::string(target) == "legal" ? "" : "mover";
        other.erase("per_square");
        if (row.value("name", "") == "untrained") other["seed"] = 1;
        document[list].push_back(other);
      }
      if (row.value("name", "") != "untrained") continue;
      Json seed = row;
      seed.update({{"target", "mine-yours-empty"}, {"mode", "by-parity"}, {"kind", "ridge"}, {"seed", 2}});
      seed["accuracy"] = estimate(row["accuracy"]["mean"].get<double>() - 0.05, story.half_width, 500);
      document[list].push_back(seed);
    }
  }
  Json low_rank = document["probes"][0];
  for (const char* detail : {"per_square", "by_ply", "by_flips"}) low_rank.erase(detail);
  low_rank.update({{"kind", "low-rank"}, {"rank", 8}, {"site", at}, {"layer", best["layer"]}});
  document["probes"].push_back(low_rank);
  const auto share = [&](double mean) { return estimate(mean, story.half_width, 500); };
  for (const auto& [name, gain] : best["differences"].items()) {
    Json ladder;
    for (const char* flips : {"0", "1", "2", "3", "4+"}) ladder.push_back({{"flips", flips}, {"accuracy", gain}});
    best["differences_by_flips"][name] = ladder;
  }
  document["selectivity"] = {{{"site", at},
                              {"target", "mine-yours-empty"},
                              {"accuracy", share(0.9)},
                              {"control_task", share(0.6123)},
                              {"selectivity", share(0.2877)},
                              {"shuffled_labels", share(0.6)}}};
  for (const char* name : {"network", "one-hot"}) {
    Json points;
    for (const int games : {125, 500, 2000})
      points.push_back({{"fit_games", games}, {"ridge", 0.1}, {"accuracy", share(0.7 + 0.00005 * games)}});
    document["learning_curves"].push_back({{"name", name}, {"points", points}});
  }
  Json& information = document["information"];
  information = {{"target", "mine-yours-empty"}, {"unit", "bits per label"}, {"fit_games", 967}};
  const auto told = [&](const std::string& name, const char* kind, bool control, double bits) {
    information["probes"].push_back({{"name", name},
                                     {"kind", kind},
                                     {"control", control},
                                     {"accuracy", share(0.8)},
                                     {"cross_entropy", estimate(1.1 - bits, 0.01, 500)},
                                     {"v_information", estimate(bits, 0.01, 500)}});
  };
  const std::string untrained = "untrained " + site(1);
  told("majority", "prior", true, 0), told("one-hot", "logistic", true, 0.4), told(at, "logistic", false, 0.6);
  told("one-hot + " + at, "logistic", false, 0.673), told(untrained, "logistic", true, 0.3);
  for (const bool control : {false, true})
    information["conditional"].push_back({{"site", control ? untrained : at},
                                          {"control", control},
                                          {"given", "one-hot"},
                                          {"v_information", estimate(control ? -0.011 : 0.273, 0.015, 500)},
                                          {"left_given_moves", estimate(0.7, 0.01, 500)}});
  information["conditional"][0]["at_half"] = {{"fit_games", 483}, {"v_information", estimate(0.311, 0.015, 500)}};
  information["description_lengths"] = {{{"name", at},
                                         {"control", false},
                                         {"uniform", 1.585},
                                         {"codelength", estimate(0.5, 0.01, 900)},
                                         {"compression", estimate(3.17, 0.1, 900)}},
                                        {{"name", "one-hot"}, {"control", true}, {"undefined", "too few games"}}};
  for (const int width : {64, 128, 256, 128})
    document["widths"].push_back({{"name", document["widths"].size() == 3 ? "trained" : "untrained"},
                                  {"d_model", width},
                                  {"accuracy", share(document["widths"].size() == 3 ? 0.9 : 0.6 + width / 2000.0)}});
  for (const char* fitted : {"uniform", "greedy"})
    for (const char* read : {"uniform", "greedy"})
      document["transfer"].push_back(
          {{"name", at}, {"fitted_on", fitted}, {"read_on", read}, {"accuracy", share(0.85)}});
  const auto none = Json(nullptr);
  document["similarity"]["contrasts"] = {{{"contrast", "mine - yours"},
                                          {"sets",
                                           {{{"plies", "even"},
                                             {"across_sites",
                                              {{"sites", {site(0), site(1), at}},
                                               {"mean", {{none, none, none}, {none, 1.0, 0.3456}, {none, 0.3456, 1.0}}},
                                               {"null", {{"mean_size", 0.07}}}}}}}}}};
  return document;
}

/// A position of a random game in which flipping one disc changes the legal moves, drawn out as the document has it.
inline Json example(const Story& story, std::uint64_t index) {
  const auto size = board_size(story.board);
  const Game game = random_game(size, Stream(7).child("games"), index);
  Turn turn = next_turn(start_position(), size);
  Game played;
  for (const int move : game.moves().subspan(0, 14)) {
    turn = next_turn(play(turn.position, move), size);
    played.add(move);
  }
  Position flipped{};
  Square square = 0;
  for_each_square(turn.position.occupied() & ~kCentre, [&](Square s) {
    Position p = turn.position;
    p.mover ^= bit(s);
    p.opponent ^= bit(s);
    const Bits legal = legal_moves(p, size);
    if (legal == 0 || legal == turn.legal) return;
    flipped = p;
    square = s;
  });
  const auto discs = [](const Position& p) {
    std::string text(64, '-');
    for_each_square(p.black(), [&](Square s) { text[static_cast<std::size_t>(s)] = 'X'; });
    for_each_square(p.white(), [&](Square s) { text[static_cast<std::size_t>(s)] = 'O'; });
    return text;
  };
  const auto names = [](Bits legal) {
    Json list = Json::array();
    for_each_square(legal, [&](Square s) { list.push_back(square_name(s)); });
    return list;
  };
  const auto probabilities = [&](Bits legal, Square mistake) {
    Json list = Json::array();
    const double each = 0.92 / count(legal);
    for (Square s = 0; s < 64; ++s) {
      const bool on = (size.squares & ~kCentre & bit(s)) != 0;
      const double wobble = 0.7 + 0.6 * ((s * 37) % 11) / 11.0;
      if (on) list.push_back((legal & bit(s)) ? each * wobble : s == mistake ? 0.11 : 0.002);
      else list.push_back(nullptr);
    }
    return list;
  };
  const Bits after = legal_moves(flipped, size);
  const Bits empty = size.squares & ~turn.position.occupied() & ~after & ~turn.legal;
  return {{"history", game_text(played)},
          {"square", square_name(square)},
          {"to_move", turn.position.to_move == Color::black ? "black" : "white"},
          {"discs_before", discs(turn.position)},
          {"discs_after", discs(flipped)},
          {"legal_before", names(turn.legal)},
          {"legal_after", names(after)},
          {"probabilities_before", probabilities(turn.legal, -1)},
          {"probabilities_after", probabilities(after, index % 2 == 1 && empty != 0 ? lowest(empty) : -1)},
          {"error_before", count(turn.legal ^ after)},
          {"error_after", index % 2 == 1 ? 1 : 0}};
}

inline Json intervene(const Story& story) {
  Json document = envelope(story, "intervene");
  const double null = 2.5, removed = story.error_removed * null;
  document.update(
      {{"cases", 600}, {"rejected", 12}, {"chosen_on", 200}, {"reported_on", 400}, {"site", "hook_resid_post"}});
  const auto edit = [&](int first, int last, double error, int n, const char* part, bool chosen) {
    return Json{{"edit", "flip"}, {"site", "hook_resid_post"},         {"first_layer", first}, {"last_layer", last},
                {"scale", 0.2},   {"error", estimate(error, 0.15, n)}, {"part", part},         {"chosen", chosen}};
  };
  for (int first = 0; first < story.layers; ++first)
    for (int last = first; last < story.layers; ++last) {
      const double miss = std::abs(first - 2) * 0.22 + std::abs(last - 4) * 0.18;
      document["edits"].push_back(
          edit(first, last, null - removed * std::max(-0.1, 1 - miss), 200, "choose", first == 2 && last == 4));
    }
  document["edits"].push_back(edit(2, 4, null - removed, 400, "report", true));
  document["controls"] = {{{"name", "null"}, {"error", estimate(null, 0.13, 400)}},
                          {{"name", "random-direction"}, {"error", estimate(2.78, 0.14, 400)}}};
  document["differences"] = {{"null", estimate(-removed, 0.12, 400)},
                             {"random-direction", estimate(-removed - 0.28, 0.14, 400)}};
  for (const std::uint64_t index : {0, 1, 5}) document["examples"].push_back(example(story, index));
  return document;
}

/// Two games that differ from their third move on.
inline Json patch(const Story& story) {
  Json document = envelope(story, "patch");
  const auto game = [](const char* history, const char* only, double metric) {
    return Json{{"history", history}, {"legal_here_only", {only}}, {"metric", metric}};
  };
  constexpr int kPositions = 6, kHeads = 2;
  document["clean"] = game("d3c5f6f3e3d2", "b6", 8.8);
  document["corrupt"] = game("d3c5e6f3e3f2", "e2", -9.4);
  document["first_difference"] = 2;
  const auto row = [&](const char* component, int layer, double last) {
    Json values = std::vector<double>(kPositions);
    values[2] = 1 - last, values[5] = last;
    return Json{{"component", component}, {"layer", layer}, {"recovery", values}, {"approximation", values}};
  };
  for (const char* component : {"resid_pre", "attn_out", "mlp_out", "head"}) {
    for (int layer = 0; layer < story.layers; ++layer)
      for (int head = 0; head < (component == std::string("head") ? kHeads : 1); ++head) {
        Json entry = row(component, layer, 0.1 + 0.18 * layer);
        if (component == std::string("head")) entry["head"] = head;
        document["grid"].push_back(entry);
      }
    document["approximation_error"].push_back({{"component", component},
                                               {"n", 24},
                                               {"correlation", 0.73},
                                               {"mean_absolute_error", 0.2},
                                               {"mean_absolute_recovery", 0.3},
                                               {"sign_agreement", 0.9},
                                               {"sign_n", 18}});
  }
  document["direct_logit"] = {{"move", "b6"}, {"logit", 8.2}, {"sum", 8.2}, {"parts", Json::array()}};
  for (int layer = 0; layer < story.layers; ++layer)
    document["direct_logit"]["parts"].push_back(
        {{"part", "mlp_out"}, {"layer", layer}, {"logit", 1.1 * layer}, {"difference", 0.7 * layer}});
  Json squares = std::vector<Json>(64), random = squares;
  for (const int square : {27, 28, 35, 36}) squares[square] = 0.01 * (square - 30), random[square] = 0.01;
  document["saliency"] = {{"move", "b6"},  {"probability", 0.2}, {"first_layer", 1}, {"last_layer", 3},
                          {"scale", 0.15}, {"raw", squares},     {"random", random}};
  return document;
}

/// Maps of one example, and what 300 of them said.
inline Json saliency(const Story& story) {
  Json document = envelope(story, "saliency");
  document["data"]["positions"] = 300;
  document["settings"] = {{"layers", {1, 3}}, {"scale", 0.15}};
  for (const auto& [name, lost] : {std::pair{"turned", 0.062}, {"anchor", 0.046}, {"other", 0.005}})
    document["classes"].push_back({{"name", name},
                                   {"saliency", estimate(lost, 0.008, 300)},
                                   {"random", estimate(0.001, 0.002, 300)},
                                   {"untrained", estimate(0, 0.0002, 300)},
                                   {"discs", 700}});
  const auto add = [&](const std::string& name, double value, int n) {
    document["auroc"][name] = estimate(value, 0.03, n);
    document["auroc"][name + "_random"] = estimate(0.506, 0.02, n);
    document["auroc"][name + "_untrained"] = estimate(0.513, 0.02, n);
  };
  add("relevant", 0.712, 300), add("in_line", 0.698, 296);
  add("decisive", 0.94, 189), add("decisive_within", 0.93, 104);
  document["differences"] = {{"random", estimate(0.206, 0.03, 300)}, {"untrained", estimate(0.199, 0.03, 300)}};
  document["most_salient"] = {{"relevant", estimate(0.757, 0.05, 300)},
                              {"chance", estimate(0.144, 0.01, 300)},
                              {"random", estimate(0.14, 0.04, 300)},
                              {"untrained", nullptr}};
  Json raw = std::vector<Json>(64);
  std::string board(64, '-');
  for (const int square : {27, 28, 35, 36})
    raw[square] = 0.01 * (square - 30), board[square] = square % 8 == 3 ? 'X' : 'O';
  document["examples"].push_back(
      {{"game", "d3"}, {"move", "c3"}, {"probability", 0.3}, {"raw", raw}, {"board", board}});
  return document;
}

inline Json config(const Story& story) {
  return {{"model", {{"board", story.board}, {"layers", story.layers}, {"d_model", 128}, {"heads", 4}}},
          {"train", {{"batch_games", 64}, {"targets", story.targets}, {"steps", 2925}, {"seed", 1}}}};
}

inline Json train(const Story& story) {
  Json document = envelope(story, "train");
  document.update({{"games", 187200},
                   {"steps", 2925},
                   {"seconds", 300.4},
                   {"games_per_second", 623.4},
                   {"workers", 2},
                   {"parameters", 1195008},
                   {"loss", 1.78},
                   {"trained", model(story)["trained"]}});
  return document;
}

/// A run that holds its configuration alone.
inline RunFolder empty_run(const std::filesystem::path& path, const Story& story) {
  const RunFolder run = RunFolder::create(path);
  run.write_config(config(story));
  return run;
}

/// A run with everything in it.
inline RunFolder full_run(const std::filesystem::path& path, const Story& story) {
  const RunFolder run = empty_run(path, story);
  write_file(run.manifest_file(), Json{{"version", "0.1.0"},
                                       {"git", "0123456789ab"},
                                       {"compiler", "GNU 12.2.0"},
                                       {"cpu", "AMD EPYC 9R14"},
                                       {"cores", 2},
                                       {"libtorch", "1.13.0"},
                                       {"blas", "OpenBLAS"},
                                       {"device", "cpu"},
                                       {"threads", 2},
                                       {"seed", 1},
                                       {"command", {"build/othello-gpt", "quickstart", "--out", "runs/fake"}},
                                       {"start", "2024-01-01T10:00:00Z"},
                                       {"end", "2024-01-01T10:08:00Z"}}
                                      .dump());
  const Stream noise = Stream(3).child("noise");
  for (int step = 15; step <= 2925; step += 15) {
    std::array<float, 2> wobble{};
    noise.normal(static_cast<std::uint64_t>(step), wobble);
    const double loss = 1.54 + 1.93 * std::pow(1 + step / 40.0, -0.47) + 0.008 * wobble[0];
    run.append_metrics({{"step", step},
                        {"games", step * 64},
                        {"seconds", step / 10.0},
                        {"loss", loss},
                        {"floor", 1.54 + 0.004 * wobble[1]},
                        {"legal_top1", 1 - 0.75 * std::pow(1 + step / 60.0, -0.8)},
                        {"learning_rate", 0.02},
                        {"games_per_second", 620.0}});
  }
  run.write_result("train", train(story));
  run.write_result("evaluate", evaluate(story));
  run.write_result("probe", full_probe(story));
  run.write_result("intervene", intervene(story));
  return run;
}

}  // namespace othello::fake
