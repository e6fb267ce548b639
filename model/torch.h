// LibTorch as this project uses it, precompiled (see cmake/othello.cmake), and the one place where its versions differ.
// Include it before Catch2: glog's CHECK would otherwise replace Catch2's without a word.
#pragma once

#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/csrc/autograd/generated/variable_factories.h>
#include <torch/version.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "common/config.h"

namespace othello {

using at::Tensor;
using TensorList = std::vector<Tensor>;

/// Gradients of the scalar `loss` with respect to `inputs`, in their order. Safe to call from several threads at once
/// on shared inputs.
inline TensorList gradients(const Tensor& loss, const TensorList& inputs) {
  return torch::autograd::grad({loss}, inputs);
}

/// CUDA devices that this LibTorch can use.
inline int torch_cuda_devices() {
  return at::globalContext().hasCUDA() ? c10::impl::getDeviceGuardImpl(at::kCUDA)->deviceCount() : 0;
}

/// Causal attention by LibTorch's own fused operation, on GPUs; undefined where it has none (before 2.0). q, k and v
/// [batch, head, pos, d_head] → the same shape.
inline Tensor gpu_attention([[maybe_unused]] const Tensor& q, [[maybe_unused]] const Tensor& k,
                            [[maybe_unused]] const Tensor& v) {
#if TORCH_VERSION_MAJOR >= 2
  if (!q.is_cpu()) return at::scaled_dot_product_attention(q, k, v, {}, 0.0, /*is_causal=*/true);
#endif
  return {};
}

}  // namespace othello
