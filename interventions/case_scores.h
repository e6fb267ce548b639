// Scores of edited answers, case by case, and what they amount to.
#pragma once

#include <array>

#include "common/statistics.h"
#include "interventions/edit.h"
#include "interventions/score.h"

namespace othello {

/// By case of a list and by Score; NaN where undefined.
using CaseScores = std::vector<std::array<double, kScores>>;

/// Legal moves as sets of tokens, by case.
std::vector<Legal> legal_tokens(const Vocabulary& vocabulary, const std::vector<Case>& cases);

/// Scores of all cases of `batches` with an edit (null = none), over `workers`. `poll` is called between batches by the
/// calling thread; what it throws ends the work.
CaseScores score_edit(const Transformer& model, const std::vector<CaseBatch>& batches, const std::vector<Legal>& legal,
                      const Edit* edit, const Placement& placement, int workers,
                      const std::function<void()>& poll = {});

/// One score of some of the cases, one cluster each; none for those where it is undefined.
std::vector<Cluster> clusters(const CaseScores& scores, Score score, const std::vector<std::size_t>& members);
/// Its mean; null if it is undefined in all of them.
Json mean_of(const std::vector<Cluster>& clusters);
/// All scores of some of the cases: {NAME: E or null}.
Json means(const CaseScores& scores, const std::vector<std::size_t>& members);
/// Of the error alone: the mean without an interval.
double mean_error(const CaseScores& scores, const std::vector<std::size_t>& members);
/// The error of each with an edit, less that without.
std::vector<Cluster> error_changes(const CaseScores& edited, const CaseScores& null,
                                   const std::vector<std::size_t>& members);
/// Errors with an edit and without, of cases in stretches of plies with about equally many of them:
/// [{"first", "last", "error": E, "null": E}].
Json errors_by_ply(const std::vector<Case>& cases, std::vector<std::size_t> members, const CaseScores& edited,
                   const CaseScores& null);
/// The same of the cases that change one square, by how often its disc had been turned: [{"flips": "0" … "4+", "error",
/// "null", "difference": E, paired}], rungs without a case left out.
Json errors_by_flips(const std::vector<Case>& cases, const std::vector<std::size_t>& members, const CaseScores& edited,
                     const CaseScores& null);

}  // namespace othello
