#include "model/linearised.h"

#include <algorithm>
#include <cmath>

#include "model/fused.h"
#include "model/operations.h"

namespace othello {
namespace {

/// x·W + b with all three moving: [..., in] → [..., out]. b may be undefined.
Dual linear(const Dual& x, const Tensor& w, const Tensor& dw, const Tensor& b, const Tensor& db) {
  const auto rows = [](const Tensor& t) { return t.reshape({-1, t.size(-1)}); };
  const auto value = ops::linear(x.value, w, b), moved = rows(x.value);
  const auto of_w = db.defined() ? at::addmm(db, moved, dw) : at::mm(moved, dw);
  return {value, at::addmm(of_w, rows(x.tangent), w).view(value.sizes())};
}

Dual sum(const Dual& a, const Dual& b) { return {a.value + b.value, a.tangent + b.tangent}; }

/// The Jacobian of a normalisation without gain is symmetric, so its gradient applied to a tangent is its derivative.
Dual layer_norm(const Dual& x, const Tensor& w, const Tensor& dw, const Tensor& b, const Tensor& db) {
  const std::int64_t width = x.value.size(-1);
  const auto [y, mean, inverse] = at::native_layer_norm(x.value, {width}, w, b, ops::kNormEpsilon);
  const auto moved = std::get<0>(
      at::native_layer_norm_backward(x.tangent, x.value, {width}, mean, inverse, {}, {}, {true, false, false}));
  const auto normalized = (x.value - mean) * inverse;
  return {y, at::addcmul(at::addcmul(db, moved, w), normalized, dw)};
}

/// √(var + ε): [..., 1]
Dual norm_scale(const Dual& x) {
  const auto scale = ops::norm_scale(x.value);
  return {scale, ((x.value - x.value.mean(-1, true)) * x.tangent).mean(-1, true) / scale};
}

Dual gelu(const Dual& x) { return {ops::gelu(x.value), at::gelu_backward(x.tangent, x.value)}; }

/// Mirrors the pass of model/transformer.cpp over values and tangents.
class TangentPass {
 public:
  TangentPass(const ModelConfig& config, const Parameters& base, const Parameters& direction, Trace* trace, bool fused)
      : config_(config), p_(base), d_(direction), trace_(trace), fused_(fused) {}

  Dual run(const Tensor& tokens) {
    const auto length = tokens.size(1);
    const Dual embed = visit({SiteKind::embed}, {at::embedding(p_.W_E, tokens), at::embedding(d_.W_E, tokens)});
    const auto places = [&](const Tensor& w) { return w.slice(0, 0, length).expand_as(embed.value); };
    Dual x = sum(embed, visit({SiteKind::pos_embed}, {places(p_.W_pos), places(d_.W_pos)}));  // [batch, pos, d_model]
    for (int layer = 0; layer < config_.layers; ++layer) {
      const auto &b = p_.blocks[static_cast<std::size_t>(layer)], &d = d_.blocks[static_cast<std::size_t>(layer)];
      x = visit({SiteKind::resid_pre, layer}, x);
      const auto n1 =
          norm(x, b.ln1_w, d.ln1_w, b.ln1_b, d.ln1_b, {SiteKind::ln1_scale, layer}, {SiteKind::ln1_normalized, layer});
      const auto z = attention(layer, linear(n1, b.W_QKV, d.W_QKV, b.b_QKV, d.b_QKV));
      x = sum(x, visit({SiteKind::attn_out, layer}, linear(z, b.W_O, d.W_O, b.b_O, d.b_O)));
      x = visit({SiteKind::resid_mid, layer}, x);
      const auto n2 =
          norm(x, b.ln2_w, d.ln2_w, b.ln2_b, d.ln2_b, {SiteKind::ln2_scale, layer}, {SiteKind::ln2_normalized, layer});
      const auto pre = visit({SiteKind::mlp_pre, layer}, linear(n2, b.W_in, d.W_in, b.b_in, d.b_in));
      const auto post = visit({SiteKind::mlp_post, layer}, gelu(pre));  // [batch, pos, d_mlp]
      x = sum(x, visit({SiteKind::mlp_out, layer}, linear(post, b.W_out, d.W_out, b.b_out, d.b_out)));
      x = visit({SiteKind::resid_post, layer}, x);
    }
    const auto last = norm(x, p_.ln_final_w, d_.ln_final_w, p_.ln_final_b, d_.ln_final_b, {SiteKind::ln_final_scale},
                           {SiteKind::ln_final_normalized});
    return linear(last, p_.W_U, d_.W_U, {}, {});
  }

 private:
  bool names(const Site& site) const { return trace_ != nullptr && trace_->names(site); }

  /// Gives x on: whatever is edited is refused before the pass.
  Dual visit(const Site& site, const Dual& x) {
    if (names(site)) trace_->visit(site, x.value + x.tangent);
    return x;
  }

  Dual norm(const Dual& x, const Tensor& w, const Tensor& dw, const Tensor& b, const Tensor& db, const Site& scale,
            const Site& normalized) {
    if (names(scale)) visit(scale, norm_scale(x));
    return visit(normalized, layer_norm(x, w, dw, b, db));
  }

