// If these fail, a study of saliency cannot be asked for, read or reported as its help says. Tiny models, seconds.
#include "common/files.h"
#include "tests/support/cli_run.h"

namespace othello::test {
namespace {

TEST_CASE(
    "maps of many positions come with their controls, as text, as a document and in the report, or one sentence") {
  const Run of;
  const std::vector<std::string> asked{"saliency", "--model", of.path, "--positions", "8", "--fit-games", "60"};
  CHECK(contains(refusal(of.run(asked), 1), "othello-gpt probe --model"));
  REQUIRE(
      of.probe({"--games", "60", "--no-logistic", "--no-widths", "--no-controls", "--no-details", "--untrained", "0"})
          .code == 0);
  const auto text = of.run(asked);
  INFO(text.err);
  REQUIRE(text.code == 0);
  CHECK(long_lines(text.out) == "");
  for (const char* nonsense : {"nan", "null", "inf "}) CHECK_FALSE(contains(text.out, nonsense));
  for (const char* part : {"turned by the move", "untrained model", "most salient disc", "first example"})
    CHECK(contains(text.out, part));
  const auto stored = parse_json(read_file(of.results("saliency.json")), "saliency.json");
  CHECK(stored["schema"] == "othello-gpt/saliency/1");
  CHECK(stored["data"]["positions"] == 8);
  CHECK(stored["settings"]["layers"] == Json{1, 1});
  REQUIRE(stored["classes"].size() == 3);
  for (const Json& row : stored["classes"])
    for (const char* field : {"name", "saliency", "random", "untrained", "discs"}) CHECK(row.contains(field));
  for (const char* field : {"relevant", "relevant_random", "relevant_untrained", "decisive", "decisive_random"})
    CHECK(stored["auroc"].contains(field));
  for (const char* field : {"relevant", "chance", "random"}) CHECK(stored["most_salient"][field].contains("low"));
  REQUIRE(stored["examples"].size() == 4);
  CHECK(stored["examples"][0]["raw"].size() == 64);
  const auto refused = [&](const std::vector<std::string>& flags, int code, const std::string& word) {
    std::vector<std::string> arguments{"saliency", "--model", of.path};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    CHECK(contains(refusal(of.run(arguments), code), word));
  };
  refused({"--layers", "0,2"}, 2, "blocks from 0 to 1");
  refused({"--layers", "1,0"}, 2, "in order");
  refused({"--scale", "-1"}, 2, "--scale");
  refused({"--probes", "nowhere"}, 1, "nowhere");
  const auto file = of.path + "/checkpoints/step_00000002/model.safetensors";
  CHECK(contains(refusal(of.run({"saliency", "--model", file}), 2), "--probes"));
  CHECK(of.run({"report", of.path, "--quiet"}).code == 0);
  CHECK(contains(read_file(of.path + "/report.html"), "Does a move rest on the discs that make it legal?"));
}

}  // namespace
}  // namespace othello::test
