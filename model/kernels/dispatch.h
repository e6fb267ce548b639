// Which kernels run: the fastest that this CPU has, unless OTHELLO_ISA asks for less.
#pragma once

#include <span>

#include "model/kernels/kernels.h"

namespace othello {

/// Those that this build has and this CPU runs, the fastest last: baseline, avx2 (with FMA), avx512 (F, BW, DQ, VL and
/// BF16).
std::span<const ModelKernels* const> all_model_kernels();

/// The fastest of them, not above the set that the environment variable OTHELLO_ISA names, if it does.
const ModelKernels& model_kernels();

}  // namespace othello
