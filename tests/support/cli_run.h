// A small trained model, and what commands said of it.
#pragma once

#include "common/config.h"
#include "tests/support/files.h"
#include "tests/support/process.h"
#include "tests/support/test.h"

namespace othello::test {

namespace fs = std::filesystem;

/// A run of a 6×6 model of two blocks, trained for a moment.
struct Run {
  explicit Run(const std::string& d_model = "16", const std::string& name = "run", const std::string& layers = "2")
      : path((folder / name).string()) {
    const auto trained =
        run_process(OTHELLO_BINARY, {"train", "--games", "32", "--out", path, "--board", "6", "--set",
                                     "model.layers=" + layers, "--set", "model.d_model=" + d_model, "--set",
                                     "model.heads=2", "--set", "train.batch_games=16", "--quiet"});
    INFO(trained.err);
    REQUIRE(trained.code == 0);
  }
  ProcessResult probe(const std::vector<std::string>& more, int interrupt_after = 0) const {
    std::vector<std::string> arguments{"probe", "--model", path, "--quiet"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_process(OTHELLO_BINARY, arguments, interrupt_after);
  }
  ProcessResult run(std::vector<std::string> arguments) const { return run_process(OTHELLO_BINARY, arguments); }
  fs::path results(const std::string& file) const { return fs::path(path) / "results" / file; }

  TemporaryFolder folder;
  std::string path;
};

inline Json document(const ProcessResult& process) {
  INFO(process.err);
  REQUIRE(process.code == 0);
  return parse_json(process.out, "stdout");
}

/// Lines of more than 100 characters, but for how the model was trained.
inline std::string long_lines(const std::string& text) {
  std::string found;
  for (std::size_t begin = 0, number = 0; begin < text.size(); ++number) {
    const auto end = std::min(text.find('\n', begin), text.size());
    const auto line = text.substr(begin, end - begin);
    const auto columns = std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xC0) != 0x80; });
    if (columns > 100 && number != 1) found += line + "\n";
    begin = end + 1;
  }
  return found;
}

/// The one sentence of a command that must fail with `code` and say nothing on stdout.
inline std::string refusal(const ProcessResult& process, int code) {
  INFO(process.err);
  CHECK(process.code == code);
  CHECK(process.out.empty());
  const auto error = process.err.find("error: ");
  REQUIRE(error != std::string::npos);
  CHECK(process.err.find('\n', error) == process.err.size() - 1);
  CHECK_FALSE(contains(process.err, "[json"));
  return process.err.substr(error);
}

}  // namespace othello::test
