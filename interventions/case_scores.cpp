#include "interventions/case_scores.h"

#include <algorithm>
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
                      const Edit* edit, const Placement& placement, int workers, const std::function<void()>& poll) {
  CaseScores all(legal.size());
  parallel_for(static_cast<int>(batches.size()), workers, [&](int index, int worker) {
    if (worker == 0 && poll) poll();
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

std::vector<Cluster> error_changes(const CaseScores& edited, const CaseScores& null,
                                   const std::vector<std::size_t>& members) {
  auto all = clusters(edited, Score::error, members);
  const auto without = clusters(null, Score::error, members);
  for (std::size_t i = 0; i < all.size(); ++i) all[i].sum -= without[i].sum;
  return all;
}

Json errors_by_ply(const std::vector<Case>& cases, std::vector<std::size_t> members, const CaseScores& edited,
                   const CaseScores& null) {
  constexpr std::size_t kStretches = 6;
  const auto ply = [&](std::size_t member) { return cases[member].ply(); };
  std::stable_sort(members.begin(), members.end(), [&](std::size_t a, std::size_t b) { return ply(a) < ply(b); });
  Json rows = Json::array();
  for (std::size_t begin = 0; begin < members.size();) {
    auto end = std::min(members.size(), begin + std::max<std::size_t>(1, members.size() / kStretches));
    while (end < members.size() && ply(members[end]) == ply(members[end - 1])) ++end;
    const std::vector<std::size_t> some(members.begin() + static_cast<std::ptrdiff_t>(begin),
                                        members.begin() + static_cast<std::ptrdiff_t>(end));
    rows.push_back({{"first", ply(some.front())},
                    {"last", ply(some.back())},
                    {"error", mean_of(clusters(edited, Score::error, some))},
                    {"null", mean_of(clusters(null, Score::error, some))}});
    begin = end;
  }
  return rows;
}

Json errors_by_flips(const std::vector<Case>& cases, const std::vector<std::size_t>& members, const CaseScores& edited,
                     const CaseScores& null) {
  constexpr std::size_t kRungs = 5;
  std::array<std::vector<std::size_t>, kRungs> rungs;
  for (const auto member : members) {
    const auto& c = cases[member];
    if (count(c.changed()) != 1) continue;
    const auto turns = static_cast<std::size_t>(std::count_if(
        c.facts.begin(), c.facts.end(), [&](const PlyFacts& facts) { return (facts.turned & c.changed()) != 0; }));
    rungs[std::min(turns, kRungs - 1)].push_back(member);
  }
  Json rows = Json::array();
  for (std::size_t flips = 0; flips < kRungs; ++flips) {
    const auto& some = rungs[flips];
    if (some.empty()) continue;
    rows.push_back({{"flips", std::to_string(flips) + (flips + 1 == kRungs ? "+" : "")},
                    {"error", mean_of(clusters(edited, Score::error, some))},
                    {"null", mean_of(clusters(null, Score::error, some))},
                    {"difference", to_json(paired_difference(clusters(edited, Score::error, some),
                                                             clusters(null, Score::error, some)))}});
  }
  return rows;
}

}  // namespace othello
