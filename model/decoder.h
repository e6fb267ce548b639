// A model as a generator: what comes next after rows of moves that grow by one at a time.
#pragma once

#include "model/transformer.h"

namespace othello {

/// Remembers the keys and values of the rows of its last call, so that a call for the same rows with one more move
/// costs that move alone. Serves one thread; the model must outlive it.
class Decoder {
 public:
  explicit Decoder(const Transformer& model);

  /// tokens [rows, pos] int64, 1 ≤ pos ≤ context → log-probabilities of the next token [rows, vocabulary] fp32.
  Tensor operator()(const Tensor& tokens);

 private:
  /// Whether `tokens` are those of the last call and one column more.
  bool continues(const Tensor& tokens) const;
  std::int64_t seen() const { return tokens_.defined() ? tokens_.size(1) : 0; }

  const Transformer& model_;
  Tensor tokens_;             // [rows, pos] of the last call
  TensorList keys_, values_;  // by layer: [rows, context, head, d_head]
};

}  // namespace othello
