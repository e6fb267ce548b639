#include "theory/sketch.h"

#include <algorithm>

#include "common/interrupt.h"
#include "common/memory.h"
#include "common/progress.h"
#include "common/random.h"
#include "common/threads.h"

namespace othello {
namespace {

constexpr std::int64_t kStretch = 512;  // rows between two looks at whether to stop

/// The sketch of a row's tangent: to [k] must be 0.
void project(const Sketch& sketch, const TangentSource& source, std::int64_t row, float* to) {
  const auto gradients = tangent(source, row);
  std::int64_t first = 0;
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    const auto count = source.parameters()[i].numel();
    if (gradients[i].defined()) sketch.add(gradients[i].data_ptr<float>(), first, count, to);
    first += count;
  }
}

}  // namespace

Sketch::Sketch(std::int64_t parameters, std::int64_t dimensions, std::uint64_t seed)
    : dimensions_(dimensions), signs_(static_cast<std::size_t>(parameters)) {
  if (dimensions < 1 || dimensions > (std::int64_t{1} << 31)) fail("a projection to {} dimensions is none", dimensions);
  const auto signs = Stream(seed).child("signs of a sketch"), offsets = Stream(seed).child("offsets of a sketch");
  for (std::size_t i = 0; i < signs_.size(); i += 128) {  // 128 bits a block
    const auto bits = signs.block(i / 128, 0);
    for (std::size_t j = i; j < std::min(i + 128, signs_.size()); ++j)
      signs_[j] = (bits[(j - i) / 32] >> (j % 32) & 1) != 0 ? 1.0F : -1.0F;
  }
  for (std::int64_t first = 0; first < parameters; first += dimensions)
    offsets_.push_back(
        offsets.below(static_cast<std::uint32_t>(dimensions), static_cast<std::uint64_t>(first / dimensions), 0));
}

void Sketch::add(const float* gradient, std::int64_t first, std::int64_t count, float* to) const {
  const float* sign = signs_.data() + first;
  for (std::int64_t done = 0; done < count;) {
    const auto stretch = (first + done) / dimensions_, within = (first + done) % dimensions_;
    const auto place = (within + offsets_[static_cast<std::size_t>(stretch)]) % dimensions_;
    const auto run = std::min({count - done, dimensions_ - within, dimensions_ - place});
    float* out = to + place;
    for (std::int64_t i = 0; i < run; ++i) out[i] += sign[done + i] * gradient[done + i];
    done += run;
  }
}

double sketch_bytes(std::int64_t n, std::int64_t parameters, const SketchOptions& options) {
  return 4.0 * (static_cast<double>(n) * static_cast<double>(options.dimensions) +
                static_cast<double>(parameters) * (1 + 4.0 * options.workers));
}

Tensor sketched_tangents(const TangentSource& source, const SketchOptions& options) {
  const auto n = source.rows(), k = options.dimensions, parameters = source.parameter_count();
  const double needed = sketch_bytes(n, parameters, options);
  const double limit = std::min(static_cast<double>(options.budget), available_memory());
  if (needed > limit)
    fail("projections of {} positions to {} dimensions need {:.3g} GiB and may take {:.3g}: ask for fewer of either", n,
         k, needed / (1 << 30), limit / (1 << 30));
  const Sketch sketch(parameters, k, options.seed);
  auto features = torch::zeros({n, k}, at::kFloat);
  float* all = features.data_ptr<float>();
  for (std::int64_t first = 0; first < n; first += kStretch) {
    if (interrupted()) throw Interrupted{};
    parallel_for(static_cast<int>(std::min(kStretch, n - first)), options.workers,
                 [&](int i, int) { project(sketch, source, first + i, all + (first + i) * k); });
    if (options.progress) options.progress(static_cast<double>(std::min(first + kStretch, n)) / static_cast<double>(n));
  }
  return features;
}

SketchError sketch_error(const Tensor& features, const Tensor& exact) {
  const auto n = exact.size(0);
  const auto cosines = [](const Tensor& kernel) {
    const auto norms = kernel.diagonal().clamp_min(1e-300).sqrt();
    return kernel / at::outer(norms, norms);
  };
  const auto phi = features.narrow(0, 0, n).to(at::kDouble);
  const auto pairs = torch::ones({n, n}, at::kBool).triu(1);
  const auto difference = (cosines(at::mm(phi, phi.t())) - cosines(exact)).masked_select(pairs);
  return {.mean_cosine_error = difference.abs().mean().item<double>(),
          .rms = difference.square().mean().sqrt().item<double>(),
          .n = n};
}

double sketch_seconds(std::int64_t n, const TangentSource& source, const SketchOptions& options) {
  const auto count = std::min<std::int64_t>(8, source.rows());
  const Sketch sketch(source.parameter_count(), options.dimensions, options.seed);
  std::vector<float> feature(static_cast<std::size_t>(options.dimensions));
  project(sketch, source, 0, feature.data());
  const Stopwatch clock;
  for (std::int64_t row = 0; row < count; ++row) project(sketch, source, row, feature.data());
  return clock.seconds() / static_cast<double>(count) * static_cast<double>(n) / options.workers;
}

}  // namespace othello
