#include "model/transformer.h"

#include "model/operations.h"

namespace othello {
namespace {

/// One forward pass: the model, and what the trace wants of it.
class Pass {
 public:
  Pass(const ModelConfig& config, const Parameters& parameters, Trace* trace)
      : config_(config), p_(parameters), trace_(trace) {}

  Tensor run(const Tensor& tokens) {
    const auto positions = tokens.size(1);
    mask_ = ops::causal_mask(positions, p_.W_U.scalar_type());
    const auto embed = visit({SiteKind::embed}, at::embedding(p_.W_E, tokens));  // [batch, pos, d_model]
    const auto pos_embed = visit({SiteKind::pos_embed}, p_.W_pos.slice(0, 0, positions).expand_as(embed));
    auto x = embed + pos_embed;
    for (int layer = 0; layer < config_.layers; ++layer) x = block(layer, x);
    x = norm(x, p_.ln_final_w, p_.ln_final_b, {SiteKind::ln_final_scale}, {SiteKind::ln_final_normalized});
    return ops::linear(x, p_.W_U, {});
  }

 private:
  Tensor visit(const Site& site, Tensor value) { return trace_ ? trace_->visit(site, std::move(value)) : value; }

  Tensor norm(const Tensor& x, const Tensor& w, const Tensor& b, const Site& scale, const Site& normalized) {
    const bool by_parts = trace_ != nullptr && trace_->names(scale);
    return visit(normalized, by_parts ? ops::layer_norm_with_scale(x, visit(scale, ops::norm_scale(x)), w, b)
                                      : ops::layer_norm(x, w, b));
  }

  Tensor block(int layer, const Tensor& input) {
    const auto& b = p_.blocks[static_cast<std::size_t>(layer)];
    auto x = visit({SiteKind::resid_pre, layer}, input);  // [batch, pos, d_model]
    x = x + visit({SiteKind::attn_out, layer}, attention(layer, b, x));
    x = visit({SiteKind::resid_mid, layer}, x);
    x = x + visit({SiteKind::mlp_out, layer}, mlp(layer, b, x));
    return visit({SiteKind::resid_post, layer}, x);
  }

  Tensor attention(int layer, const BlockParameters& b, const Tensor& x) {
    const auto n = norm(x, b.ln1_w, b.ln1_b, {SiteKind::ln1_scale, layer}, {SiteKind::ln1_normalized, layer});
    const auto batch = x.size(0), positions = x.size(1);
    const auto qkv =
        ops::linear(n, b.W_QKV, b.b_QKV).view({batch, positions, 3, config_.heads, config_.d_head()}).unbind(2);
    const auto q = visit({SiteKind::q, layer}, qkv[0]).transpose(1, 2);  // [batch, head, pos, d_head]
    const auto k = visit({SiteKind::k, layer}, qkv[1]).transpose(1, 2);
    const auto v = visit({SiteKind::v, layer}, qkv[2]).transpose(1, 2);
    const auto scores = visit({SiteKind::attn_scores, layer}, ops::attention_scores(q, k, mask_));
    const auto pattern = visit({SiteKind::pattern, layer}, at::softmax(scores, -1));     // [batch, head, query, key]
    const auto z = visit({SiteKind::z, layer}, at::matmul(pattern, v).transpose(1, 2));  // [batch, pos, head, d_head]
    return ops::linear(z.reshape({batch, positions, config_.d_model}), b.W_O, b.b_O);
  }

  Tensor mlp(int layer, const BlockParameters& b, const Tensor& x) {
    const auto n = norm(x, b.ln2_w, b.ln2_b, {SiteKind::ln2_scale, layer}, {SiteKind::ln2_normalized, layer});
    const auto pre = visit({SiteKind::mlp_pre, layer}, ops::linear(n, b.W_in, b.b_in));  // [batch, pos, d_mlp]
    const auto post = visit({SiteKind::mlp_post, layer}, ops::gelu(pre));
    return ops::linear(post, b.W_out, b.b_out);
  }

  const ModelConfig& config_;
  const Parameters& p_;
  Trace* trace_;
  Tensor mask_;  // [pos, pos]
};

}  // namespace

Transformer::Transformer(ModelConfig config, std::uint64_t seed) : config_(config) {
  config_.resolve();
  parameters_ = Parameters::initial(config_, Stream(seed).child("weights"));
}

Transformer::Transformer(ModelConfig config, Parameters parameters)
    : config_(config), parameters_(std::move(parameters)) {
  config_.resolve();
}

Tensor Transformer::forward(const Tensor& tokens, Trace* trace) const {
  if (tokens.dim() != 2 || tokens.size(1) > config_.vocabulary().context())
    fail("a model of context {} was given tokens of another shape", config_.vocabulary().context());
  return Pass(config_, parameters_, trace).run(tokens);
}

Transformer Transformer::compute_copy(at::ScalarType precision, bool with_gradient) const {
  return {config_, parameters_.compute_copy(precision, with_gradient)};
}

}  // namespace othello
