// If these fail, nobody can ask by how new positions are to training, or gets an answer about games that are not those
// of training. Tiny models, seconds.
#include <fstream>

#include "common/files.h"
#include "tests/support/cli_run.h"

namespace othello::test {

TEST_CASE("novelty replays the games of training, reads the board by the run's probes and says what a table would do") {
  const Run of;  // of 32 games
  REQUIRE(of.probe({"--games", "60", "--sites", "resid", "--no-logistic", "--no-widths", "--no-controls",
                    "--no-details", "--untrained", "0"})
              .code == 0);
  const auto text = of.run({"novelty", "--model", of.path, "--games", "40", "--quiet", "--workers", "3"});
  INFO(text.err);
  REQUIRE(text.code == 0);
  CHECK(long_lines(text.out) == "");
  for (const char* nonsense : {"nan", "null", "inf "}) CHECK_FALSE(contains(text.out, nonsense));
  const auto d = parse_json(read_file(of.results("novelty.json")), "novelty.json");
  CHECK(d["schema"] == "othello-gpt/novelty/1");
  CHECK(d["training"]["games"] == 32);
  CHECK(d["training"]["runs"] == Json::array({{{"player", "uniform"}, {"seed", 1}, {"first_game", 0}, {"games", 32}}}));
  const auto probe = parse_json(read_file(of.results("probe.json")), "probe.json");
  std::string best;
  double chosen_at = 0;
  for (const Json& row : probe["probes"])
    if (contains(row["site"].get<std::string>(), "resid_post") && row["chosen_at"] > chosen_at)
      best = row["site"], chosen_at = row["chosen_at"];
  CHECK(d["site"] == best);
  for (const char* view : {"", "up_to_symmetry"}) {
    const Json& tables = *view == '\0' ? d : d[view];
    std::int64_t positions = 0;
    for (const Json& row : tables["groups"]) positions += row["positions"].get<std::int64_t>();
    CHECK(positions == d["positions"]);
    CHECK(tables["groups"][0]["nearest_game_legal"]["mean"] == 1);  // their games go on, and legally so
    CHECK(tables["groups"][2]["board_accuracy"]["mean"] > 0.3);
    CHECK(tables["groups"][0]["positions"] == tables["by_distance"][0]["positions"]);
  }
  CHECK(d["up_to_symmetry"]["groups"][2]["positions"] < d["groups"][2]["positions"]);

  // The workers do not matter, nor who says where the board is read.
  const auto again = document(of.run({"novelty", "--model", of.path, "--games", "40", "--json", "--quiet", "--workers",
                                      "1", "--site", best, "--probes", of.results("probes.safetensors")}));
  for (const char* part : {"site", "groups", "by_distance", "by_ply", "same_ply", "up_to_symmetry"})
    CHECK(again[part] == d[part]);
}

TEST_CASE("novelty takes all runs of a chain and other players' games, and refuses what it cannot replay") {
  const Run of;
  const auto next = (of.folder / "next").string();
  REQUIRE(of.run({"train", "--init", of.path, "--games", "32", "--out", next, "--seed", "7", "--set",
                  "train.batch_games=16", "--quiet"})
              .code == 0);
  std::ofstream(of.folder / "no-c4.txt") << "c4\n";
  const auto text = of.run({"novelty", "--model", next, "--games", "20", "--quiet", "--player",
                            "restricted:" + (of.folder / "no-c4.txt").string()});
  INFO(text.err);
  REQUIRE(text.code == 0);
  CHECK(long_lines(text.out) == "");
  CHECK(contains(text.out, "64 games of training"));
  CHECK(contains(text.out, "no probe of the board"));
  const auto d = parse_json(read_file(fs::path(next) / "results" / "novelty.json"), "novelty.json");
  CHECK(d["site"].is_null());
  CHECK(d["groups"][0]["board_accuracy"].is_null());
  CHECK(d["training"]["games"] == 64);
  REQUIRE(d["training"]["runs"].size() == 2);
  CHECK(d["training"]["runs"][0]["seed"] == 1);
  CHECK(d["training"]["runs"][1]["seed"] == 7);
  CHECK(contains(d["data"]["player"].get<std::string>(), "restricted:"));

  CHECK(
      contains(refusal(of.run({"novelty", "--model", of.path, "--site", "blocks.0.hook_resid_post"}), 2), "--probes"));
  CHECK(contains(refusal(of.run({"novelty", "--model", of.path, "--games", "0"}), 2), "--games"));
  CHECK(contains(refusal(of.run({"novelty", "--model", of.path, "--probes", of.path + "/none"}), 1), "none"));
}

}  // namespace othello::test
