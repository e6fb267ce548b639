// If these fail, an intervention cannot be asked for, read or refused as its help says. Tiny models, seconds.
#include <algorithm>

#include "common/files.h"
#include "tests/support/cli_run.h"

namespace othello::test {
namespace {

/// With few cases and little work where the flags leave that open.
ProcessResult intervene(const Run& of, std::vector<std::string> more) {
  const auto has = [&](const char* word) { return std::find(more.begin(), more.end(), word) != more.end(); };
  std::vector<std::string> arguments{"intervene", "--model", of.path, "--fit-games", "60", "--quiet"};
  const bool of_file = std::any_of(more.begin(), more.end(), [](const auto& w) { return w.ends_with(".jsonl"); });
  if (!has("--case-count") && !of_file) arguments.insert(arguments.end(), {"--case-count", "30"});
  if (!has("mean") && !has("zero") && !has("resample") && !has("erase") && !has("iterative-erase") && !has("subspace"))
    arguments.insert(arguments.end(), {"--rollout", "2"});
  arguments.insert(arguments.end(), more.begin(), more.end());
  return of.run(arguments);
}

void probe(const Run& of) {
  REQUIRE(of.probe({"--games", "60", "--no-logistic", "--no-widths", "--no-details", "--no-controls"}).code == 0);
}

}  // namespace

TEST_CASE("every kind of intervention ends in a document, a table of 100 columns and a file of the run") {
  const Run of;
  probe(of);
  const std::vector<std::vector<std::string>> all{
      {},
      {"--edit", "coordinate", "--no-controls"},
      {"--edit", "gradient", "--steps", "3"},
      {"--edit", "gradient", "--steps", "3", "--hidden", "8", "--layers", "0,1", "--scales", "1"},
      {"--edit", "donor", "--cases", "donor"},
      {"--edit", "donor", "--cases", "transposition"},
      {"--cases", "unnatural", "--no-controls"},
      {"--change", "erase", "--squares", "2", "--positions", "2", "--no-controls"},
      {"--preset", "nanda2023-flip"},
      {"--preset", "nanda2023-erase", "--scales", "1,2"},
      {"--preset", "li2023", "--steps", "2", "--hidden", "8"},
      {"--edit", "mean"},
      {"--edit", "zero", "--site", "mlp_post", "--layers", "1,1"},
      {"--edit", "resample", "--site", "attn_out", "--positions", "all", "--case-count", "60"},
      {"--edit", "erase"},
      {"--edit", "iterative-erase", "--square", "c4"},
      {"--edit", "subspace", "--square", "c4", "--steps", "3", "--case-count", "90"}};
  for (const auto& flags : all) {
    INFO(Catch::StringMaker<std::vector<std::string>>::convert(flags));
    auto with_json = flags;
    with_json.push_back("--json");
    const auto found = document(intervene(of, with_json));
    CHECK(found["schema"] == "othello-gpt/intervene/1");
    for (const char* field : {"cases", "rejected", "edits", "controls", "balance"}) CHECK(found.contains(field));
    for (const auto& row : found["edits"]) CHECK(row["error"].contains("low"));
    const auto text = intervene(of, flags);
    CHECK(text.code == 0);
    CHECK(long_lines(text.out) == "");
  }
  for (const char* file : {"intervene.json", "intervene-unnatural.json", "intervene-nanda2023-erase.json",
                           "intervene-mean.json", "intervene-erase.json", "intervene-subspace.json"})
    CHECK(fs::exists(of.results(file)));
  CHECK(of.run({"report", of.path}).code == 0);
}

TEST_CASE("a file of cases says which of its lines are none, and needs nothing to choose if it is small") {
  const Run of;
  probe(of);
  const auto file = (of.folder / "mine.jsonl").string();
  write_file(file,
             "# mine\n{\"history\": \"d3c5f6\", \"flip\": \"d5\"}\n{\"history\": \"d3c5f6\", \"flip\": \"a1\"}\n"
             "{\"history\": \"d3d3\", \"flip\": \"d5\"}\n");
  const auto refused = refusal(intervene(of, {"--cases", file}), 1);
  CHECK(contains(refused, "--layers"));
  const std::vector<std::string> fixed{"--cases", file, "--layers", "0,1", "--scales", "0.2", "--no-controls"};
  auto with_json = fixed;
  with_json.push_back("--json");
  const auto found = document(intervene(of, with_json));
  CHECK(found["cases"] == 1);
  CHECK(found["rejected"] == 2);
  CHECK(found["rejections"][0]["source"] == "line 3");
  CHECK(found["chosen_on"] == 0);
  CHECK(contains(intervene(of, fixed).out, "line 4"));
  write_file(file, "nothing\n");
  CHECK(contains(refusal(intervene(of, {"--cases", file}), 1), "line 1"));
}

TEST_CASE("an intervention that cannot be is refused in one sentence") {
  const Run of;
  CHECK(contains(refusal(intervene(of, {}), 1), "no probes yet"));
  probe(of);
  const std::vector<std::pair<std::vector<std::string>, const char*>> wrong_usage{
      {{"--layers", "1,0"}, "--layers"},
      {{"--positions", "none"}, "--positions"},
      {{"--edit", "donor"}, "--cases"},
      {{"--edit", "subspace"}, "--square"},
      {{"--hidden", "8"}, "--hidden"},
      {{"--edit", "lineer"}, "lineer"},
      {{"--preset", "li2023", "--edit", "mean"}, "--preset"},
      {{"--edit", "erase", "--site", "z"}, "--site"},
      {{"--edit", "mean", "--scales", "2"}, "--scales"},
      {{"--cases", "unnatural", "--change", "flip"}, "--change"},
      {{"--cases", "mine.jsonl", "--square", "c4"}, "--square"}};
  for (const auto& [flags, word] : wrong_usage) CHECK(contains(refusal(intervene(of, flags), 2), word));
  const std::vector<std::pair<std::vector<std::string>, const char*>> failures{
      {{"--layers", "0,2"}, "blocks 0 to 1"},   {{"--cases", "nowhere.jsonl"}, "nowhere.jsonl"},
      {{"--site", "resid_pots"}, "resid_post"}, {{"--square", "a1"}, "a1"},
      {{"--case-count", "20"}, "too few"},      {{"--probe-layer", "7"}, "blocks.7"}};
  for (const auto& [flags, word] : failures) {
    INFO(word);
    CHECK(contains(refusal(intervene(of, flags), 1), word));
  }
}

}  // namespace othello::test
