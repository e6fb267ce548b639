// The spectrum of a tangent kernel beside the concepts of the board, as parts of a result document.
#pragma once

#include "theory/kernel_sources.h"

namespace othello {

/// What positions are asked about along the eigenvectors of a kernel: less its mean within every ply.
struct SpectralConcept {
  std::string name;          // "board" (indicators), "occupied", "colour" (+1 mine, −1 yours), "legal"
  std::optional<int> flips;  // "colour" of the discs on one rung alone
  Tensor y;                  // fp64 [n, outputs]
};
/// Of the first `count` positions that fit.
std::vector<SpectralConcept> spectral_concepts(const StudyPositions& positions, std::int64_t count);

/// Rows that spectra are computed of, at most.
inline constexpr std::int64_t kSpectrumRows = 2048;

/// {"kernel", "positions", "eigenvalues": [{"rank", "value"}…], "decay", "effective_rank", "ridge", "samples",
///  "concepts": [{"name", "flips", "alignment", "power": [{"rank", "cumulative"}…], "learnability", "predicted_error",
///  "measured_error", "measured_accuracy": E, null for legal moves}…]}: of the kernel centred in every ply; predictions
///  are for a quarter of the positions, with the
/// ridge (in units of the mean diagonal) that was chosen for reading the board.
/// The accuracy is that of `board`, the kernel's reading fitted to all positions, where it reports.
Json spectrum_table(const std::string& name, const KernelRows& rows, const StudyPositions& positions,
                    const KernelReading& board);

/// [{"layer", "eigenvectors", "positions", "concepts": [{"name", "flips", "init", "trained", "pca"}…]}…]: how much of a
/// concept lies in the span of as many top eigenvectors of a block's own kernel, at initialisation and after training,
/// and of the principal components of what the trained block leaves in the residual stream (Lin 2025, arXiv
/// 2510.00468).
Json layers_table(const TangentKernel& init, const TangentKernel& trained, const std::vector<SourceRows>& residual,
                  const StudyPositions& positions, int workers);

}  // namespace othello
