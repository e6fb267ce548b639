// Pictures and tables of results/intervene.json: ranges, controls, scales, plies, other scores.
#pragma once

#include <string>

#include "report/intervene_results.h"

namespace othello {

/// "block 2", "blocks 2 to 4"
std::string range_name(int first, int last);

/// What a reader calls a control of any document of `intervene`.
std::string control_title(const EditScore& control);

/// All return markup, and "" where a document has not what they show.

/// Error by first and last block, on the cases that choose.
std::string range_matrix(const InterveneResults& results);
/// The chosen edit and its controls in the same model.
std::string control_bars(const InterveneResults& results);
/// The untrained model's errors in words: they are of another size.
std::string untrained_text(const InterveneResults& results);
/// Errors at the chosen blocks by scale.
std::string scale_chart(const InterveneResults& results);
std::string ply_chart(const InterveneResults& results);
/// Measures beside the error, of the edit and of each control.
std::string score_table(const InterveneResults& results);
std::string difference_table(const InterveneResults& results);

}  // namespace othello
