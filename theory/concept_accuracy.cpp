#include "theory/concept_accuracy.h"

#include "data/labels.h"

namespace othello {

std::string flips_name(int rung) { return rung == kFlipRungs - 1 ? std::to_string(rung) + "+" : std::to_string(rung); }

std::vector<Concept> concept_accuracy(const BoardTruth& truth, const TensorList& answers) {
  constexpr auto kEmpty = static_cast<std::int64_t>(SquareState::empty);
  const auto disc = truth.states != kEmpty;
  auto right = at::zeros(truth.states.sizes(), at::kDouble);
  auto occupancy = at::zeros(truth.states.sizes(), at::kDouble);
  for (const auto& answered : answers) {
    right += (answered == truth.states).to(at::kDouble);
    occupancy += ((answered != kEmpty) == disc).to(at::kDouble);
  }
  right /= static_cast<double>(answers.size());
  occupancy /= static_cast<double>(answers.size());

  std::vector<Concept> concepts;
  TensorList columns;  // [m] right, then asked, of every concept
  const auto add = [&](const std::string& name, std::optional<int> flips, const Tensor& is_right, const Tensor& asked) {
    const auto of = asked.to(at::kDouble);
    columns.push_back((is_right * of).sum(1));
    columns.push_back(of.sum(1));
    concepts.push_back({name, flips, {}, of.mean().item<double>()});
  };
  add("board", std::nullopt, right, at::ones_like(disc));
  for (int rung = 0; rung < kFlipRungs; ++rung) add("board", rung, right, truth.flips == rung);
  add("occupied", std::nullopt, occupancy, at::ones_like(disc));
  add("colour", std::nullopt, right, disc);

  const auto sums = at::stack(columns, 1).contiguous();  // [m, columns]
  const Bootstrap bootstrap({sums.data_ptr<double>(), static_cast<std::size_t>(sums.numel())}, columns.size());
  for (std::size_t i = 0; i < concepts.size(); ++i)
    concepts[i].accuracy = bootstrap.of([i](auto total) { return total[2 * i] / total[2 * i + 1]; });
  return concepts;
}

}  // namespace othello