  /// qkv [batch, pos, 3·d_model] with its bias → what the heads read, side by side: [batch, pos, d_model].
  Dual attention(int layer, const Dual& qkv) {
    const auto at = [layer](SiteKind kind) { return Site{kind, layer}; };
    const auto inside = {SiteKind::q, SiteKind::k, SiteKind::v, SiteKind::attn_scores, SiteKind::pattern, SiteKind::z};
    if (fused_ && std::none_of(inside.begin(), inside.end(), [&](SiteKind kind) { return names(at(kind)); })) {
      auto [z, dz] = fused::attention_with_tangent(qkv.value, qkv.tangent, config_.heads);
      return {std::move(z), std::move(dz)};
    }
    const auto batch = qkv.value.size(0), length = qkv.value.size(1);
    const std::int64_t heads = config_.heads, width = config_.d_head();
    const auto part = [&](SiteKind kind, std::int64_t index) {  // [batch·head, pos, d_head]
      const auto of = [&](const Tensor& t) { return t.view({batch, length, 3, heads, width}).select(2, index); };
      const auto x = visit(at(kind), {of(qkv.value), of(qkv.tangent)});
      const auto flat = [&](const Tensor& t) { return t.transpose(1, 2).reshape({batch * heads, length, width}); };
      return Dual{flat(x.value), flat(x.tangent)};
    };
    const Dual q = part(SiteKind::q, 0), k = part(SiteKind::k, 1), v = part(SiteKind::v, 2);
    if (!mask_.defined()) mask_ = ops::causal_mask(length, q.value.options());
    const auto by_head = [&](const Tensor& t) { return t.view({batch, heads, length, t.size(-1)}); };
    const double scale = 1 / std::sqrt(static_cast<double>(width));
    const auto keys = k.value.transpose(1, 2);
    const auto scores = ops::attention_scores(by_head(q.value), by_head(k.value), mask_);  // [batch, head, query, key]
    const auto moved = at::baddbmm(at::bmm(q.tangent, keys), q.value, k.tangent.transpose(1, 2)) * scale;
    if (names(at(SiteKind::attn_scores))) visit(at(SiteKind::attn_scores), {scores, by_head(moved)});
    // The Jacobian of softmax is symmetric as well.
    const auto pattern = at::softmax(scores, -1);
    const auto change = at::_softmax_backward_data(by_head(moved), pattern, -1, pattern.scalar_type());
    visit(at(SiteKind::pattern), {pattern, change});
    const auto p = pattern.view({batch * heads, length, length}), dp = change.reshape(p.sizes());
    const auto side = [&](const Tensor& t) { return by_head(t).transpose(1, 2); };  // [batch, pos, head, d_head]
    const Dual z{side(at::bmm(p, v.value)), side(at::baddbmm(at::bmm(dp, v.value), p, v.tangent))};
    visit(at(SiteKind::z), z);
    const auto flat = [&](const Tensor& t) { return t.reshape({batch, length, config_.d_model}); };
    return {flat(z.value), flat(z.tangent)};
  }

  const ModelConfig& config_;
  const Parameters &p_, &d_;
  Trace* trace_;
  bool fused_;
  Tensor mask_;  // [pos, pos]
};

}  // namespace

Dual tangent_pass(const ModelConfig& config, const Parameters& base, const Parameters& direction, const Tensor& tokens,
                  Trace* trace, Operations operations) {
  const auto asks = [](const Parameters& p) {
    const auto all = p.list();
    return std::any_of(all.begin(), all.end(), [](const Tensor& t) { return t.requires_grad(); });
  };
  const bool plain = operations == Operations::plain || (at::GradMode::is_enabled() && (asks(base) || asks(direction)));
  const bool fused = !plain && fused::supports(base.W_U) && base.W_U.scalar_type() == at::kFloat;
  return TangentPass(config, base, direction, trace, fused).run(tokens);
}

Parameters difference(const Parameters& weights, const Parameters& base) {
  auto result = weights;
  const auto from = base.list();
  std::size_t index = 0;
  Parameters::visit(result, [&](const std::string&, Tensor& tensor, Role) { tensor = tensor - from[index++]; });
  return result;
}

Transformer with_base(const Transformer& network, bool linearised, double lazy_scale) {
  require_ordinary(network, "linearising");
  auto weights = network.parameters();
  Parameters::visit(weights, [](const std::string&, Tensor& tensor, Role) { tensor = tensor.detach().clone(); });
  return {network.config(), network.parameters(), std::make_shared<const Base>(Base{weights, linearised, lazy_scale})};
}

Transformer network_at_base(const Transformer& model) { return {model.config(), model.base()->weights}; }

void require_ordinary(const Transformer& model, const std::string& what) {
  if (model.base() == nullptr) return;
  fail("{} needs an ordinary network: this model is {} and means nothing without the weights that it started from",
       what, model.base()->linearised ? "linearised" : "a lazy one (train.lazy_scale)");
}

}  // namespace othello
