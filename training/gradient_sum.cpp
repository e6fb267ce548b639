#include "training/gradient_sum.h"

#include "model/kernels/dispatch.h"

namespace othello {
namespace {

constexpr std::int64_t kBucketNumbers = 1 << 18;  // 1 MiB: small enough to start early, large enough for a network

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
  if (!sum.is_cpu()) {
    sum.copy_(parts[0]);
    for (std::size_t i = 1; i < parts.size(); ++i) sum.add_(parts[i]);
  } else if (parts[0].scalar_type() == at::kBFloat16) {
    sum_parts(model_kernels().bf16, parts, sum);
  } else {
    sum_parts(model_kernels().fp32, parts, sum);
  }
}

GradientSum::GradientSum(const TensorList& weights, int shards, const ProcessGroup& group)
    : group_(group), slots_(weights.size()) {
  for (std::size_t end = weights.size(); end > 0;) {
    std::int64_t numbers = 0;
    std::size_t begin = end;
    while (begin > 0 && numbers < kBucketNumbers) numbers += weights[--begin].numel();
    Bucket bucket;
    bucket.sum = at::empty({numbers}, weights[0].options().dtype(at::kFloat));
    bucket.missing = static_cast<int>(end - begin);
    for (std::size_t i = begin, first = 0; i < end; first += static_cast<std::size_t>(weights[i++].numel())) {
      slots_[i].gradients.resize(static_cast<std::size_t>(shards));
      slots_[i].missing = shards;
      slots_[i].bucket = buckets_.size();
      slots_[i].sum = bucket.sum.narrow(0, static_cast<std::int64_t>(first), weights[i].numel()).view_as(weights[i]);
    }
    buckets_.push_back(std::move(bucket));
    end = begin;
  }
}

Transformer GradientSum::tap(const Transformer& network, int shard) {
  auto parameters = network.parameters();
  std::size_t index = 0;
  Parameters::visit(parameters, [&](const std::string&, Tensor& weight, Role) {
    // Hooks of leaves do not run in torch::autograd::grad before 2.0; those of a view do.
    weight = weight.view_as(weight);
    weight.register_hook([this, shard, index](const Tensor& gradient) { add(shard, index, gradient); });
    ++index;
  });
  return network.with_weights(std::move(parameters));
}

void GradientSum::add(int shard, const TensorList& gradients) {
  for (std::size_t weight = 0; weight < gradients.size(); ++weight) add(shard, weight, gradients[weight]);
}

void GradientSum::add(int shard, std::size_t weight, const Tensor& gradient) {
  auto& slot = slots_[weight];
  {
    const std::lock_guard lock(mutex_);
    auto& own = slot.gradients[static_cast<std::size_t>(shard)];
    if (own.defined()) return;
    own = gradient;
    if (--slot.missing > 0) return;
  }
  sum_gradients(slot.gradients, slot.sum);
  const std::lock_guard lock(mutex_);
  --buckets_[slot.bucket].missing;
  for (; next_ < buckets_.size() && buckets_[next_].missing == 0; ++next_)
    buckets_[next_].wait = group_.start_sum(buckets_[next_].sum);
}

Tensor GradientSum::wait(std::size_t weight) const {
  buckets_[slots_[weight].bucket].wait();
  return slots_[weight].sum;
}

}  // namespace othello
