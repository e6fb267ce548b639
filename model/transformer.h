// The GPT of the Othello-GPT papers: pre-LN, learned positions, exact GELU, untied bias-free head.
#pragma once

#include <memory>

#include "model/parameters.h"
#include "model/trace.h"

namespace othello {

/// Fused operations where there are some for the tensors at hand and the trace names no place inside them; or plain
/// formulas of LibTorch everywhere, which have derivatives of every order.
enum class Operations { fused, plain };

/// Where a network began that must not, or hardly can, learn features: f below is the ordinary network.
struct Base {
  Parameters weights;       // w0
  bool linearised = false;  // f(w0) + J(w0)·(w − w0) in place of f(w): see model/linearised.h
  double lazy_scale = 0;  // α > 0: α·(f(w) − f(w0)), or linearised α·J(w0)·(w − w0); logits only, not activations

  template <class Visitor>
  void fields(Visitor& v) {
    v("linearised", linearised);
    v("lazy_scale", lazy_scale, Range{0, 1e6});
  }
};

/// Architecture of Li et al. 2023 (arXiv 2210.13382), without dropout.
class Transformer {
 public:
  /// A model with fresh weights from the stream `seed → "weights"`.
  Transformer(ModelConfig config, std::uint64_t seed);
  /// A model with given weights, whose shapes must fit; an ordinary one without a base.
  Transformer(ModelConfig config, Parameters parameters, std::shared_ptr<const Base> base = nullptr);

  /// tokens [batch, pos] int64, pos ≤ context → logits [batch, pos, vocabulary]. Token t sees tokens 1 … t only, so
  /// padding after a position does not reach it. Behind a prefix of the trace, the tokens are those that follow it.
  /// Without a gradient unless the parameters ask for one. What a trace records of a linearised model is
  /// h(w0) + J_h(w0)·(w − w0), of a lazy one h(w). Throws Error for a trace that a model with a base has no meaning
  /// for: with a prefix, or, linearised, with edits.
  Tensor forward(const Tensor& tokens, Trace* trace = nullptr, Operations operations = Operations::fused) const;

  /// The rest of a pass whose activations before `block` (`layers`: before the last norm) are x [batch, pos, d_model].
  /// It begins by visiting them as resid_post of the block before and resid_pre of this one. Throws Error for a model
  /// with a base.
  Tensor forward_from(int block, const Tensor& x, Trace* trace = nullptr,
                      Operations operations = Operations::fused) const;

  const ModelConfig& config() const { return config_; }
  const Parameters& parameters() const { return parameters_; }
  /// Null for an ordinary network.
  const Base* base() const { return base_.get(); }
  /// The same kind of network, with the same base, and other weights.
  Transformer with_weights(Parameters parameters) const { return {config_, std::move(parameters), base_}; }

  /// The same model with its weights on another device; on the same one, sharing them.
  Transformer on(at::Device device) const;

  /// The same model on a copy of the weights to compute with; see Parameters::compute_copy.
  Transformer compute_copy(at::ScalarType precision, bool with_gradient) const;

 private:
  ModelConfig config_;
  Parameters parameters_;
  std::shared_ptr<const Base> base_;
};

}  // namespace othello
