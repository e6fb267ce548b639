#include "model/kernels/dispatch.h"

#include <cstdlib>
#include <string_view>
#include <vector>

namespace othello {
namespace {

std::vector<const ModelKernels*> supported() {
  std::vector<const ModelKernels*> found{&kBaselineModelKernels};
#if defined(OTHELLO_X86_KERNELS)
  const auto has = [](auto... features) { return (features && ...); };
  if (has(__builtin_cpu_supports("avx2"), __builtin_cpu_supports("fma"))) found.push_back(&kAvx2ModelKernels);
  if (has(__builtin_cpu_supports("avx512f"), __builtin_cpu_supports("avx512bw"), __builtin_cpu_supports("avx512dq"),
          __builtin_cpu_supports("avx512vl"), __builtin_cpu_supports("avx512bf16")))
    found.push_back(&kAvx512ModelKernels);
#endif
  return found;
}

/// A CPU may have the engine's AVX-512 kernels but not these, so a name that is not here means the best below it; the
/// engine's dispatch refuses names that mean nothing.
const ModelKernels& choose() {
  const auto found = all_model_kernels();
  const char* const wanted = std::getenv("OTHELLO_ISA");
  if (wanted != nullptr)
    for (const ModelKernels* kernels : found)
      if (std::string_view(wanted) == kernels->name) return *kernels;
  return *found.back();
}

}  // namespace

std::span<const ModelKernels* const> all_model_kernels() {
  static const auto all = supported();
  return all;
}

const ModelKernels& model_kernels() {
  static const ModelKernels& chosen = choose();
  return chosen;
}

}  // namespace othello
