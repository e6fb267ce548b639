#include "interventions/saliency.h"

#include "common/error.h"
#include "interventions/patching.h"
#include "interventions/subject.h"

namespace othello {
namespace {

/// The move's probability with each row's direction added after its block: [rows] fp64. directions: by block from
/// `first_layer` on, [rows, d_model].
Tensor move_probabilities(const Transformer& model, const Tensor& tokens, std::int64_t token,
                          const SaliencySettings& settings, const TensorList& directions) {
  Trace trace;
  for (int layer = settings.first_layer; layer <= settings.last_layer; ++layer)
    trace.edit({SiteKind::resid_post, layer},
               [&direction = directions[static_cast<std::size_t>(layer - settings.first_layer)],
                scale = settings.scale](const Tensor& value) {
                 auto edited = value.clone();             // [rows, pos, d_model]
                 const auto last = edited.select(1, -1);  // [rows, d_model], a view
                 last.add_(scale * last.norm(2, {-1}, true) * direction);
                 return edited;
               });
  const auto copies = tokens.expand({directions.front().size(0), -1}).contiguous();
  const auto logits = model.forward(copies, &trace).select(1, -1);
  return at::softmax(logits.to(at::kDouble), -1).select(1, token).contiguous();
}

}  // namespace

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
  const auto tokens = game_tokens(game, vocabulary);
  const auto flipped = move_probabilities(model, tokens, token, settings, towards_other);
  const auto control = move_probabilities(model, tokens, token, settings, random);
  Saliency found;
  found.probability = at::softmax(model.forward(tokens)[0][-1].to(at::kDouble), -1)[token].item<double>();
  const double mean = found.probability - flipped.mean().item<double>();
  for (std::int64_t row = 0; row < rows; ++row) {
    const auto s = static_cast<std::size_t>(squares[static_cast<std::size_t>(row)]);
    found.raw[s] = found.probability - flipped[row].item<double>();
    found.centred[s] = *found.raw[s] - mean;
    found.random[s] = found.probability - control[row].item<double>();
  }
  return found;
}

}  // namespace othello
