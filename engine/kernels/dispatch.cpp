#include "engine/kernels/dispatch.h"

#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "common/error.h"

namespace othello {
namespace {

/// What this build has and this CPU runs, the fastest last.
std::vector<const Kernels*> supported() {
  std::vector<const Kernels*> found{&kBaselineKernels};
#if defined(OTHELLO_X86_KERNELS)
  const bool bits = __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt");
  if (bits && __builtin_cpu_supports("avx2")) found.push_back(&kAvx2Kernels);
  if (bits && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")) found.push_back(&kAvx512Kernels);
#endif
  return found;
}

}  // namespace

std::span<const Kernels* const> all_kernels() {
  static const auto all = supported();
  return all;
}

static const Kernels& choose() {
  const auto found = all_kernels();
  const char* const wanted = std::getenv("OTHELLO_ISA");
  if (wanted == nullptr || *wanted == '\0') return *found.back();
  std::string names;
  for (const Kernels* kernels : found) {
    if (std::string_view(wanted) == kernels->name) return *kernels;
    names += (names.empty() ? "" : ", ") + std::string(kernels->name);
  }
  fail("OTHELLO_ISA is '{}', but this program on this CPU has: {}", wanted, names);
}

const Kernels& kernels() {
  static const Kernels& chosen = choose();
  return chosen;
}

}  // namespace othello
