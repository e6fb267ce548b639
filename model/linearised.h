// A network that cannot learn features: its first-order Taylor model in the weights, f(w0) + J(w0)·(w − w0), whose
// kernel J·Jᵀ stays that of w0 (Jacot et al. 2018, arXiv 1806.07572; Lee et al. 2019, arXiv 1902.06720, eq. 7).
#pragma once

#include "model/transformer.h"

namespace othello {

/// A value of the network at w0, and how fast it changes as the weights move from there.
struct Dual {
  Tensor value, tangent;
};

/// {f(w0), J(w0)·direction} for tokens [batch, pos]: both [batch, pos, vocabulary], in one pass over the network's
/// operations and their derivatives. Sites that the trace records get value + tangent. Derivatives of the tangent by
/// the direction are those of autograd, which is J(w0)ᵀ; w0 itself gets none on the fused path. Fused: attention is one
/// kernel where there is one for the tensors at hand, nobody asks for a gradient and no site inside is named.
Dual tangent_pass(const ModelConfig& config, const Parameters& base, const Parameters& direction, const Tensor& tokens,
                  Trace* trace = nullptr, Operations operations = Operations::fused);

/// w − w0, weight by weight.
Parameters difference(const Parameters& weights, const Parameters& base);

/// `network` as it stands, which must be an ordinary one, as the base of a linearised or lazy one (or both) that starts
/// from it; its weights are copied.
Transformer with_base(const Transformer& network, bool linearised, double lazy_scale);

/// The ordinary network at w0 of a model with a base, sharing its weights.
Transformer network_at_base(const Transformer& model);

/// Throws Error if the model has a base: what is to be done with it ("interventions", …) is for ordinary networks.
void require_ordinary(const Transformer& model, const std::string& what);

}  // namespace othello
