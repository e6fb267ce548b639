#include "interventions/case_scores.h"

#include <cmath>

#include "common/threads.h"

namespace othello {

std::vector<Legal> legal_tokens(const Vocabulary& vocabulary, const std::vector<Case>& cases) {
  std::vector<Legal> all;
  for (const auto& c : cases)
    all.push_back({vocabulary.token_bits(c.legal_before), vocabulary.token_bits(c.legal_after)});
  return all;
}

CaseScores score_edit(const Transformer& model, const std::vector<CaseBatch>& batches, const std::vector<Legal>& legal,
                      const Edit* edit, const Placement& placement, int workers) {
  CaseScores all(legal.size());
  parallel_for(static_cast<int>(batches.size()), workers, [&](int index, int) {
    const at::NoGradGuard no_grad;
    const auto& batch = batches[static_cast<std::size_t>(index)];
    const auto logits = run_edited(model, batch, edit, placement);
    const auto size = static_cast<std::size_t>(logits.size(1));
    for (std::size_t row = 0; row < batch.members.size(); ++row) {
      const auto member = batch.members[row];
      const auto found = scores({logits.data_ptr<float>() + row * size, size},
                                {batch.unedited.data_ptr<float>() + row * size, size}, legal[member]);
      std::copy(found.begin(), found.end(), all[member].begin());
    }
  });
  return all;
}

std::vector<Cluster> clusters(const CaseScores& scores, Score score, const std::vector<std::size_t>& members) {
  std::vector<Cluster> all;
  for (const auto member : members)
    if (const double value = scores[member][static_cast<std::size_t>(score)]; !std::isnan(value))
      all.push_back({value, 1});
  return all;
}

Json mean_of(const std::vector<Cluster>& clusters) {
  return clusters.empty() ? Json(nullptr) : to_json(ratio_of_sums(clusters));
}

Json means(const CaseScores& scores, const std::vector<std::size_t>& members) {
  Json out = Json::object();
  for (int score = 0; score < kScores; ++score)
    out[score_names()[static_cast<std::size_t>(score)]] = mean_of(clusters(scores, static_cast<Score>(score), members));
  return out;
}

double mean_error(const CaseScores& scores, const std::vector<std::size_t>& members) {
  double sum = 0;
  for (const auto member : members) sum += scores[member][static_cast<std::size_t>(Score::error)];
  return sum / static_cast<double>(members.size());
}

}  // namespace othello
