// Kernels between positions as matrices, K = J·Jᵀ of the tangents J [n, parameters], without J in memory.
#pragma once

#include <functional>

#include "theory/tangent.h"

namespace othello {

struct GramOptions {
  std::int64_t budget = std::int64_t{8} << 30;  // bytes, of everything that `gram` holds
  int workers = 1;
  bool by_group = false;  // also the kernels of groups of parameters
  /// What to do about a kernel that does not fit, for the sentence that refuses it.
  std::string remedy = "ask for fewer positions, or project the gradients (--project 4096)";
  std::function<void(double done)> progress = {};  // share of the work, from the calling thread
};

struct Gram {
  Tensor fit;                       // [n, n] fp64
  Tensor report;                    // [m, n] fp64, undefined without report rows
  std::vector<std::string> groups;  // with by_group
  TensorList fit_by_group;          // [n, n] fp64 each; their sum is `fit`
};

/// The kernel among the rows of `fit`, and that of the rows of `report` (null for none) with those of `fit`; both have
/// the same parameters. Holds the tangents of a block of rows and streams those of the others past it, so that tangents
/// are computed again for every block but the first. Products are fp32 within a group and summed over groups in fp64.
/// The result depends on neither the workers nor the budget. Throws Error if the budget or the memory of the machine
/// cannot hold what is needed, saying how much that is; Interrupted if asked to stop.
Gram gram(const TangentSource& fit, const TangentSource* report, const GramOptions& options);

/// How a Gram of this size is computed.
struct GramPlan {
  std::int64_t blocks = 1;    // of rows whose tangents are held
  std::int64_t held = 0;      // rows in a block
  std::int64_t tangents = 0;  // computed in all
  std::int64_t bytes = 0;     // held at most
  double products = 0;        // multiplications and additions, in all
};
/// n rows to fit and m to report. Throws as `gram` does.
GramPlan gram_plan(std::int64_t n, std::int64_t m, const TangentSource& source, const GramOptions& options);

/// Bytes without which there is no plan.
double least_gram_bytes(std::int64_t n, std::int64_t m, const TangentSource& source, const GramOptions& options);

/// Seconds that a plan will take: tangents / speed + products / speed, by the time of a few tangents and of one product
/// that are computed for it.
double gram_seconds(const GramPlan& plan, const TangentSource& source, const GramOptions& options);

}  // namespace othello
