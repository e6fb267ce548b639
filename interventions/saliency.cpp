#include "interventions/saliency.h"

#include <algorithm>

#include "common/error.h"
#include "interventions/patching.h"
#include "interventions/subject.h"

namespace othello {
namespace {

/// The last position of a game after an unedited pass, ready to be computed again behind one of the blocks.
struct LastPosition {
  Prefix past;      // of the moves before it, by layer [1, pos − 1, head, d_head]
  Tensor residual;  // behind the block: [1, 1, d_model]
  Tensor logits;    // [vocabulary]
};

LastPosition last_position(const Transformer& model, const Game& game, int block) {
  const Site site{SiteKind::resid_post, block};
  LastPosition last;
  Trace trace;
  trace.collect(&last.past);
  trace.record(site);
  const auto before = std::int64_t{game.length} - 1;
  last.logits = model.forward(game_tokens(game, model.config().vocabulary()), &trace)[0][-1];
  last.residual = trace.value(site).slice(1, before);
  for (auto* store : {&last.past.keys, &last.past.values})
    for (auto& of_layer : *store) of_layer = of_layer.slice(1, 0, before);
  last.past.lengths = at::full({1}, before, at::kLong);
  return last;
}

/// The move's probability with each row's direction added after its block: [rows] fp64. directions: by block from
/// `first_layer` on, [rows, d_model].
Tensor move_probabilities(const Transformer& model, const LastPosition& last, std::int64_t token,
                          const SaliencySettings& settings, const TensorList& directions) {
  Trace trace;
  trace.go_on_from(&last.past);
  for (int layer = settings.first_layer; layer <= settings.last_layer; ++layer)
    trace.edit({SiteKind::resid_post, layer},
               [direction = directions[static_cast<std::size_t>(layer - settings.first_layer)].unsqueeze(1),
                scale = settings.scale](const Tensor& x) {  // [rows, 1, d_model]
                 return x + scale * x.norm(2, {-1}, true) * direction;
               });
  const auto rows = directions.front().size(0);
  const auto logits =
      model.forward_from(settings.first_layer + 1, last.residual.expand({rows, -1, -1}).contiguous(), &trace);
  return at::softmax(logits.select(1, -1).to(at::kDouble), -1).select(1, token).contiguous();
}

}  // namespace

std::pair<int, int> default_saliency_layers(const ModelConfig& config) {
  const int first = std::min(1, config.layers - 1);
  return {first, std::max(first, config.layers / 2)};
}

Saliency latent_saliency(const Transformer& model, const ProbeSet& probes, const Game& game, std::int64_t token,
                         const SaliencySettings& settings) {
  const auto& config = model.config();
  const auto vocabulary = config.vocabulary();
  if (game.length == 0) fail("saliency needs a game with moves");
  if (settings.first_layer < 0 || settings.last_layer < settings.first_layer || settings.last_layer >= config.layers)
    fail("blocks {} to {} are not in the model, which has blocks 0 to {}", settings.first_layer, settings.last_layer,
         config.layers - 1);
  const at::NoGradGuard no_grad;
  const auto position = replay(vocabulary.board(), game.moves()).back().after;
  std::vector<Square> squares;
  for_each_square(position.occupied(), [&](Square s) { squares.push_back(s); });
  const auto rows = static_cast<std::int64_t>(squares.size());
  const auto stream = Stream(settings.seed).child("random directions");
  TensorList towards_other, random;  // by block, [rows, d_model] of unit vectors
  for (int layer = settings.first_layer; layer <= settings.last_layer; ++layer) {
    const auto& probe = board_probe(probes, {{SiteKind::resid_post, layer}});
    const auto towards_mine =
        directions(probe, static_cast<int>(SquareState::yours), static_cast<int>(SquareState::mine), game.length % 2,
                   vocabulary.board());  // [64, d_model]
    towards_other.push_back(torch::empty({rows, config.d_model}, at::kFloat));
    for (std::int64_t row = 0; row < rows; ++row) {
      const Square s = squares[static_cast<std::size_t>(row)];
      towards_other.back()[row] = (position.mover & bit(s)) != 0 ? -towards_mine[s] : towards_mine[s];
    }
    random.push_back(torch::empty({rows, config.d_model}, at::kFloat));
    stream.normal(static_cast<std::uint64_t>(layer),
                  {random.back().data_ptr<float>(), static_cast<std::size_t>(random.back().numel())});
    random.back() /= random.back().norm(2, {-1}, true);
  }
  const auto last = last_position(model, game, settings.first_layer);
  const auto flipped = move_probabilities(model, last, token, settings, towards_other);
  const auto control = move_probabilities(model, last, token, settings, random);
  Saliency found;
  found.probability = at::softmax(last.logits.to(at::kDouble), -1)[token].item<double>();
  const double mean = found.probability - flipped.mean().item<double>();
  for (std::int64_t row = 0; row < rows; ++row) {
    const auto s = static_cast<std::size_t>(squares[static_cast<std::size_t>(row)]);
    found.raw[s] = found.probability - flipped[row].item<double>();
    found.centred[s] = *found.raw[s] - mean;
    found.random[s] = found.probability - control[row].item<double>();
  }
  return found;
}

Json by_square(const Saliency::Squares& values) {
  Json list = Json::array();
  for (const auto& value : values) list.push_back(value ? Json(*value) : Json());
  return list;
}

Square most_probable_move(const Vocabulary& vocabulary, Bits legal, const Tensor& logits) {
  Square best = lowest(legal);
  for_each_square(legal, [&](Square s) {
    if (logits[vocabulary.token(s)].item<double>() > logits[vocabulary.token(best)].item<double>()) best = s;
  });
  return best;
}

}  // namespace othello
