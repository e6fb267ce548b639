// Which kernels run: the fastest that this CPU has, unless OTHELLO_ISA names others.
#pragma once

#include <span>

#include "engine/kernels/kernels.h"

namespace othello {

/// Those that this build has and this CPU runs, the fastest last.
std::span<const Kernels* const> all_kernels();

/// The fastest, or those that the environment variable OTHELLO_ISA names: baseline, avx2 or avx512. Throws Error for a
/// name that is not among `all_kernels`.
const Kernels& kernels();

}  // namespace othello
