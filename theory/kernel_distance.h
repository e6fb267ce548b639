// How far two kernels are apart, and how well one is aligned with labels. Kernels are [n, n] fp64, symmetric.
#pragma once

#include "model/torch.h"

namespace othello {

/// S = 1 − tr(K·K'ᵀ)/(‖K‖_F·‖K'‖_F): 0 for kernels that are alike but for their scale, 1 for orthogonal ones
/// (Fort et al. 2020, arXiv 2010.15110). Throws Error if a kernel is 0 or their sizes differ.
double kernel_distance(const Tensor& a, const Tensor& b);

/// H·K·H with H = 1 − 11ᵀ/n: of functions with their means over the positions taken away.
Tensor centred(const Tensor& kernel);

/// Centred kernel alignment (Cortes et al. 2012, JMLR 13; CKA of Kornblith et al. 2019, arXiv 1905.00414):
/// ⟨HKH, HLH⟩/(‖HKH‖·‖HLH‖) with L = Y·Yᵀ of targets Y [n, columns]. Undefined (NaN) if targets do not vary.
double centred_alignment(const Tensor& kernel, const Tensor& targets);

/// Indicators of the classes of labels: [n, units] uint8 → [n, units·classes] fp64.
Tensor indicators(const Tensor& labels, std::int64_t classes);

/// The speed of a kernel over training on a logarithmic clock: its distance from the one before, per unit of
/// ln(1 + time). Times are steps or games, `time` < `later`.
double kernel_velocity(double distance, double time, double later);

/// exp of the entropy of the eigenvalues' shares of their sum (Roy & Vetterli 2007): n for n alike, 1 for a
/// single one. Negative ones, which rounding makes, count as 0.
double effective_rank(const Tensor& eigenvalues);

}  // namespace othello
