// If these fail, a model cannot be taken to another program and back from the command line.
#include "common/config.h"
#include "common/files.h"
#include "tests/support/files.h"
#include "tests/support/process.h"
#include "tests/support/test.h"

namespace othello::test {
namespace {

ProcessResult run(const std::vector<std::string>& arguments) { return run_process(OTHELLO_BINARY, arguments); }

Json result_of(std::vector<std::string> arguments) {
  arguments.insert(arguments.end(), {"--json", "--quiet"});
  const auto process = run(arguments);
  INFO(process.err);
  REQUIRE(process.code == 0);
  return parse_json(process.out, "stdout");
}

}  // namespace

TEST_CASE("a trained model goes to minGPT's and TransformerLens' names and plays on as it did") {
  const TemporaryFolder folder;
  const auto in = [&](const char* name) { return (folder / name).string(); };
  result_of({"train", "--games", "64", "--board", "6", "--out", in("run"), "--set", "model.layers=2", "--set",
             "model.d_model=16", "--set", "model.heads=2", "--set", "train.batch_games=16"});
  const auto before = result_of({"evaluate", "--model", in("run"), "--games", "20"});
  for (const std::string format : {"mingpt", "transformerlens"}) {
    INFO(format);
    const auto file = in(format.c_str()) + ".safetensors", model = in(format.c_str());
    const auto exported = result_of({"export", "--model", in("run"), "--format", format, "--out", file});
    CHECK(exported["bytes"] == read_file(file).size());
    const auto imported = result_of({"import", "--weights", file, "--out", model});
    CHECK(imported["names"] == format);
    CHECK(imported["notes"].empty());
    CHECK(imported["model"]["heads"] == 2);
    CHECK(imported["model"]["targets"] == "unknown");
    CHECK(imported["model"]["games"].is_null());
    const auto after = result_of({"evaluate", "--model", model, "--games", "20"});
    CHECK(after["cross_entropy"] == before["cross_entropy"]);
    CHECK(after["data"]["player"] == "uniform");
    CHECK(contains(run({"import", "--weights", file, "--out", model}).err, model));  // never replaced
    CHECK(contains(run({"evaluate", "--model", file}).err, "import --weights"));
  }
  const auto going_on = result_of({"train", "--init", in("mingpt"), "--games", "64", "--out", in("more")});
  CHECK(going_on["games"] == 64);

  const auto half = in("half.safetensors"), file = in("file.safetensors");
  result_of({"export", "--model", in("run"), "--format", "model", "--precision", "bf16", "--out", half});
  CHECK(read_file(half).size() < read_file(in("mingpt") + "/model.safetensors").size());
  CHECK(result_of({"inspect", half})["games"] == 64);
  result_of({"import", "--weights", in("mingpt.safetensors"), "--out", file});
  CHECK(read_file(file) == read_file(in("mingpt") + "/model.safetensors"));
}

TEST_CASE("games and weights are not mixed up when they are imported or exported") {
  const TemporaryFolder folder;
  const auto out = (folder / "out").string();
  const std::vector<std::vector<std::string>> wrong{
      {"import", "--out", out},
      {"import", "games.pgn", "--weights", "w.safetensors", "--out", out},
      {"import", "--weights", "w.safetensors", "--board", "6", "--out", out},
      {"import", "games.pgn", "--heads", "4", "--out", out},
      {"export", "--format", "mingpt", "--out", out},
      {"export", "games", "--format", "mingpt", "--out", out},
      {"export", "--model", "m", "--format", "pgn", "--out", out},
      {"export", "games", "--model", "m", "--format", "model", "--out", out},
      {"export", "games", "--format", "pgn", "--precision", "bf16", "--out", out},
  };
  for (const auto& arguments : wrong) {
    const auto process = run(arguments);
    INFO(process.err);
    CHECK(process.code == 2);
  }
  const auto pickle = run({"import", "--weights", "gpt.ckpt", "--out", out});
  CHECK(pickle.code == 1);
  CHECK(contains(pickle.err, "scripts/convert_weights"));
  CHECK(folder.entries() == 0);
}

}  // namespace othello::test
