#include "model/weight_names.h"

#include "data/formats/published.h"

namespace othello {
namespace {

std::int64_t size_of(const SafeTensors& content, const std::string& name, std::int64_t dimensions, std::int64_t which,
                     const std::string& source) {
  const auto found = content.tensors.find(name);
  if (found == content.tensors.end()) fail("{}: it holds no tensor '{}'", source, name);
  if (found->second.dim() != dimensions)
    fail("{}: tensor '{}' has shape [{}], but {} dimensions were expected", source, name,
         fmt::join(found->second.sizes(), ", "), dimensions);
  return found->second.size(which);
}

/// nn.Linear keeps its matrix as [out, in].
void add_mingpt(std::vector<NamedWeight>& out, const ModelConfig& config, const Parameters& p) {
  const std::int64_t d = config.d_model;
  const auto add = [&](const std::string& name, const Tensor& weight, const Tensor& bias) {
    out.push_back({name + ".weight", weight.t()});  // t() leaves a vector as it is
    out.push_back({name + ".bias", bias});
  };
  out.push_back({"tok_emb.weight", p.W_E});
  out.push_back({"pos_emb", p.W_pos.unsqueeze(0)});
  for (std::size_t layer = 0; layer < p.blocks.size(); ++layer) {
    const auto& b = p.blocks[layer];
    const auto prefix = fmt::format("blocks.{}.", layer);
    add(prefix + "ln1", b.ln1_w, b.ln1_b);
    std::int64_t column = 0;
    for (const char* part : {"query", "key", "value"}) {
      add(prefix + "attn." + part, b.W_QKV.narrow(1, column, d), b.b_QKV.narrow(0, column, d));
      column += d;
    }
    add(prefix + "attn.proj", b.W_O, b.b_O);
    add(prefix + "ln2", b.ln2_w, b.ln2_b);
    add(prefix + "mlp.0", b.W_in, b.b_in);
    add(prefix + "mlp.2", b.W_out, b.b_out);
  }
  add("ln_f", p.ln_final_w, p.ln_final_b);
  out.push_back({"head.weight", p.W_U.t()});
}

/// Our own names and shapes, but that attention has a dimension for its heads.
void add_transformer_lens(std::vector<NamedWeight>& out, const ModelConfig& config, const Parameters& parameters) {
  const std::int64_t d = config.d_model, heads = config.heads, d_head = config.d_head();
  Parameters::visit(parameters, [&](const std::string& name, const Tensor& weight, Role role) {
    const auto stem = name.substr(0, name.size() - 3);  // without "QKV"
    if (name.ends_with("attn.W_QKV")) {
      for (std::int64_t part = 0; part < 3; ++part)
        out.push_back({stem + "QKV"[part], weight.narrow(1, part * d, d).view({d, heads, d_head}).permute({1, 0, 2})});
    } else if (name.ends_with("attn.b_QKV")) {
      for (std::int64_t part = 0; part < 3; ++part)
        out.push_back({stem + "QKV"[part], weight.narrow(0, part * d, d).view({heads, d_head})});
    } else if (name.ends_with("attn.W_O")) {
      out.push_back({name, weight.view({heads, d_head, d})});
    } else {
      out.push_back({name, weight, role == Role::norm});
    }
  });
}

}  // namespace

const char* word_of(WeightNames names) { return names == WeightNames::mingpt ? "mingpt" : "transformerlens"; }

std::vector<NamedWeight> named_weights(WeightNames names, const ModelConfig& config, const Parameters& parameters) {
  std::vector<NamedWeight> out;
  (names == WeightNames::mingpt ? add_mingpt : add_transformer_lens)(out, config, parameters);
  return out;
}

WeightNames names_of(const SafeTensors& content, const std::string& source) {
  const auto& tensors = content.tensors;
  if (tensors.contains("blocks.0.attn.W_QKV"))
    fail("{} is a model of this workbench: --model takes it as it is", source);
  if (tensors.contains("tok_emb.weight")) return WeightNames::mingpt;
  if (tensors.contains("embed.W_E")) return WeightNames::transformer_lens;
  fail("{}: it holds neither 'tok_emb.weight', as Othello-GPT and minGPT name it, nor TransformerLens' 'embed.W_E'",
       source);
}

ModelConfig config_of(WeightNames names, const SafeTensors& content, int heads, const std::string& source) {
  const bool mingpt = names == WeightNames::mingpt;
  const auto size = [&](const char* name, std::int64_t dimensions, std::int64_t which) {
    return size_of(content, name, dimensions, which, source);
  };
  const char* embedding = mingpt ? "tok_emb.weight" : "embed.W_E";
  const auto vocabulary = size(embedding, 2, 0), d_model = size(embedding, 2, 1);
  if (vocabulary != 61 && vocabulary != 33)
    fail("{}: tensor '{}' is of {} tokens, but 61 (8×8) or 33 (6×6) were expected", source, embedding, vocabulary);
  std::int64_t layers = 0;
  while (content.tensors.contains(fmt::format("blocks.{}.{}", layers, mingpt ? "attn.proj.weight" : "attn.W_O")))
    ++layers;
  const auto d_mlp = mingpt ? size("blocks.0.mlp.0.weight", 2, 0) : size("blocks.0.mlp.W_in", 2, 1);
  if (!mingpt) {
    const auto told = size("blocks.0.attn.W_Q", 3, 0);
    if (heads != 0 && heads != told)
      fail("{}: tensor 'blocks.0.attn.W_Q' is of {} heads, not of {}", source, told, heads);
    heads = static_cast<int>(std::min<std::int64_t>(told, std::numeric_limits<int>::max()));
  }
  ModelConfig config;
  try {  // the same limits as for a configuration of one's own
    read_config(config,
                {{"board", vocabulary == 61 ? 8 : 6},
                 {"layers", layers},
                 {"d_model", d_model},
                 {"heads", heads},
                 {"d_mlp", d_mlp}},
                "model.");
    config.resolve();
  } catch (const Error& error) {
    fail("{}: {}", source, error.what());
  }
  return config;
}

Tensor published_order(const Vocabulary& vocabulary) {
  Tensor order = torch::zeros({vocabulary.size()}, at::kLong);
  for (int token = 1; token < vocabulary.size(); ++token)
    order[token] = vocabulary.token(transposed(vocabulary.square(static_cast<Token>(token))));
  return order;
}

}  // namespace othello
