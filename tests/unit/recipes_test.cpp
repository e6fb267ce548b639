// If these fail, a recipe of the documentation does not run, or is not what the documentation says.
#include "common/files.h"
#include "tests/support/torch_test.h"
#include "training/config.h"

namespace othello::test {
namespace {

namespace fs = std::filesystem;

RunConfig recipe(const fs::path& file) {
  RunConfig config;
  read_config(config, parse_json(read_file(file), file.string(), true));
  config.resolve();
  return config;
}

}  // namespace

TEST_CASE("every recipe resolves, has a length and is documented with its command") {
  const auto guide = read_file(fs::path(OTHELLO_SOURCE) / "docs" / "recipes.md");
  int recipes = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(OTHELLO_SOURCE) / "configs")) {
    INFO(entry.path());
    const auto name = entry.path().filename().string();
    const auto config = recipe(entry.path());
    CHECK((config.train.minutes > 0) != (config.train.steps > 0));
    CHECK(config.train.minutes <= 100);
    for (const auto& text : {guide, read_file(entry.path())})
      CHECK(contains(text, "othello-gpt train --config configs/" + name));
    ++recipes;
  }
  CHECK(recipes == 5);
}

TEST_CASE("the quickstart's recipe is what quickstart trains") {
  const auto quickstart = recipe(fs::path(OTHELLO_SOURCE) / "configs" / "quickstart.json");
  RunConfig own;  // cli/quickstart.cpp: the defaults with these two
  own.model.board = 6;
  own.train.minutes = 3;
  own.resolve();
  CHECK(to_json(quickstart) == to_json(own));
}

}  // namespace othello::test
