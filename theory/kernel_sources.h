// The sources that are compared, inputs, activations and tangent kernels, as kernels between the same positions.
#pragma once

#include <optional>

#include "theory/ntk_settings.h"
#include "theory/sketch.h"

namespace othello {

/// The tangent kernel of a model.
struct TangentKernel {
  KernelRows rows;
  std::optional<SketchError> sketch_error;  // of projected tangents, against the exact kernel of the first rows
  std::vector<std::string> groups;          // of parameters, if asked for
  TensorList by_group;                      // their own kernels among the first rows that fit, [first, first] fp64
};

/// Exact, or projected (settings.project). `by_group` asks for the kernels of groups of parameters, which are exact in
/// any case: among all rows that fit, or the first settings.exact_block (none for 0) if tangents are projected. Throws
/// as `gram` does.
TangentKernel tangent_kernel(const Transformer& model, const StudyPositions& positions, const NtkSettings& settings,
                             bool by_group, const std::function<void(double)>& progress);

/// Something to read from, and who may share weights.
struct SourceRows {
  std::string name;
  KernelRows rows;
  std::vector<SharedWeights> weights{SharedWeights::pooled, SharedWeights::by_parity};
};

/// What the moves alone tell: which were played at which ply ("one-hot"), which were played ("bag-of-moves"), and both
/// ("one-hot+bag-of-moves", whose prior says that a move at one ply tells much of what it tells at another: with few
/// positions it is the strongest). Weights by parity only: "mine" after an even ply is "yours" after an odd one, which
/// no weights for both can tell from moves.
std::vector<SourceRows> input_sources(const StudyPositions& positions);
/// The residual stream of a model at every place: before block 0, after each. Columns in units of their deviation
/// within plies over the rows that fit.
std::vector<SourceRows> residual_sources(const Transformer& model, const StudyPositions& positions, int workers);

/// What is read of the board and of legality.
struct SourceReading {
  std::string name;
  KernelReading board, legal;
};

/// Reads all sources, several at once. Throws Interrupted if asked to stop.
std::vector<SourceReading> read_sources(const std::vector<SourceRows>& sources, const StudyPositions& positions,
                                        int workers, const std::function<void(double)>& progress);

/// The one that reads the board best on the rows that fit, each left out.
std::size_t best_board(const std::vector<SourceReading>& readings);

/// The board read from the first rows of each source: by source, then by size.
std::vector<std::vector<Tensor>> nested_answers(const std::vector<SourceRows>& sources, const StudyPositions& positions,
                                                const std::vector<std::int64_t>& sizes, int workers,
                                                const std::function<void(double)>& progress);

}  // namespace othello
