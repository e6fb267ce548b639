#include "model/transformer.h"

#include <algorithm>

#include "model/fused.h"
#include "model/linearised.h"
#include "model/operations.h"

namespace othello {
namespace {

/// Where a residual sum and the layer norm behind it are visited.
struct NormSites {
  Site added;                  // what is added
  std::vector<Site> residual;  // the sum
  Site scale, normalized;
};

/// One forward pass: the model, and what the trace wants of it. Each part runs fused unless the trace names a place
/// inside it.
class Pass {
 public:
  Pass(const ModelConfig& config, const Parameters& parameters, Trace* trace, Operations operations)
      : config_(config),
        p_(parameters),
        trace_(trace),
        fast_(operations == Operations::fused),
        fused_(fast_ && fused::supports(parameters.W_U)) {}

  /// What enters block 0: [batch, pos, d_model].
  Tensor embed(const Tensor& tokens) {
    const auto embed = visit({SiteKind::embed}, at::embedding(p_.W_E, tokens));
    return embed + visit({SiteKind::pos_embed}, positions_of(tokens).expand_as(embed));
  }

  /// x [batch, pos, d_model], as the block before `first` leaves it → logits.
  Tensor run(Tensor x, int first) {
    Tensor added, bias;  // what the block before adds to x
    for (int layer = first; layer < config_.layers; ++layer) {
      const auto& b = p_.blocks[static_cast<std::size_t>(layer)];
      const int before = layer - 1;
      NormSites ln1{{SiteKind::mlp_out, before}, {}, {SiteKind::ln1_scale, layer}, {SiteKind::ln1_normalized, layer}};
      if (layer > 0) ln1.residual.push_back({SiteKind::resid_post, before});
      ln1.residual.push_back({SiteKind::resid_pre, layer});
      const auto z = attention(layer, b, add_and_norm(x, added, bias, b.ln1_w, b.ln1_b, ln1));  // [batch, pos, d_model]
      const NormSites ln2{{SiteKind::attn_out, layer},
                          {{SiteKind::resid_mid, layer}},
                          {SiteKind::ln2_scale, layer},
                          {SiteKind::ln2_normalized, layer}};
      const auto n = add_and_norm(x, product(z, b.W_O), b.b_O, b.ln2_w, b.ln2_b, ln2);
      added = product(mlp_post(layer, b, n), b.W_out);  // [batch, pos, d_model]
      bias = b.b_out;
    }
    const int last = config_.layers - 1;
    const NormSites final{{SiteKind::mlp_out, last},
                          {{SiteKind::resid_post, last}},
                          {SiteKind::ln_final_scale},
                          {SiteKind::ln_final_normalized}};
    return product(add_and_norm(x, added, bias, p_.ln_final_w, p_.ln_final_b, final), p_.W_U);
  }

 private:
  const Prefix* prefix() const { return trace_ ? trace_->prefix() : nullptr; }

  /// [pos, d_model], or behind a prefix [batch, pos, d_model].
  Tensor positions_of(const Tensor& tokens) const {
    const auto fresh = tokens.size(1);
    if (prefix() == nullptr) return p_.W_pos.slice(0, 0, fresh);
    const auto places = prefix()->lengths.unsqueeze(1) + at::arange(fresh, at::kLong);
    return at::embedding(p_.W_pos, places);
  }

  Tensor visit(const Site& site, Tensor value) { return trace_ ? trace_->visit(site, std::move(value)) : value; }

  bool traces_none(const std::vector<Site>& inside) const {
    return trace_ == nullptr ||
           std::none_of(inside.begin(), inside.end(), [&](const Site& site) { return trace_->names(site); });
  }

  bool collects() const { return trace_ != nullptr && trace_->collected() != nullptr; }

