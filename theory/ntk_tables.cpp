#include "theory/ntk_tables.h"

#include "theory/legality_score.h"

namespace othello {

Json concepts_table(const BoardTruth& truth, const BoardAnswers& answers) {
  const auto majority = concept_accuracy(truth, {answers.majority});
  const auto input = concept_accuracy(truth, {answers.input});
  const auto kernel = concept_accuracy(truth, answers.kernel);
  const auto after = concept_accuracy(truth, {answers.after_kernel});
  const auto untrained = concept_accuracy(truth, {answers.untrained});
  const auto network = concept_accuracy(truth, {answers.network});
  Json table = Json::array();
  for (std::size_t i = 0; i < majority.size(); ++i) {
    const auto& [name, flips, _, share] = majority[i];
    table.push_back({{"name", name},
                     {"flips", flips ? Json(flips_name(*flips)) : Json(nullptr)},
                     {"share", share},
                     {"majority_accuracy", to_json(majority[i].accuracy)},
                     {"input_accuracy", to_json(input[i].accuracy)},
                     {"kernel_accuracy", to_json(kernel[i].accuracy)},
                     {"after_kernel_accuracy", to_json(after[i].accuracy)},
                     {"untrained_accuracy", to_json(untrained[i].accuracy)},
                     {"network_accuracy", to_json(network[i].accuracy)},
                     {"kernel_minus_input", to_json(kernel[i].accuracy - input[i].accuracy)},
                     {"after_kernel_minus_kernel", to_json(after[i].accuracy - kernel[i].accuracy)},
                     {"network_minus_input", to_json(network[i].accuracy - input[i].accuracy)},
                     {"network_minus_kernel", to_json(network[i].accuracy - kernel[i].accuracy)},
                     {"network_minus_after_kernel", to_json(network[i].accuracy - after[i].accuracy)}});
  }
  return table;
}

LegalScores legal_scores(const std::string& name, const KernelReading& reading) {
  const auto of_legal = [](const Tensor& scores) { return scores.view({scores.size(0), -1, 2}).select(2, 1); };
  return {name, of_legal(reading.left_out), of_legal(reading.scores)};
}

LegalScores network_scores(const Transformer& model, const StudyPositions& positions, int workers) {
  const auto of = [&](const PositionSample& sample) {
    return sample.logits(model, workers).to(at::kDouble).log_softmax(1).slice(1, 1);  // without padding
  };
  return {"network", of(positions.fit), of(positions.report)};
}

Json legality_table(const std::vector<LegalScores>& sources, const StudyPositions& positions) {
  Json table = Json::array();
  for (const auto& source : sources) {
    const auto score = legality_score(source.fit, positions.legal.fit, source.report, positions.legal.report);
    table.push_back(
        {{"name", source.name}, {"legal_top1", to_json(score.top1)}, {"balanced_accuracy", to_json(score.balanced)}});
  }
  return table;
}

Json curve_table(const std::string& source, const SizeCurve& curve) {
  Json points = Json::array();
  for (std::size_t i = 0; i < curve.sizes.size(); ++i)
    points.push_back({{"n", curve.sizes[i]}, {"error", to_json(curve.errors[i])}});
  return {{"source", source}, {"concept", "board"}, {"points", points}, {"exponent", to_json(curve.exponent)}};
}

}  // namespace othello
