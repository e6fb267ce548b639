#include "model/runtime.h"

#include <ATen/Parallel.h>
#include <dlfcn.h>
#include <malloc.h>

#include <algorithm>
#include <charconv>

#include "common/run_folder.h"

namespace othello {
namespace {

template <class Function>
Function* symbol(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_DEFAULT, name));
}

}  // namespace

void prepare_runtime() {
  at::set_num_threads(1);
  // at::set_num_threads leaves OpenBLAS with threads of its own.
  if (auto* set = symbol<void(int)>("openblas_set_num_threads")) set(1);
  // A training step frees and allocates the same sizes again and again. Returned to the system, they would be
  // zeroed page by page each time.
  ::mallopt(M_MMAP_THRESHOLD, 1 << 30);
  ::mallopt(M_TRIM_THRESHOLD, 1 << 30);
}

int torch_threads() { return at::get_num_threads(); }

int openblas_threads() {
  auto* get = symbol<int()>("openblas_get_num_threads");
  return get != nullptr ? get() : -1;
}

at::Device parse_device(const std::string& name) {
  const bool cuda = name == "cuda" || name.starts_with("cuda:");
  if (name != "cpu" && !cuda) fail("there is no device '{}': it is cpu, cuda or cuda:NUMBER", name);
  if (!cuda) return at::kCPU;
  const int devices = torch_cuda_devices();
  if (devices == 0) fail("--device {}: this LibTorch or this machine has no CUDA device", name);
  int index = 0;
  if (const auto colon = name.find(':'); colon != name.npos) {
    const auto end = name.data() + name.size();
    const auto [last, code] = std::from_chars(name.data() + colon + 1, end, index);
    if (last != end || code != std::errc{}) index = -1;
  }
  if (index < 0 || index >= devices) fail("--device {}: there are {} CUDA devices, numbered from 0", name, devices);
  return {at::kCUDA, static_cast<at::DeviceIndex>(index)};
}

Tensor to_device(const Tensor& tensor, at::Device device) {
  return device.is_cpu() ? tensor : tensor.pin_memory().to(device, /*non_blocking=*/true);
}

bool bf16_is_fast() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512bf16") != 0;
#else
  return false;
#endif
}

std::string resolve_precision(const std::string& precision, const std::string& device) {
  if (precision != "auto") return precision;
  return device != "cpu" || bf16_is_fast() ? "bf16" : "fp32";
}

at::ScalarType precision_type(const std::string& resolved) { return resolved == "bf16" ? at::kBFloat16 : at::kFloat; }

Json runtime_facts() {
  Json facts = build_facts();
  auto* config = symbol<char*()>("openblas_get_config");
  facts["libtorch"] = TORCH_VERSION;
  facts["blas"] = config != nullptr ? std::string(config()) : "not OpenBLAS";
  facts["device"] = "cpu";
  facts["threads"] = {{"torch", torch_threads()}, {"openblas", openblas_threads()}};
  return facts;
}

}  // namespace othello
