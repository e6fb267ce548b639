#include "interventions/direct_logits.h"

namespace othello {

double DirectLogits::sum() const {
  double total = 0;
  for (const auto& part : parts) total += part.logit;
  return total;
}

double DirectLogits::difference_sum() const {
  double total = 0;
  for (const auto& part : parts) total += part.difference;
  return total;
}

DirectLogits direct_logits(const Transformer& model, const Tensor& tokens, std::int64_t token, const Tensor& contrast) {
  const at::NoGradGuard no_grad;
  const auto& p = model.parameters();
  const int layers = model.config().layers, heads = model.config().heads, d_head = model.config().d_head();
  Trace trace;
  for (const auto kind : {SiteKind::embed, SiteKind::pos_embed, SiteKind::ln_final_scale}) trace.record({kind});
  for (int layer = 0; layer < layers; ++layer)
    for (const auto kind : {SiteKind::z, SiteKind::mlp_out}) trace.record({kind, layer});
  const auto logits = model.forward(tokens, &trace)[0][-1].to(at::kDouble);  // [vocabulary]
  const auto last = [&](SiteKind kind, int layer) { return trace.value({kind, layer})[0][-1].to(at::kDouble); };
  const auto scale = last(SiteKind::ln_final_scale, 0);                                   // [1]
  const auto unembed = p.W_U.to(at::kDouble);                                             // [d_model, vocabulary]
  const auto read = at::stack({unembed.select(1, token), at::mv(unembed, contrast)}, 1);  // [d_model, 2]
  const auto gain = p.ln_final_w.to(at::kDouble);                                         // [d_model]

  DirectLogits found{
      .logit = logits[token].item<double>(), .difference = at::dot(logits, contrast).item<double>(), .parts = {}};
  const auto add = [&](const char* part, int layer, int head, const Tensor& normalized) {
    const auto both = at::matmul(normalized, read);  // [2]
    found.parts.push_back({part, layer, head, both[0].item<double>(), both[1].item<double>()});
  };
  const auto written = [&](const Tensor& x) { return (x - x.mean()) / scale * gain; };  // [d_model] both
  add("embed", -1, -1, written(last(SiteKind::embed, 0)));
  add("pos_embed", -1, -1, written(last(SiteKind::pos_embed, 0)));
  for (int layer = 0; layer < layers; ++layer) {
    const auto& block = p.blocks[static_cast<std::size_t>(layer)];
    const auto out = block.W_O.to(at::kDouble).view({heads, d_head, -1});  // [head, d_head, d_model]
    const auto z = last(SiteKind::z, layer);                               // [head, d_head]
    for (int head = 0; head < heads; ++head) add("head", layer, head, written(at::matmul(z[head], out[head])));
    add("attn_bias", layer, -1, written(block.b_O.to(at::kDouble)));
    add("mlp_out", layer, -1, written(last(SiteKind::mlp_out, layer)));
  }
  add("ln_final_bias", -1, -1, p.ln_final_b.to(at::kDouble));
  return found;
}

}  // namespace othello
