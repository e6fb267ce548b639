// Several processes that train one model, over c10d of LibTorch. Its headers are read in process_group.cpp alone.
#pragma once

#include <functional>
#include <memory>
#include <span>

#include "model/torch.h"
#include "training/place.h"

namespace othello {

/// All processes must make the same calls in the same order. Each call throws Error if another process has ended or did
/// not answer within the timeout of the place. On CPUs by Gloo; on GPUs by NCCL where LibTorch was built with it.
class ProcessGroup {
 public:
  /// Waits for the others to come. The network interface is the one that leads to process 0; GLOO_SOCKET_IFNAME and
  /// NCCL_SOCKET_IFNAME name another. Throws Error if they do not come in time, if the port is taken, or if this build
  /// cannot train in several processes on such a device.
  explicit ProcessGroup(const Place& place, at::Device device = at::kCPU);
  ~ProcessGroup();
  ProcessGroup(const ProcessGroup&) = delete;
  ProcessGroup& operator=(const ProcessGroup&) = delete;

  int rank() const { return place_.rank; }
  int size() const { return place_.size; }
  at::Device device() const { return device_; }

  /// Process 0's tensor for all, in place: contiguous, of the group's device, of the same shape everywhere.
  void broadcast(const Tensor& tensor) const;
  /// Process 0's text for all; what the others give is ignored.
  std::string broadcast(std::string text) const;

  /// Sum over the processes, the same bits in all of them.
  void sum(std::span<double> numbers) const;
  /// The same for a contiguous tensor of the group's device, in the background: the function that is returned waits for
  /// the sum, from any thread and as often as wanted, while this object lives. Until then the tensor must be left
  /// alone.
  [[nodiscard]] std::function<void()> start_sum(const Tensor& tensor) const;

 private:
  struct Backend;
  Place place_;
  at::Device device_;
  std::unique_ptr<Backend> backend_;
};

}  // namespace othello
