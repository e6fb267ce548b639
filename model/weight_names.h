// The same weights as two other programs name and shape them.
#pragma once

#include "model/safetensors.h"
#include "model/transformer.h"

namespace othello {

enum class WeightNames {
  mingpt,  // the original Othello-GPT (github.com/likenneth/othello_world), a minGPT: tok_emb.weight, head.weight
  transformer_lens  // TransformerLens, such as Nanda's conversions of it: embed.W_E, blocks.0.attn.W_Q, unembed.W_U
};

/// "mingpt", "transformerlens"
const char* word_of(WeightNames names);

/// A weight under its other name, as a window onto ours that has the other shape: who copies into the windows has read
/// a model, who copies out of them has written one.
struct NamedWeight {
  std::string name;
  Tensor window;
  bool foldable = false;  // a gain or an offset of a layer norm, which TransformerLens folds into other weights
};

/// All weights of a model that others also have, whose tokens are in the order in which `parameters` has them.
std::vector<NamedWeight> named_weights(WeightNames names, const ModelConfig& config, const Parameters& parameters);

/// Whose names these are. Throws Error naming `source` if they are nobody's, or this workbench's own.
WeightNames names_of(const SafeTensors& content, const std::string& source);

/// The sizes that the shapes tell. minGPT's do not tell the heads: there `heads` counts, which TransformerLens' must
/// agree with (0 = they need not). Throws Error naming `source` and the tensor.
ModelConfig config_of(WeightNames names, const SafeTensors& content, int heads, const std::string& source);

/// Published tokens count the squares with the letter as the row (data/formats/published.h): [vocabulary], the token
/// here of every published token. The map is its own inverse.
Tensor published_order(const Vocabulary& vocabulary);

}  // namespace othello
