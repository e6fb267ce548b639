#include "training/gradient_sum.h"

#include "model/kernels/dispatch.h"

namespace othello {
namespace {

template <class T>
void sum_parts(const TypedKernels<T>& kernels, const TensorList& parts, const Tensor& sum) {
  TensorList kept;
  std::vector<const T*> numbers;
  for (const auto& part : parts) {
    kept.push_back(part.contiguous());
    numbers.push_back(static_cast<const T*>(kept.back().data_ptr()));
  }
  kernels.sum(sum.data_ptr<float>(), numbers.data(), numbers.size(), static_cast<std::size_t>(sum.numel()));
}

}  // namespace

void sum_gradients(const TensorList& parts, const Tensor& sum) {
  if (parts[0].scalar_type() == at::kBFloat16) sum_parts(model_kernels().bf16, parts, sum);
  else sum_parts(model_kernels().fp32, parts, sum);
}

}  // namespace othello
