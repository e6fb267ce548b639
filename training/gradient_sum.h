// The gradients of a batch's shards, added in order; and those of several processes, summed while the backward pass is
// still going on.
#pragma once

#include <functional>
#include <mutex>

#include "model/transformer.h"
#include "training/process_group.h"

namespace othello {

/// sum = Σ of `parts` in their order, in fp32; parts are bf16 or fp32, of the shape of `sum`, which is contiguous.
void sum_gradients(const TensorList& parts, const Tensor& sum);

/// Each process sums its shards in index order in fp32, then the processes' sums are added. What overlaps: the weights
/// form buckets in the order in which the backward pass reaches them, last layer first; the sum of a bucket over the
/// processes starts as soon as the last of the own shards has passed its weights, and goes on in the background while
/// the shards compute the layers before it; `wait` then lets the optimizer update the first buckets while later ones
/// are still on their way. (As PyTorch's DistributedDataParallel: Li et al. 2020, arXiv 2006.15704.)
class GradientSum {
 public:
  /// For the gradients of `shards` shards with respect to weights of these shapes.
  GradientSum(const TensorList& weights, int shards, const ProcessGroup& group);

  /// The same network, whose weights report their gradients for that shard as the backward pass finds them. It must not
  /// outlive this object.
  Transformer tap(const Transformer& network, int shard);

  /// What the backward pass gave for that shard in the end; what a tap has reported already is left out.
  void add(int shard, const TensorList& gradients);

  /// The sum of a weight's gradients over all shards of all processes, of which every shard must have been added.
  Tensor wait(std::size_t weight) const;

 private:
  struct Slot {  // of a weight
    TensorList gradients;
    int missing;  // shards
    std::size_t bucket;
    Tensor sum;  // a part of its bucket's
  };
  struct Bucket {
    Tensor sum;  // fp32, flat
    int missing = 0;
    std::function<void()> wait;
  };
  void add(int shard, std::size_t weight, const Tensor& gradient);

  const ProcessGroup& group_;
  std::vector<Slot> slots_;
  std::vector<Bucket> buckets_;
  std::size_t next_ = 0;  // the bucket to be started next: all processes start them in this order
  std::mutex mutex_;
};

}  // namespace othello
