// Cases ready for the model: what a pass over their last positions needs, computed once.
#pragma once

#include "interventions/case.h"
#include "model/transformer.h"

namespace othello {

/// Cases of similar length. The positions that passes compute are the last `positions` of each.
struct CaseBatch {
  std::size_t number = 0;            // among the batches
  std::vector<std::size_t> members;  // rows: indices into the list of cases
  std::vector<const Case*> cases;    // by row
  Tensor plies;                      // [rows, pos] int64: moves played at the positions that are computed
  /// Of all positions of an unedited pass; `lengths` says where those that are computed begin.
  Prefix prefix;
  TensorList entering;  // before every block and before the last norm: [rows, pos, d_model], unedited
  Tensor unedited;      // logits at the last position, [rows, vocabulary]

  std::int64_t rows() const { return static_cast<std::int64_t>(cases.size()); }
  std::int64_t positions() const { return plies.size(1); }
};

inline constexpr std::int64_t kBatchCases = 64;

/// One unedited pass over `members` of `cases` (which must outlive the batch). `positions` = 0: all of them, for which
/// the cases must be equally long. Throws Error if a case is shorter.
CaseBatch make_case_batch(const Transformer& model, const std::vector<Case>& cases, std::vector<std::size_t> members,
                          int positions = 1);

/// All cases, in batches of similar (with positions = 0, of equal) length, over `workers`.
std::vector<CaseBatch> make_case_batches(const Transformer& model, const std::vector<Case>& cases, int positions,
                                         int workers);

/// The tokens of games as rows, padded behind: [rows, longest] int64.
Tensor token_rows(const Vocabulary& vocabulary, const std::vector<const Game*>& games);

}  // namespace othello
