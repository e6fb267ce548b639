// If these fail, models that others published play other moves here than there, or ours do over there.
#include "common/files.h"
#include "model/checkpoint.h"
#include "model/weight_files.h"
#include "tests/support/files.h"
#include "tests/support/naive_gpt.h"
#include "tests/support/torch_test.h"

namespace othello::test {
namespace {

namespace fs = std::filesystem;
using Tensors = std::map<std::string, Tensor>;

constexpr std::int64_t kLayers = 2, kHeads = 2;

struct Sizes {
  std::int64_t d = 16, d_mlp = 24, vocabulary = 61;
  std::int64_t context() const { return vocabulary - 2; }
};

Tensor noise(at::IntArrayRef shape) { return at::randn(shape) * 0.15; }

/// A state dict as the original Othello-GPT saves it.
Tensors mingpt_weights(const Sizes& s) {
  at::manual_seed(7);
  Tensors t{{"tok_emb.weight", noise({s.vocabulary, s.d})},
            {"pos_emb", noise({1, s.context(), s.d})},
            {"ln_f.weight", 1 + noise({s.d})},
            {"ln_f.bias", noise({s.d})},
            {"head.weight", noise({s.vocabulary, s.d})}};
  for (int layer = 0; layer < kLayers; ++layer) {
    const auto in = "blocks." + std::to_string(layer) + ".";
    for (const char* ln : {"ln1", "ln2"})
      t[in + ln + ".weight"] = 1 + noise({s.d}), t[in + ln + ".bias"] = noise({s.d});
    for (const char* part : {"key", "query", "value", "proj"})
      t[in + "attn." + part + ".weight"] = noise({s.d, s.d}), t[in + "attn." + part + ".bias"] = noise({s.d});
    t[in + "attn.mask"] = at::tril(torch::ones({1, 1, s.context(), s.context()}));
    t[in + "mlp.0.weight"] = noise({s.d_mlp, s.d}), t[in + "mlp.0.bias"] = noise({s.d_mlp});
    t[in + "mlp.2.weight"] = noise({s.d, s.d_mlp}), t[in + "mlp.2.bias"] = noise({s.d});
  }
  return t;
}

/// A state dict as TransformerLens saves it.
Tensors lens_weights(const Sizes& s) {
  at::manual_seed(8);
  const auto d_head = s.d / kHeads;
  Tensors t{{"embed.W_E", noise({s.vocabulary, s.d})},
            {"pos_embed.W_pos", noise({s.context(), s.d})},
            {"ln_final.w", 1 + noise({s.d})},
            {"ln_final.b", noise({s.d})},
            {"unembed.W_U", noise({s.d, s.vocabulary})},
            {"unembed.b_U", torch::zeros({s.vocabulary})}};
  for (int layer = 0; layer < kLayers; ++layer) {
    const auto in = "blocks." + std::to_string(layer) + ".";
    for (const char* ln : {"ln1", "ln2"}) t[in + ln + ".w"] = 1 + noise({s.d}), t[in + ln + ".b"] = noise({s.d});
    for (const char* part : {"Q", "K", "V"})
      t[in + "attn.W_" + part] = noise({kHeads, s.d, d_head}), t[in + "attn.b_" + part] = noise({kHeads, d_head});
    t[in + "attn.W_O"] = noise({kHeads, d_head, s.d}), t[in + "attn.b_O"] = noise({s.d});
    t[in + "attn.mask"] = at::tril(torch::ones({s.context(), s.context()})).to(at::kBool);
    t[in + "attn.IGNORE"] = at::scalar_tensor(-std::numeric_limits<float>::infinity());
    t[in + "mlp.W_in"] = noise({s.d, s.d_mlp}), t[in + "mlp.b_in"] = noise({s.d_mlp});
    t[in + "mlp.W_out"] = noise({s.d_mlp, s.d}), t[in + "mlp.b_out"] = noise({s.d});
  }
  return t;
}

/// The same network after its layer norms were folded into what reads from them, and everything centred, as
/// TransformerLens does it by default.
Tensors folded(Tensors t) {
  const auto fold = [&](const std::string& ln, const std::string& w, const std::string& b) {
    Tensor &matrix = t.at(w), &bias = t.at(b);
    bias = bias + at::matmul(t.at(ln + ".b"), matrix).view(bias.sizes());
    matrix = matrix * t.at(ln + ".w").unsqueeze(1);
    matrix = matrix - matrix.mean(-2, true);
  };
  for (int layer = 0; layer < kLayers; ++layer) {
    const auto in = "blocks." + std::to_string(layer) + ".";
    for (const std::string part : {"Q", "K", "V"}) fold(in + "ln1", in + "attn.W_" + part, in + "attn.b_" + part);
    fold(in + "ln2", in + "mlp.W_in", in + "mlp.b_in");
  }
  fold("ln_final", "unembed.W_U", "unembed.b_U");
  t["unembed.W_U"] = t["unembed.W_U"] - t["unembed.W_U"].mean(-1, true);
  t["unembed.b_U"] = t["unembed.b_U"] - t["unembed.b_U"].mean();
  std::erase_if(t, [](const auto& item) { return contains(item.first, "ln"); });
  return t;
}

double number(const Tensor& t, std::initializer_list<std::int64_t> index) {
  std::int64_t place = 0, dimension = 0;
  for (const auto i : index) place = place * t.size(dimension++) + i;
  return t.contiguous().data_ptr<float>()[place];
}
Numbers numbers(const Tensor& t) {
  Numbers out;
  for (std::int64_t i = 0; i < t.numel(); ++i) out.push_back(number(t.reshape({-1}), {i}));
  return out;
}
template <class At>
Matrix matrix(std::int64_t rows, std::int64_t columns, const At& at) {
  Matrix out(static_cast<std::size_t>(rows));
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j) out[static_cast<std::size_t>(i)].push_back(at(i, j));
  return out;
}

NaiveGpt naive_mingpt(const Tensors& t, const Sizes& s) {
  const auto plain = [&](const std::string& name, std::int64_t rows) {
    const Tensor m = t.at(name).reshape({rows, s.d});
    return matrix(rows, s.d, [&](auto i, auto j) { return number(m, {i, j}); });
  };
  const auto linear = [&](const std::string& name) {  // nn.Linear: y_out = Σ_in weight[out][in]·x_in
    const Tensor& m = t.at(name + ".weight");
    return matrix(m.size(1), m.size(0), [&](auto in, auto out) { return number(m, {out, in}); });
  };
  const auto vector = [&](const std::string& name) { return numbers(t.at(name)); };
  NaiveGpt gpt{.heads = kHeads,
               .embedding = plain("tok_emb.weight", s.vocabulary),
               .positions = plain("pos_emb", s.context()),
               .blocks = {},
               .final_gain = vector("ln_f.weight"),
               .final_offset = vector("ln_f.bias"),
               .unembedding = linear("head"),
               .unembedding_bias = Numbers(static_cast<std::size_t>(s.vocabulary), 0.0)};
  for (int layer = 0; layer < kLayers; ++layer) {
    const auto in = "blocks." + std::to_string(layer) + ".";
    gpt.blocks.push_back({vector(in + "ln1.weight"), vector(in + "ln1.bias"), vector(in + "ln2.weight"),
                          vector(in + "ln2.bias"), linear(in + "attn.query"), linear(in + "attn.key"),
                          linear(in + "attn.value"), linear(in + "attn.proj"), linear(in + "mlp.0"),
                          linear(in + "mlp.2"), vector(in + "attn.query.bias"), vector(in + "attn.key.bias"),
                          vector(in + "attn.value.bias"), vector(in + "attn.proj.bias"), vector(in + "mlp.0.bias"),
                          vector(in + "mlp.2.bias")});
  }
  return gpt;
}

NaiveGpt naive_lens(const Tensors& t, const Sizes& s) {
  const auto d_head = s.d / kHeads;
  const auto plain = [&](const std::string& name) {
    const Tensor& m = t.at(name);
    return matrix(m.size(0), m.size(1), [&](auto i, auto j) { return number(m, {i, j}); });
  };
  const auto reading = [&](const std::string& name) {  // [head, d_model, d_head]
    return matrix(s.d, s.d, [&](auto in, auto out) { return number(t.at(name), {out / d_head, in, out % d_head}); });
  };
  const auto writing = [&](const std::string& name) {  // [head, d_head, d_model]
    return matrix(s.d, s.d, [&](auto in, auto out) { return number(t.at(name), {in / d_head, in % d_head, out}); });
  };
  const auto vector = [&](const std::string& name) { return numbers(t.at(name)); };
  const auto gain_or_offset = [&](const std::string& name) {  // none if folded
    if (t.count(name) > 0) return vector(name);
    return Numbers(static_cast<std::size_t>(s.d), name.ends_with(".w") ? 1.0 : 0.0);
  };
  NaiveGpt gpt{.heads = kHeads,
               .embedding = plain("embed.W_E"),
               .positions = plain("pos_embed.W_pos"),
               .blocks = {},
               .final_gain = gain_or_offset("ln_final.w"),
               .final_offset = gain_or_offset("ln_final.b"),
               .unembedding = plain("unembed.W_U"),
               .unembedding_bias = vector("unembed.b_U")};
  for (int layer = 0; layer < kLayers; ++layer) {
    const auto in = "blocks." + std::to_string(layer) + ".";
    gpt.blocks.push_back({gain_or_offset(in + "ln1.w"), gain_or_offset(in + "ln1.b"), gain_or_offset(in + "ln2.w"),
                          gain_or_offset(in + "ln2.b"), reading(in + "attn.W_Q"), reading(in + "attn.W_K"),
                          reading(in + "attn.W_V"), writing(in + "attn.W_O"), plain(in + "mlp.W_in"),
                          plain(in + "mlp.W_out"), vector(in + "attn.b_Q"), vector(in + "attn.b_K"),
                          vector(in + "attn.b_V"), vector(in + "attn.b_O"), vector(in + "mlp.b_in"),
                          vector(in + "mlp.b_out")});
  }
  return gpt;
}

/// "f5" → its token: squares are counted with the `letter` or the digit as the row, without the four of the centre.
int token_of(const std::string& square, std::int64_t vocabulary, bool letter_is_row) {
  const int side = vocabulary == 61 ? 8 : 6, first = (8 - side) / 2;
  int token = 0;
  for (int row = first; row < first + side; ++row)
    for (int column = first; column < first + side; ++column) {
      if ((row == 3 || row == 4) && (column == 3 || column == 4)) continue;
      ++token;
      const int letter = letter_is_row ? row : column, digit = letter_is_row ? column : row;
      if (square[0] - 'a' == letter && square[1] - '1' == digit) return token;
    }
  FAIL("no square " << square);
  return 0;
}

const std::vector<std::string> kGame{"f5", "d6", "c3", "d3", "c4", "f4", "c5", "b3", "e3"};

/// The largest difference between the model's logits after the game and those of the other network, square by square.
double distance(const Transformer& model, const NaiveGpt& other, const Sizes& s) {
  std::vector<int> published;
  std::vector<std::int64_t> own;
  for (const auto& square : kGame) {
    published.push_back(token_of(square, s.vocabulary, true));
    own.push_back(token_of(square, s.vocabulary, false));
  }
  const auto expected = other.logits(published);
  const auto size = static_cast<std::int64_t>(own.size());
  const Tensor logits = model.forward(at::tensor(own).view({1, size}))[0][size - 1];
  double largest = std::abs(number(logits, {0}) - expected[0]);
  for (char letter = 'a'; letter <= 'h'; ++letter)
    for (char digit = '1'; digit <= '8'; ++digit) {
      const bool centre = (letter == 'd' || letter == 'e') && (digit == '4' || digit == '5');
      const bool rim = letter == 'a' || letter == 'h' || digit == '1' || digit == '8';
      if (centre || (rim && s.vocabulary != 61)) continue;
      const std::string square{letter, digit};
      const auto theirs = static_cast<std::size_t>(token_of(square, s.vocabulary, true));
      const double ours = number(logits, {token_of(square, s.vocabulary, false)});
      largest = std::max(largest, std::abs(ours - expected[theirs]));
    }
  return largest;
}

SafeTensors content_of(const Tensors& tensors) {
  SafeTensors content;
  content.tensors = tensors;
  return content;
}

struct Imported {
  TemporaryFolder folder;
  fs::path file() const { return folder / "theirs.safetensors"; }
  ForeignModel read(const SafeTensors& content, int heads = kHeads) const {
    write_safetensors(file(), content);
    return import_weights(file(), heads);
  }
  ForeignModel read(const Tensors& tensors, int heads = kHeads) const { return read(content_of(tensors), heads); }
  std::string error(const Tensors& tensors, int heads = kHeads) const {
    return error_of([&] { read(tensors, heads); });
  }
};

bool same(const Tensor& a, const Tensor& b) {
  return a.scalar_type() == b.scalar_type() && a.sizes() == b.sizes() && at::equal(a, b);
}

}  // namespace

