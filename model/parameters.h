// The weights of a GPT, with TransformerLens' names where they have one.
#pragma once

#include "common/random.h"
#include "model/config.h"
#include "model/torch.h"

namespace othello {

/// Matrices act on row vectors: y = x·W + b, W is [in, out].
struct BlockParameters {
  Tensor ln1_w, ln1_b;  // [d_model]
  Tensor W_QKV;         // [d_model, 3·d_model]: columns are queries, keys, values, each head by head
  Tensor b_QKV;         // [3·d_model]
  Tensor W_O;           // [d_model, d_model]
  Tensor b_O;           // [d_model]
  Tensor ln2_w, ln2_b;  // [d_model]
  Tensor W_in;          // [d_model, d_mlp]
  Tensor b_in;          // [d_mlp]
  Tensor W_out;         // [d_mlp, d_model]
  Tensor b_out;         // [d_model]
};

/// What a weight is for, which decides its precision and its optimizer.
enum class Role {
  embedding,  // looked up or added, stays fp32
  norm,       // layer norm's gain and offset, stays fp32
  bias,       // of a matrix product, stays fp32
  hidden,     // a matrix inside a block
  head,       // the unembedding
};

struct Parameters {
  Tensor W_E;    // [vocabulary, d_model]
  Tensor W_pos;  // [context, d_model]
  std::vector<BlockParameters> blocks;
  Tensor ln_final_w, ln_final_b;  // [d_model]
  Tensor W_U;                     // [d_model, vocabulary], no bias

  /// Calls `visit(name, tensor, role)` for every weight, always in the same order.
  template <class Self, class Visit>
  static void visit(Self& self, const Visit& call) {
    call("embed.W_E", self.W_E, Role::embedding);
    call("pos_embed.W_pos", self.W_pos, Role::embedding);
    for (std::size_t layer = 0; layer < self.blocks.size(); ++layer) {
      auto& b = self.blocks[layer];
      const std::string prefix = "blocks." + std::to_string(layer) + ".";
      call(prefix + "ln1.w", b.ln1_w, Role::norm);
      call(prefix + "ln1.b", b.ln1_b, Role::norm);
      call(prefix + "attn.W_QKV", b.W_QKV, Role::hidden);
      call(prefix + "attn.b_QKV", b.b_QKV, Role::bias);
      call(prefix + "attn.W_O", b.W_O, Role::hidden);
      call(prefix + "attn.b_O", b.b_O, Role::bias);
      call(prefix + "ln2.w", b.ln2_w, Role::norm);
      call(prefix + "ln2.b", b.ln2_b, Role::norm);
      call(prefix + "mlp.W_in", b.W_in, Role::hidden);
      call(prefix + "mlp.b_in", b.b_in, Role::bias);
      call(prefix + "mlp.W_out", b.W_out, Role::hidden);
      call(prefix + "mlp.b_out", b.b_out, Role::bias);
    }
    call("ln_final.w", self.ln_final_w, Role::norm);
    call("ln_final.b", self.ln_final_b, Role::norm);
    call("unembed.W_U", self.W_U, Role::head);
  }

  /// All weights in that order (handles, not copies).
  TensorList list() const;
  std::vector<Role> roles() const;
  std::vector<std::string> names() const;
  std::int64_t count() const;

  /// fp32 weights as minGPT and the Othello-GPT papers initialise them: normal(0, 0.02), biases 0, gains 1.
  static Parameters initial(const ModelConfig& config, const Stream& stream);

  /// Weights of the right shapes without values or memory, to be replaced.
  static Parameters shapes(const ModelConfig& config);

  /// Copies to compute with: what enters matrix products in `precision`, the rest fp32; leaves of autograd if
  /// `with_gradient`.
  Parameters compute_copy(at::ScalarType precision, bool with_gradient) const;
};

}  // namespace othello
