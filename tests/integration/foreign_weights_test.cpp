// If this fails, a checkpoint that PyTorch saved does not survive the way into the workbench and back.
#include <cstdlib>

#include "common/files.h"
#include "model/weight_files.h"
#include "tests/support/files.h"
#include "tests/support/process.h"
#include "tests/support/torch_test.h"

namespace othello::test {
namespace {

const std::filesystem::path kSource = OTHELLO_SOURCE;

/// The words that start a Python with PyTorch; none if there is no such Python here.
std::vector<std::string> python() {
  for (const char* name : {"python3", "/usr/bin/python3"})
    if (run_process("/usr/bin/env", {name, "-c", "import torch"}).code == 0) return {name};
  return {};
}

}  // namespace

TEST_CASE("a pickle of PyTorch's gives PyTorch's logits here, and goes back bit for bit") {
  const auto interpreter = python();
  if (interpreter.empty()) {
    WARN("left out: no python3 with PyTorch");
    return;
  }
  const TemporaryFolder folder;
  const auto run = [&](const std::filesystem::path& script, const std::vector<std::string>& arguments) {
    auto words = interpreter;
    words.push_back(kSource / script);
    words.insert(words.end(), arguments.begin(), arguments.end());
    const auto process = run_process("/usr/bin/env", words);
    INFO(process.err);
    REQUIRE(process.code == 0);
  };
  const auto in = [&](const char* name) { return (folder / name).string(); };
  const std::vector<std::int64_t> published{41, 28, 19, 20, 18, 40};  // as the published files count: f5 d6 …
  std::vector<std::string> words;
  for (const auto token : published) words.push_back(std::to_string(token));
  const auto logits_of = [&](const char* weights, const char* out) {
    std::vector<std::string> arguments{"logits", in(weights), in(out)};
    arguments.insert(arguments.end(), words.begin(), words.end());
    run("tests/support/reference_gpt.py", arguments);
    return read_safetensors(in(out)).tensors.at("logits");  // [pos, vocabulary], published tokens
  };

  run("tests/support/reference_gpt.py", {"random", in("theirs.ckpt")});
  const Tensor expected = logits_of("theirs.ckpt", "expected.safetensors");
  run("scripts/convert_weights", {in("theirs.ckpt"), in("theirs.safetensors")});
  const auto foreign = import_weights(in("theirs.safetensors"), 4);
  const Tensor order = published_order(foreign.model.config().vocabulary());
  const Tensor tokens = order.index_select(0, at::tensor(published)).view({1, -1});
  const Tensor logits = foreign.model.forward(tokens)[0];
  CHECK((logits.index_select(1, order) - expected).abs().max().item<double>() < 1e-5);
  CHECK((logits - expected).abs().max().item<double>() > 0.1);

  write_safetensors(in("ours.safetensors"), export_weights(foreign.model, WeightNames::mingpt));
  run("scripts/convert_weights", {in("ours.safetensors"), in("ours.pth")});
  CHECK(at::equal(logits_of("ours.pth", "again.safetensors"), expected));
}

}  // namespace othello::test