  /// k and v [batch, pos, head, d_head]
  void collect(int layer, const Tensor& k, const Tensor& v) {
    auto& to = *trace_->collected();
    to.keys.resize(static_cast<std::size_t>(config_.layers));
    to.values.resize(static_cast<std::size_t>(config_.layers));
    to.keys[static_cast<std::size_t>(layer)] = k;
    to.values[static_cast<std::size_t>(layer)] = v;
  }

  Tensor product(const Tensor& x, const Tensor& w) const {
    return fused_ ? fused::linear(x.to(w.scalar_type()), w) : ops::linear(x, w, {});
  }

  /// x ← x + added + bias (if anything is added); gives its layer norm. All [batch, pos, d_model].
  Tensor add_and_norm(Tensor& x, const Tensor& added, const Tensor& bias, const Tensor& w, const Tensor& b,
                      const NormSites& sites) {
    auto inside = sites.residual;
    inside.insert(inside.end(), {sites.added, sites.scale, sites.normalized});
    if (fused_ && traces_none(inside)) {
      if (!added.defined()) return fused::layer_norm(x, w, b, p_.W_U.scalar_type());
      auto [sum, y] = fused::residual_norm(x, added, bias, w, b);
      x = std::move(sum);
      return y;
    }
    if (added.defined()) x = x + visit(sites.added, added + bias);
    for (const auto& site : sites.residual) x = visit(site, x);
    const bool by_parts = trace_ != nullptr && trace_->names(sites.scale);
    return visit(sites.normalized, by_parts
                                       ? ops::layer_norm_with_scale(x, visit(sites.scale, ops::norm_scale(x)), w, b)
                                       : ops::layer_norm(x, w, b));
  }

  /// n [batch, pos, d_model] → what the heads read, side by side: [batch, pos, d_model].
  Tensor attention(int layer, const BlockParameters& b, const Tensor& n) {
    const auto at = [layer](SiteKind kind) { return Site{kind, layer}; };
    const bool whole = traces_none({at(SiteKind::q), at(SiteKind::k), at(SiteKind::v), at(SiteKind::attn_scores),
                                    at(SiteKind::pattern), at(SiteKind::z)});
    if (fused_ && whole && prefix() == nullptr) {
      const auto products = product(n, b.W_QKV);
      if (collects()) {
        const auto parts =
            (products + b.b_QKV).view({n.size(0), n.size(1), 3, config_.heads, config_.d_head()}).unbind(2);
        collect(layer, parts[1], parts[2]);
      }
      return fused::attention(products, b.b_QKV, config_.heads);
    }
    const auto batch = n.size(0), positions = n.size(1);
    const auto qkv =
        ops::linear(n, b.W_QKV, b.b_QKV).view({batch, positions, 3, config_.heads, config_.d_head()}).unbind(2);
    const auto q = visit(at(SiteKind::q), qkv[0]).transpose(1, 2);  // [batch, head, pos, d_head]
    const auto k = visit(at(SiteKind::k), qkv[1]).transpose(1, 2);
    const auto v = visit(at(SiteKind::v), qkv[2]).transpose(1, 2);
    if (collects()) collect(layer, k.transpose(1, 2), v.transpose(1, 2));
    if (const auto z = whole && fast_ && prefix() == nullptr ? gpu_attention(q, k, v) : Tensor(); z.defined())
      return z.transpose(1, 2).reshape({batch, positions, config_.d_model});
    if (!mask_.defined()) mask_ = ops::causal_mask(positions, n.options().dtype(q.scalar_type()));
    auto scores = ops::attention_scores(q, k, mask_);
    if (prefix() != nullptr) scores = at::cat({prefix()->scores(q, static_cast<std::size_t>(layer)), scores}, -1);
    scores = visit(at(SiteKind::attn_scores), scores);
    const auto pattern = visit(at(SiteKind::pattern), at::softmax(scores, -1));  // [batch, head, query, key]
    auto read = at::matmul(pattern.slice(-1, pattern.size(-1) - positions), v);  // [batch, head, pos, d_head]
    if (prefix() != nullptr) read = read + prefix()->read(pattern, static_cast<std::size_t>(layer));
    const auto z = visit(at(SiteKind::z), read.transpose(1, 2));  // [batch, pos, head, d_head]
    return z.reshape({batch, positions, config_.d_model});
  }

