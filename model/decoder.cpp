#include "model/decoder.h"

namespace othello {

Decoder::Decoder(const Transformer& model) : model_(model) {}

bool Decoder::continues(const Tensor& tokens) const {
  return seen() > 0 && tokens.size(0) == tokens_.size(0) && tokens.size(1) == seen() + 1 &&
         tokens.slice(1, 0, seen()).equal(tokens_);
}

Tensor Decoder::operator()(const Tensor& tokens) {
  const at::NoGradGuard no_grad;
  const auto& config = model_.config();
  const auto context = config.vocabulary().context();
  if (tokens.dim() != 2 || tokens.size(1) < 1 || tokens.size(1) > context)
    fail("a model of context {} goes on from rows of 1 to {} moves", context, context);
  if (model_.base() != nullptr)  // whose keys and values are not those of one network
    return at::log_softmax(model_.forward(tokens).select(1, -1).to(at::kFloat), -1);
  if (!continues(tokens)) {
    tokens_ = Tensor();
    for (auto* store : {&keys_, &values_}) {
      store->clear();
      for (int layer = 0; layer < config.layers; ++layer)
        store->push_back(torch::empty({tokens.size(0), context, config.heads, config.d_head()}, at::kFloat));
    }
  }
  const auto past = seen();
  Prefix prefix, fresh;
  Trace trace;
  trace.collect(&fresh);
  if (past > 0) {
    for (std::size_t layer = 0; layer < keys_.size(); ++layer) {
      prefix.keys.push_back(keys_[layer].slice(1, 0, past));
      prefix.values.push_back(values_[layer].slice(1, 0, past));
    }
    prefix.lengths = at::full({tokens.size(0)}, past, at::kLong);
    trace.go_on_from(&prefix);
  }
  const auto logits = model_.forward(tokens.slice(1, past), &trace);  // [rows, new positions, vocabulary]
  for (std::size_t layer = 0; layer < keys_.size(); ++layer) {
    keys_[layer].slice(1, past, tokens.size(1)).copy_(fresh.keys[layer]);
    values_[layer].slice(1, past, tokens.size(1)).copy_(fresh.values[layer]);
  }
  tokens_ = tokens;
  return at::log_softmax(logits.select(1, -1).to(at::kFloat), -1);
}

}  // namespace othello
