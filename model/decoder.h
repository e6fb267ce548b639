// A model as a generator: what comes next after rows of moves that grow by one at a time.
#pragma once

#include "model/transformer.h"

namespace othello {

/// Remembers the keys and values of the rows of its last call, so that a call for the same rows with one more move
/// costs that move alone. Takes them and puts them to use through a Trace (k, v → z). Serves one thread; the model must
/// outlive it.
class Decoder {
 public:
  explicit Decoder(const Transformer& model);

  /// tokens [rows, pos] int64, 1 ≤ pos ≤ context → log-probabilities of the next token [rows, vocabulary] fp32.
  Tensor operator()(const Tensor& tokens);

 private:
  /// Whether `tokens` are those of the last call and one column more.
  bool continues(const Tensor& tokens) const;
  /// A trace for positions seen() … seen()+fresh−1 of the rows.
  Trace trace(std::int64_t fresh);
  /// What attention reads at the newest position: softmax(q·kᵀ/√d_head)·v over all positions so far.
  Tensor attend(std::size_t layer, std::int64_t positions) const;
  std::int64_t seen() const { return tokens_.defined() ? tokens_.size(1) : 0; }

  const Transformer& model_;
  Tensor tokens_;                      // [rows, pos] of the last call
  std::vector<Tensor> keys_, values_;  // by layer: [rows, context, head, d_head]
  std::vector<Tensor> queries_;        // by layer: [rows, 1, head, d_head], of the newest position
};

}  // namespace othello
