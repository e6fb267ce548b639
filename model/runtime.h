// How LibTorch computes on this machine.
#pragma once

#include "common/config.h"
#include "model/torch.h"

namespace othello {

/// Makes every operator single-threaded (LibTorch, OpenMP and OpenBLAS), for parallelism goes across work, and lets
/// the allocator keep freed memory. Call once, before the first tensor.
void prepare_runtime();

/// LibTorch's and OpenBLAS' thread counts inside an operator, as they are now; OpenBLAS' is −1 if it is not the BLAS.
int torch_threads();
int openblas_threads();

/// Whether the CPU multiplies bf16 in hardware (AVX-512 bf16).
bool bf16_is_fast();

/// "auto" → "bf16" or "fp32" by bf16_is_fast; the others as they are.
std::string resolve_precision(const std::string& precision);
at::ScalarType precision_type(const std::string& resolved);

/// build_facts with LibTorch, BLAS, device and thread counts.
Json runtime_facts();

}  // namespace othello
