// Direct logit attribution: a logit as a sum over the parts that write into the residual stream.
#pragma once

#include "model/transformer.h"

namespace othello {

/// One part and what it adds to a logit at the last position.
struct LogitPart {
  std::string part;  // embed, pos_embed, head, attn_bias (b_O), mlp_out, ln_final_bias
  int layer = -1;    // −1 for parts outside the blocks
  int head = -1;     // −1 for all but heads
  double logit = 0;
  double difference = 0;  // to the weighted sum of logits that `contrast` asks for
};

struct DirectLogits {
  double logit = 0;       // as the model computes it
  double difference = 0;  // likewise
  std::vector<LogitPart> parts;

  /// Sums over the parts: the model's own numbers but for rounding.
  double sum() const;
  double difference_sum() const;
};

/// Parts of the logit of `token` after tokens [1, pos], and of Σ contrast·logits, contrast [vocabulary] fp64. The scale
/// of the final layer norm is taken from the run and held fixed; its centring is linear, so each part is centred on its
/// own (Elhage et al. 2021, "A mathematical framework for transformer circuits").
DirectLogits direct_logits(const Transformer& model, const Tensor& tokens, std::int64_t token, const Tensor& contrast);

}  // namespace othello