TEST_CASE("weights of the original Othello-GPT answer an asymmetric game as an independent network does") {
  const Imported imported;
  for (const Sizes& sizes : {Sizes{}, Sizes{.d = 16, .d_mlp = 40, .vocabulary = 33}}) {
    INFO(sizes.vocabulary);
    const auto theirs = mingpt_weights(sizes);
    const auto foreign = imported.read(theirs);
    CHECK(foreign.names == WeightNames::mingpt);
    CHECK(foreign.notes.empty());
    CHECK(foreign.model.config().board == (sizes.vocabulary == 61 ? 8 : 6));
    CHECK(foreign.model.config().d_mlp == sizes.d_mlp);
    CHECK(distance(foreign.model, naive_mingpt(theirs, sizes), sizes) < 1e-5);
  }
}

TEST_CASE("weights of TransformerLens answer an asymmetric game as an independent network does") {
  const Imported imported;
  const Sizes sizes;
  const auto theirs = lens_weights(sizes);
  const auto foreign = imported.read(theirs, 0);
  CHECK(foreign.names == WeightNames::transformer_lens);
  CHECK(foreign.model.config().heads == kHeads);
  CHECK(foreign.notes.empty());
  CHECK(distance(foreign.model, naive_lens(theirs, sizes), sizes) < 1e-5);
}

