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

/// "cpu", "cuda" or "cuda:1". Throws Error if the text is something else, or if this LibTorch or this machine has no
/// such device.
at::Device parse_device(const std::string& name);

/// A tensor of the CPU on `device`: to a GPU in the background, by way of pinned memory.
Tensor to_device(const Tensor& tensor, at::Device device);

/// Whether the CPU multiplies bf16 in hardware (AVX-512 bf16).
bool bf16_is_fast();

/// "auto" → "bf16" on GPUs and, by bf16_is_fast, on CPUs, else "fp32"; the others as they are.
std::string resolve_precision(const std::string& precision, const std::string& device);
at::ScalarType precision_type(const std::string& resolved);

/// build_facts with LibTorch, BLAS, device and thread counts.
Json runtime_facts();

}  // namespace othello
