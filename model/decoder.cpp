#include "model/decoder.h"

#include <cmath>

namespace othello {

Decoder::Decoder(const Transformer& model) : model_(model) {}

bool Decoder::continues(const Tensor& tokens) const {
  return seen() > 0 && tokens.size(0) == tokens_.size(0) && tokens.size(1) == seen() + 1 &&
         tokens.slice(1, 0, seen()).equal(tokens_);
}

Tensor Decoder::attend(std::size_t layer, std::int64_t positions) const {
  // One query a row: sums of products beat a matrix product for each row and head.
  const auto k = keys_[layer].slice(1, 0, positions), v = values_[layer].slice(1, 0, positions);
  const auto scale = 1 / std::sqrt(static_cast<double>(model_.config().d_head()));
  const auto pattern = at::softmax((queries_[layer] * k).sum(-1, true) * scale, 1);  // [rows, pos, head, 1]
  return (pattern * v).sum(1, true);                                                 // [rows, 1, head, d_head]
}

Trace Decoder::trace(std::int64_t fresh) {
  Trace trace;
  const auto past = seen(), positions = past + fresh;
  trace.edit({SiteKind::pos_embed}, [this, past, positions](const Tensor& x) {
    return model_.parameters().W_pos.slice(0, past, positions).expand_as(x);
  });
  for (std::size_t layer = 0; layer < keys_.size(); ++layer) {
    const auto keep = [past, positions](Tensor& store) {
      return [&store, past, positions](const Tensor& x) {
        store.slice(1, past, positions).copy_(x);
        return x;
      };
    };
    const auto number = static_cast<int>(layer);
    trace.edit({SiteKind::k, number}, keep(keys_[layer]));
    trace.edit({SiteKind::v, number}, keep(values_[layer]));
    if (past == 0) continue;  // the network's own attention sees all of it
    trace.edit({SiteKind::q, number}, [this, layer](const Tensor& x) { return queries_[layer] = x; });
    trace.edit({SiteKind::z, number}, [this, layer, positions](const Tensor&) { return attend(layer, positions); });
  }
  return trace;
}

Tensor Decoder::operator()(const Tensor& tokens) {
  const at::NoGradGuard no_grad;
  const auto& config = model_.config();
  const auto context = config.vocabulary().context();
  if (tokens.dim() != 2 || tokens.size(1) < 1 || tokens.size(1) > context)
    fail("a model of context {} goes on from rows of 1 to {} moves", context, context);
  if (!continues(tokens)) {
    const auto empty = [&] {
      return torch::empty({tokens.size(0), context, config.heads, config.d_head()}, at::kFloat);
    };
    tokens_ = Tensor();
    keys_.clear(), values_.clear();
    for (int layer = 0; layer < config.layers; ++layer) keys_.push_back(empty()), values_.push_back(empty());
    queries_.assign(keys_.size(), Tensor());
  }
  auto noted = trace(tokens.size(1) - seen());
  const auto logits = model_.forward(tokens.slice(1, seen()), &noted);  // [rows, new positions, vocabulary]
  tokens_ = tokens;
  return at::log_softmax(logits.select(1, -1).to(at::kFloat), -1);
}

}  // namespace othello