TEST_CASE("weights of TransformerLens with folded layer norms and the bias that they leave play the same moves") {
  const Imported imported;
  const Sizes sizes{.d = 72, .d_mlp = 24};
  const auto theirs = folded(lens_weights(sizes));
  REQUIRE(theirs.at("unembed.b_U").abs().max().item<double>() > 0.1);
  const auto foreign = imported.read(theirs);
  CHECK(foreign.notes.size() == 2);
  CHECK(distance(foreign.model, naive_lens(theirs, sizes), sizes) < 1e-5);

  // A bias that no offset of the last norm stands for is an error, not another model.
  const Sizes narrow;
  CHECK(contains(imported.error(folded(lens_weights(narrow))), "unembed.b_U"));
  auto shifted = theirs;
  shifted["unembed.b_U"] = theirs.at("unembed.b_U") + 1;  // W_U's rows sum to 0, so b·W_U does
  CHECK(contains(imported.error(shifted), "unembed.b_U"));
}

TEST_CASE("weights go to others and come back bit for bit, and theirs through ours") {
  const Imported imported;
  const Sizes sizes;
  for (const auto names : {WeightNames::mingpt, WeightNames::transformer_lens}) {
    INFO(word_of(names));
    const auto theirs = names == WeightNames::mingpt ? mingpt_weights(sizes) : lens_weights(sizes);
    const auto foreign = imported.read(theirs);
    const auto exported = export_weights(foreign.model, names);
    REQUIRE(exported.tensors.size() == theirs.size());
    for (const auto& [name, tensor] : theirs) {
      INFO(name);
      CHECK(same(exported.tensors.at(name), tensor));
    }
    const auto again = imported.read(exported, 0);  // minGPT's heads stand in the metadata
    CHECK(again.model.config() == foreign.model.config());
    const auto a = foreign.model.parameters().list(), b = again.model.parameters().list();
    for (std::size_t i = 0; i < a.size(); ++i) CHECK(same(a[i], b[i]));
  }
}

