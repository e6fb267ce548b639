// If these fail, the lens cannot be asked for, or says more than its probes give. A tiny model, seconds.
#include "common/files.h"
#include "tests/support/cli_run.h"

namespace othello::test {
namespace {

ProcessResult lens(const Run& of, const std::vector<std::string>& more) {
  std::vector<std::string> arguments{"lens", "--model", of.path, "--games", "20"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return of.run(arguments);
}

}  // namespace

TEST_CASE("the lens needs no probes, the order those of the stream, the circuit those in the middle of block 0") {
  const Run of;
  const auto bare = lens(of, {"--json"});
  CHECK(contains(bare.err, "there are no probes"));
  CHECK(contains(bare.err, "probe --sites resid,mid"));
  const auto without = document(bare);
  CHECK(without["schema"] == "othello-gpt/lens/1");
  REQUIRE(without["layers"].size() == 3);
  CHECK(without["layers"][2]["board_accuracy"].is_null());
  CHECK(without["order"].is_null());
  CHECK(without["empty_circuit"].is_null());
  CHECK(parse_json(read_file(of.results("lens.json")), "lens.json")["data"]["games"] == 20);
  const auto probes = (of.folder / "probes.safetensors").string();
  const std::vector<std::string> quick{"--games",       "120",          "--no-logistic", "--no-widths",
                                       "--no-controls", "--no-details", "--untrained",   "0"};
  const auto fit = [&](const std::string& sites, const std::string& file) {
    auto flags = quick;
    flags.insert(flags.end(), {"--sites", sites, "--probes", file});
    REQUIRE(of.probe(flags).code == 0);
  };
  fit("resid", probes);
  const auto stream = lens(of, {"--probes", probes, "--json"});
  CHECK(contains(stream.err, "blocks.0.hook_resid_mid"));
  CHECK(document(stream)["order"].is_object());
  CHECK(document(stream)["empty_circuit"].is_null());

  fit("resid,mid", probes);
  const auto whole = document(lens(of, {"--probes", probes, "--json", "--quiet"}));
  for (const auto& row : whole["layers"])
    for (const char* field : {"board_accuracy", "board_exact"}) CHECK(row[field]["n"] == 20);
  CHECK(whole["empty_circuit"]["cosine"]["n"] == 32);
  CHECK(whole["empty_circuit"]["empty_accuracy"].size() == 2);
  const auto text = lens(of, {"--probes", probes, "--quiet"});
  CHECK(text.err.empty());
  CHECK(long_lines(text.out) == "");
  for (const char* line : {"block 1", "untrained", "read right in any layer", "same square"})
    CHECK(contains(text.out, line));
  for (const char* nonsense : {"nan", "null", "inf "}) CHECK_FALSE(contains(text.out, nonsense));

  // Whatever cannot be is refused in one sentence.
  CHECK(contains(refusal(lens(of, {"--probes", of.path + "/config.json"}), 1), "config.json"));
  CHECK(contains(refusal(lens(of, {"--games", "0"}), 2), "--games"));
}

}  // namespace othello::test
