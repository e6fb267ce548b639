// If these fail, weights come back different, or a damaged file is taken for a good one.
#include <cstring>

#include "common/files.h"
#include "common/run_folder.h"
#include "model/checkpoint.h"
#include "tests/support/files.h"
#include "tests/support/process.h"
#include "tests/support/torch_test.h"

namespace othello::test {
namespace {

std::string file_bytes(const std::string& header, const std::string& data) {
  const std::uint64_t length = header.size();
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &length, 8);
  return bytes + header + data;
}

}  // namespace

TEST_CASE("safetensors come back bit for bit") {
  const TemporaryFolder folder;
  SafeTensors content;
  content.tensors = {{"a", at::randn({3, 4})},
                     {"b", at::arange(6, at::kLong).view({2, 3})},
                     {"empty", torch::empty({0, 5}, at::kFloat)},
                     {"scalar", at::scalar_tensor(7.5, at::kDouble)},
                     {"half", at::randn({5}).to(at::kBFloat16)},
                     {"transposed", at::randn({4, 6}).t()}};
  content.metadata = {{"config", "{\"x\":1}"}};
  write_safetensors(folder / "x.safetensors", content);
  const auto back = read_safetensors(folder / "x.safetensors");
  CHECK(back.metadata == content.metadata);
  REQUIRE(back.tensors.size() == content.tensors.size());
  for (const auto& [name, tensor] : content.tensors) {
    INFO(name);
    CHECK(back.tensors.at(name).scalar_type() == tensor.scalar_type());
    CHECK(at::equal(back.tensors.at(name), tensor));
  }
}

TEST_CASE("a malformed safetensors file is refused with a sentence that names it") {
  const TemporaryFolder folder;
  const auto error = [&](const std::string& bytes) {
    write_file(folder / "bad.safetensors", bytes);
    return error_of([&] { read_safetensors(folder / "bad.safetensors"); });
  };
  const std::string eight(8, 'x');
  const std::string good = R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})";
  CHECK(error(file_bytes(good, eight)).empty());
  const std::vector<std::string> bad{
      "",
      "short",
      std::string("\xff\xff\xff\xff\xff\xff\xff\xff", 8) + good,
      file_bytes(good, eight).substr(0, 20),
      file_bytes(good, "xxxx"),
      file_bytes(good, eight + "more"),
      file_bytes("not json", eight),
      file_bytes("{\"a\":", eight),
      file_bytes("{\"a\":1}", eight),
      file_bytes(
          R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})",
          eight),
      file_bytes(R"({"a":{"dtype":"F99","shape":[2],"data_offsets":[0,8]}})", eight),
      file_bytes(R"({"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})", eight),
      file_bytes(R"({"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}})", eight),
      file_bytes(R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}})", eight),
      file_bytes(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", eight),
      file_bytes(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}})", eight),
      file_bytes(
          R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})",
          eight),
      file_bytes(R"({"a":{"dtype":"F32","shape":[2]}})", eight),
      file_bytes(R"({"__metadata__":{"x":1}})", ""),
      file_bytes(R"({"__metadata__":[]})", ""),
      file_bytes("[]", ""),
      file_bytes("{\"\xff\":1}", ""),
  };
  for (std::size_t i = 0; i < bad.size(); ++i) {
    INFO(i);
    CHECK(contains(error(bad[i]), "bad.safetensors"));
  }
}

TEST_CASE("a model file is loaded as it was saved, and refused if it does not fit itself") {
  const TemporaryFolder folder;
  const Transformer model(ModelConfig{.board = 6, .layers = 1, .d_model = 8, .heads = 2}, 3);
  const TrainingFacts first{.step = 5, .games = 320, .seed = 1, .targets = "sampled"};
  const TrainingFacts facts{.step = 7, .games = 448, .seed = 3, .targets = "expected", .earlier = first.history()};
  const auto file = folder / "model.safetensors";
  save_model(file, model, facts);
  const auto back = load_model(folder.path());
  CHECK(back.model.config() == model.config());
  CHECK(back.facts.games == 448);
  CHECK(back.facts.targets == "expected");
  CHECK(contains(back.describe()["trained"].get<std::string>(), "trained on expected targets (the loss is told"));
  CHECK(contains(back.describe()["trained"].get<std::string>(), "; before that on sampled moves"));
  REQUIRE(back.facts.history().size() == 2);
  CHECK(back.facts.history()[0].games == 320);
  const auto a = model.parameters().list(), b = back.model.parameters().list();
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(at::equal(a[i], b[i]));

  auto content = read_safetensors(file);
  content.tensors["blocks.0.attn.W_O"][0][0] = std::numeric_limits<float>::quiet_NaN();
  write_safetensors(file, content);
  CHECK(contains(error_of([&] { load_model(file); }), "not finite"));
  content.tensors["blocks.0.attn.W_O"] = at::zeros({8, 9});
  write_safetensors(file, content);
  CHECK(contains(error_of([&] { load_model(file); }), "blocks.0.attn.W_O"));
  content.metadata["config"] = R"({"board":6,"layers":1,"d_model":8,"headz":2})";
  write_safetensors(file, content);
  CHECK(contains(error_of([&] { load_model(file); }), "model.heads"));
  CHECK(contains(error_of([&] { load_model(folder / "nothing"); }), "no such"));
}

TEST_CASE("a model shipped in bf16 is half the size, and loads as its weights rounded") {
  const TemporaryFolder folder;
  const Transformer model(ModelConfig{.board = 6, .layers = 1, .d_model = 64, .heads = 2}, 3);
  TrainingFacts facts;
  facts.targets = "sampled";
  save_model(folder / "fp32.safetensors", model, facts);
  save_model(folder / "bf16.safetensors", model, facts, at::kBFloat16);
  const auto size = [&](const char* name) { return static_cast<double>(std::filesystem::file_size(folder / name)); };
  CHECK(size("bf16.safetensors") < 0.55 * size("fp32.safetensors"));
  const auto back = load_model(folder / "bf16.safetensors");
  CHECK(back.describe()["trained"] == "trained on sampled moves (the move that was played)");
  const auto a = model.parameters().list(), b = back.model.parameters().list();
  for (std::size_t i = 0; i < a.size(); ++i) {
    CHECK(b[i].scalar_type() == at::kFloat);
    CHECK(((a[i] - b[i]).abs() <= a[i].abs() / 256).all().item<bool>());  // 8 bits of mantissa, rounded
  }
}

TEST_CASE("models that ship with the repository answer to their names, and to no other") {
  const TemporaryFolder folder;
  const ScopedEnvironment where("OTHELLO_PRETRAINED");
  where.set(folder.path().string());
  const Transformer model(ModelConfig{.board = 6, .layers = 1, .d_model = 8, .heads = 2}, 3);
  for (const char* name : {"small", "mini"}) {
    TrainingFacts facts;
    facts.player = name;  // to tell them apart
    std::filesystem::create_directory(folder / name);
    save_model(folder / name / kModelFile, model, facts);
    write_file(folder / name / "config.json", "{}");  // of its training, which does not make a run of it
  }
  CHECK(load_model("pretrained").facts.player == "small");
  CHECK(load_model("pretrained/mini").facts.player == "mini");
  CHECK(load_model(folder / "mini").facts.player == "mini");
  const auto error = error_of([&] { load_model("pretrained/huge"); });
  CHECK(contains(error, "no such pretrained model"));
  CHECK(contains(error, (folder / "huge" / kModelFile).string()));
  CHECK(contains(error, "OTHELLO_PRETRAINED"));
}

}  // namespace othello::test