  /// n [batch, pos, d_model] → [batch, pos, d_mlp]
  Tensor mlp_post(int layer, const BlockParameters& b, const Tensor& n) {
    const Site pre{SiteKind::mlp_pre, layer}, post{SiteKind::mlp_post, layer};
    if (fused_ && traces_none({pre, post})) return fused::linear_gelu(n.to(b.W_in.scalar_type()), b.W_in, b.b_in);
    return visit(post, ops::gelu(visit(pre, ops::linear(n, b.W_in, b.b_in))));
  }

  const ModelConfig& config_;
  const Parameters& p_;
  Trace* trace_;
  bool fast_;    // wherever LibTorch or this project has an operation that does several steps at once
  bool fused_;   // those of this project
  Tensor mask_;  // [pos, pos]
};

}  // namespace

Transformer::Transformer(ModelConfig config, std::uint64_t seed) : config_(config) {
  config_.resolve();
  parameters_ = Parameters::initial(config_, Stream(seed).child("weights"));
}

Transformer::Transformer(ModelConfig config, Parameters parameters, std::shared_ptr<const Base> base)
    : config_(config), parameters_(std::move(parameters)), base_(std::move(base)) {
  config_.resolve();
}

Tensor Transformer::forward(const Tensor& tokens, Trace* trace, Operations operations) const {
  const auto past = trace != nullptr && trace->prefix() != nullptr ? trace->prefix()->longest() : 0;
  if (tokens.dim() != 2 || past + tokens.size(1) > config_.vocabulary().context())
    fail("a model of context {} was given tokens of another shape", config_.vocabulary().context());
  const auto whole = [&](const Parameters& parameters, Trace* seen) {
    Pass pass(config_, parameters, seen, operations);
    return pass.run(pass.embed(tokens), 0);
  };
  if (!base_) return whole(parameters_, trace);
  const double scale = base_->lazy_scale;
  if (trace != nullptr && (trace->prefix() != nullptr || trace->collected() != nullptr))
    require_ordinary(*this, "going on from earlier positions");
  if (base_->linearised) {
    if (trace != nullptr && trace->edits()) require_ordinary(*this, "editing activations");
    const auto f =
        tangent_pass(config_, base_->weights, difference(parameters_, base_->weights), tokens, trace, operations);
    return scale > 0 ? f.tangent * scale : f.value + f.tangent;
  }
  return (whole(parameters_, trace) - whole(base_->weights, nullptr)) * scale;
}

Tensor Transformer::forward_from(int block, const Tensor& x, Trace* trace, Operations operations) const {
  if (block < 0 || block > config_.layers || x.dim() != 3 || x.size(2) != config_.d_model)
    fail("a pass cannot begin at block {} of {} with an activation of that shape", block, config_.layers);
  require_ordinary(*this, "beginning a pass in the middle");
  return Pass(config_, parameters_, trace, operations).run(x, block);
}

Transformer Transformer::on(at::Device device) const {
  const auto moved = [&](Parameters parameters) {
    Parameters::visit(parameters, [&](const std::string&, Tensor& tensor, Role) { tensor = tensor.to(device); });
    return parameters;
  };
  auto base = base_;
  if (base) base = std::make_shared<const Base>(Base{moved(base->weights), base->linearised, base->lazy_scale});
  return {config_, moved(parameters_), std::move(base)};
}

Transformer Transformer::compute_copy(at::ScalarType precision, bool with_gradient) const {
  auto base = base_;
  if (base && precision != at::kFloat)
    base = std::make_shared<const Base>(
        Base{base->weights.compute_copy(precision, false), base->linearised, base->lazy_scale});
  return {config_, parameters_.compute_copy(precision, with_gradient), std::move(base)};
}

}  // namespace othello
