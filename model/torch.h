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

}  // namespace othello