TEST_CASE("published tokens count the squares with the letter as the row") {
  for (const int side : {8, 6}) {
    const Vocabulary vocabulary(board_size(side));
    const Tensor order = published_order(vocabulary);
    CHECK(at::equal(order.index_select(0, order), torch::arange(vocabulary.size(), at::kLong)));
    for (const char* square : {"f5", "b3", "c2", "g7"})
      CHECK(order[token_of(square, vocabulary.size(), true)].item<std::int64_t>() ==
            token_of(square, vocabulary.size(), false));
  }
  const Tensor order = published_order(Vocabulary(board_size(8)));
  CHECK(order[41].item<std::int64_t>() == 34);  // f5: squares 44 and 37
  CHECK(order[0].item<std::int64_t>() == 0);    // padding
}

TEST_CASE("weights that do not fit the architecture are refused with the name of the tensor") {
  const Imported imported;
  const Sizes sizes;
  const auto with = [](Tensors tensors, const std::string& name, const Tensor& value) {
    tensors[name] = value;
    return tensors;
  };
  const auto without = [](Tensors tensors, const std::string& name) {
    tensors.erase(name);
    return tensors;
  };
  const auto mingpt = mingpt_weights(sizes), lens = lens_weights(sizes);
  const auto nan = at::full({16}, std::numeric_limits<double>::quiet_NaN(), at::kFloat);
  const struct {
    Tensors tensors;
    std::string named;
  } cases[] = {
      {without(mingpt, "blocks.1.attn.key.weight"), "'blocks.1.attn.key.weight'"},
      {without(mingpt, "blocks.0.mlp.0.weight"), "'blocks.0.mlp.0.weight'"},
      {without(mingpt, "blocks.0.attn.proj.weight"), "model.layers"},
      {with(mingpt, "head.bias", torch::zeros({61})), "'head.bias'"},
      {with(mingpt, "head.weight", torch::zeros({61, 15})), "'head.weight'"},
      {with(mingpt, "pos_emb", torch::zeros({59, 16})), "'pos_emb'"},
      {with(mingpt, "tok_emb.weight", torch::zeros({50257, 16})), "50257 tokens"},
      {with(mingpt, "tok_emb.weight", torch::zeros({61})), "'tok_emb.weight'"},
      {with(mingpt, "ln_f.bias", nan), "'ln_f.bias' holds numbers that are not finite"},
      {with(mingpt, "ln_f.bias", torch::zeros({16}, at::kLong)), "'ln_f.bias' holds no floating-point"},
      {with(mingpt, "blocks.0.mlp.0.weight", torch::zeros({70000, 16})), "model.d_mlp"},
      {without(lens, "ln_final.b"), "'ln_final.b'"},
      {without(lens, "blocks.0.ln1.w"), "'blocks.0.ln1.w'"},
      {with(lens, "blocks.0.attn.W_K", torch::zeros({2, 16, 7})), "'blocks.0.attn.W_K'"},
      {with(lens, "blocks.0.attn.W_Q", torch::zeros({4, 16, 4})), "4 heads"},
      {with(lens, "blocks.0.attn.rotary_sin", torch::zeros({4})), "'blocks.0.attn.rotary_sin'"},
      {with(lens, "blocks.0.attn.W_QKV", torch::zeros({16, 48})), "model of this workbench"},
      {{{"transformer.wte.weight", torch::zeros({61, 16})}}, "tok_emb.weight"},
  };
  for (const auto& [tensors, named] : cases) {
    const auto sentence = imported.error(tensors);
    INFO(named << " ⊂ " << sentence);
    CHECK(contains(sentence, named));
    CHECK(contains(sentence, "theirs.safetensors"));
  }
  CHECK(contains(imported.error(mingpt, 3), "heads"));
  auto content = content_of(mingpt);
  content.metadata = {{"heads", "two"}};
  CHECK(contains(error_of([&] { imported.read(content, 0); }), "'two'"));
  const auto assumed = imported.read(mingpt, 0);
  CHECK(assumed.model.config().heads == 8);
  CHECK(assumed.notes.size() == 1);
  CHECK(contains(error_of([&] { import_weights(imported.folder / "gpt.ckpt"); }), "scripts/convert_weights"));
}

TEST_CASE("a model rounded to bf16 is half as large, is loaded as such and says what it knows of its training") {
  const Imported imported;
  const auto foreign = imported.read(mingpt_weights({}));
  const auto whole = imported.folder / "fp32.safetensors", half = imported.folder / "bf16.safetensors";
  save_model(whole, foreign.model, TrainingFacts::unknown());
  save_model(half, foreign.model, TrainingFacts::unknown(), at::kBFloat16);
  CHECK(fs::file_size(half) < 0.6 * static_cast<double>(fs::file_size(whole)));
  const auto loaded = load_model(half);
  const auto a = foreign.model.parameters().list(), b = loaded.model.parameters().list();
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(same(b[i], a[i].to(at::kBFloat16).to(at::kFloat)));
  CHECK(loaded.describe()["targets"] == "unknown");
  CHECK(loaded.describe()["games"].is_null());
}

}  // namespace othello::test
