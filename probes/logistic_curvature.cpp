#include "probes/logistic_curvature.h"

#include <cmath>
#include <numeric>

#include "common/threads.h"

namespace othello {
namespace {

constexpr std::int64_t kMostOwn = 1280;               // parameters of a unit that has a Hessian of its own
constexpr std::int64_t kCandidateNumbers = 64 << 20;  // numbers of the rows to draw from, 256 MB
constexpr std::int64_t kRowBlock = 2048;
constexpr double kLeastColumn = 1e-12;

/// The lower Cholesky factor of a symmetric fp64 matrix; more is added to its diagonal until it has one.
Tensor factor(const Tensor& matrix) {
  const auto mean = std::max(matrix.diagonal().mean().item<double>(), 1e-30);
  for (double ridge = 0;; ridge = std::max(ridge * 100, 1e-10 * mean)) {
    if (ridge > 0) matrix.diagonal().add_(ridge);
    const auto result = at::linalg_cholesky_ex(matrix);
    if (std::get<1>(result).item<int>() == 0) return std::get<0>(result);
    if (!(ridge < mean * 1e6)) fail("a logistic probe met numbers that are not finite");
  }
}

/// An orthonormal basis of the vectors of classes that sum to zero, [classes, classes − 1]: adding the same to the
/// scores of all classes changes nothing, and the penalty keeps that part at zero.
Tensor contrasts(std::int64_t classes) {
  auto basis = torch::zeros({classes, classes - 1}, at::kFloat);
  for (std::int64_t j = 0; j + 1 < classes; ++j) {
    const auto norm = std::sqrt(static_cast<double>((j + 1) * (j + 2)));
    basis.narrow(0, 0, j + 1).select(1, j).fill_(1 / norm);
    basis[j + 1][j] = -static_cast<double>(j + 1) / norm;
  }
  return basis;
}

class OwnHessians : public Curvature {
 public:
  OwnHessians(const LogisticLoss& loss, const ActivationInput& input, const Tensor& gram)
      : loss_(loss), width_(input.width()), basis_(contrasts(loss.problem().classes)) {
    const auto total = static_cast<double>(loss.rows());
    const auto square = gram.diagonal() / total;
    // Centred and scaled, so that fp32 will do; the intercept takes up the means.
    mean_ = torch::zeros({width_}, at::kDouble);
    if (input.width() > input.features())
      mean_.narrow(0, 0, width_ - 1).copy_(gram[width_ - 1].narrow(0, 0, width_ - 1) / total);
    deviation_ = (square - mean_.square()).clamp_min(square * 1e-6).clamp_min(kLeastColumn).sqrt();
    penalty_ = loss.penalty() / deviation_.square();
    const auto most = std::max<std::int64_t>(1, kCandidateNumbers / width_);
    // Odd, so that both parities get their share.
    const auto stride = static_cast<std::size_t>((loss.rows() + most - 1) / most) | 1;
    std::vector<std::int64_t> begin{0};
    std::vector<std::size_t> chosen;
    for (std::size_t part = 0; part < loss.parts().size(); part += stride) {
      chosen.push_back(part);
      begin.push_back(begin.back() + loss.parts()[part].first->positions.count(loss.parts()[part].second));
    }
    rows_ = torch::empty({begin.back(), width_}, at::kFloat);
    const auto mean = mean_.to(at::kFloat), scale = deviation_.reciprocal().to(at::kFloat);
    parallel_for(static_cast<int>(chosen.size()), loss.workers(), [&](int i, int) {
      const auto index = static_cast<std::size_t>(i);
      const auto [batch, parity] = loss.parts()[chosen[index]];
      auto rows = rows_.narrow(0, begin[index], begin[index + 1] - begin[index]);
      at::mul_out(rows, input.rows(*batch, parity) - mean, scale);
    });
    factors_.resize(static_cast<std::size_t>(loss.problem().units));
  }

  void refresh(const Tensor& weights, const std::vector<std::int64_t>& units) override {
    const auto classes = weights.size(1), count = weights.size(2), rows = rows_.size(0);
    const auto w = scaled(weights).to(at::kFloat).contiguous();
    // How far from certain each row is: 1 − Σ p².
    auto doubt = torch::empty({count, rows}, at::kFloat);
    const auto blocks = static_cast<int>((rows + kRowBlock - 1) / kRowBlock);
    parallel_for(blocks, loss_.workers(), [&](int block, int) {
      const at::NoGradGuard no_grad;
      const auto first = block * kRowBlock, size = std::min(kRowBlock, rows - first);
      auto p = at::mm(rows_.narrow(0, first, size), w.view({width_, classes * count})).view({size, classes, count});
      p.sub_(p.amax(1, true)).exp_();
      const auto sure = p.square().sum(1).div_(p.sum(1).square_());
      doubt.narrow(1, first, size).copy_((1 - sure).t());
    });
    parallel_for(static_cast<int>(count), loss_.workers(), [&](int u, int) {
      const at::NoGradGuard no_grad;
      factors_[static_cast<std::size_t>(units[static_cast<std::size_t>(u)])] =
          factor(hessian(w.select(2, u), doubt[u])).to(at::kFloat);
    });
  }

  Tensor solve(const Tensor& gradient, const std::vector<std::int64_t>& units) const override {
    const auto classes = gradient.size(1), count = gradient.size(2);
    auto g = gradient.to(at::kDouble);
    if (centred()) g = g - mean_.view({-1, 1, 1}) * g.narrow(0, width_ - 1, 1) * features().view({-1, 1, 1});
    g = (g / deviation_.view({-1, 1, 1})).to(at::kFloat).permute({2, 1, 0}).contiguous();  // [units, classes, width]
    auto steps = torch::empty_like(g);
    parallel_for(static_cast<int>(count), loss_.workers(), [&](int u, int) {
      const at::NoGradGuard no_grad;
      const auto& lower = factors_[static_cast<std::size_t>(units[static_cast<std::size_t>(u)])];
      const auto reduced = at::mm(basis_.t(), g[u]).reshape({-1, 1});
      const auto step = at::cholesky_solve(reduced, lower).view({classes - 1, width_});
      auto out = steps[u];
      at::mm_out(out, basis_, step);
    });
    auto w = steps.permute({2, 1, 0}).to(at::kDouble) / deviation_.view({-1, 1, 1});
    if (centred()) w.narrow(0, width_ - 1, 1).sub_((w * (mean_ * features()).view({-1, 1, 1})).sum(0, true));
    return w.to(at::kFloat).contiguous();
  }

 private:
  bool centred() const { return loss_.problem().input.features() < width_; }
  /// 1 for features, 0 for the intercept.
  Tensor features() const {
    auto mask = torch::ones({width_}, at::kDouble);
    mask[width_ - 1] = 0;
    return mask;
  }
  /// Weights for the centred and scaled rows that give the same scores.
  Tensor scaled(const Tensor& weights) const {
    auto w = weights.to(at::kDouble);
    auto result = w * deviation_.view({-1, 1, 1});
    if (centred()) {
      const auto shift = (w * (mean_ * features()).view({-1, 1, 1})).sum(0, true);
      result.narrow(0, width_ - 1, 1).add_(shift);
    }
    return result;
  }

  /// [(classes−1)·width, (classes−1)·width] fp64 of one unit, from rows drawn with a chance proportional to doubt.
  Tensor hessian(const Tensor& w, const Tensor& doubt) const {
    const auto free = basis_.size(1), rows = rows_.size(0);
    const auto wanted = std::min(std::min(kDraws * free * width_, kMostDraws), std::max(kFewRows, rows / kRowsPerDraw));
    const float* chance = doubt.data_ptr<float>();
    std::vector<std::int64_t> drawn;
    std::vector<float> shares;
    if (rows <= wanted) {
      drawn.resize(static_cast<std::size_t>(rows));
      std::iota(drawn.begin(), drawn.end(), 0);
      shares.assign(drawn.size(), static_cast<float>(1.0 / static_cast<double>(rows)));
    } else {
      double total = 0;
      for (std::int64_t i = 0; i < rows; ++i) total += chance[i] + kLeastChance;
      // Systematic sampling: the i-th row that is drawn is the one at which the sum of chances passes (i + ½)·step.
      const double step = total / static_cast<double>(wanted);
      double sum = 0, next = step / 2;
      for (std::int64_t i = 0; i < rows; ++i) {
        const double own = chance[i] + kLeastChance;
        sum += own;
        if (sum < next) continue;
        const double times = std::floor((sum - next) / step) + 1;
        next += times * step;
        drawn.push_back(i);
        shares.push_back(static_cast<float>(times * step / own / static_cast<double>(rows)));
      }
    }
    const auto x = rows_.index_select(0, at::tensor(drawn, at::kLong));
    const auto p = at::softmax(at::mm(x, w), 1), q = at::mm(p, basis_);  // [drawn, classes], [drawn, free]
    const auto share = at::tensor(shares);
    auto result = torch::empty({free, width_, free, width_}, at::kDouble);
    for (std::int64_t a = 0; a < free; ++a)
      for (std::int64_t b = 0; b <= a; ++b) {
        const auto both = basis_.select(1, a) * basis_.select(1, b);
        const auto weight = (at::mv(p, both) - q.select(1, a) * q.select(1, b)) * share;
        const auto block = at::mm((x * weight.unsqueeze(1)).t(), x);
        result.select(2, b).select(0, a).copy_(block);
        if (a != b) result.select(2, a).select(0, b).copy_(block.t());
      }
    result = result.view({free * width_, free * width_});
    result.diagonal().add_(penalty_.repeat({free}));
    return result;
  }

  // Rows of a sample: so many per parameter, but not more than these, and a small share of all unless there are few.
  static constexpr std::int64_t kDraws = 32, kMostDraws = 8192, kRowsPerDraw = 8, kFewRows = 2048;
  static constexpr double kLeastChance = 1e-6;

  const LogisticLoss& loss_;
  std::int64_t width_;
  Tensor basis_;                       // [classes, classes − 1]
  Tensor mean_, deviation_, penalty_;  // [width] fp64
  Tensor rows_;                        // [candidates, width]
  TensorList factors_;                 // by unit
};

class SharedBound : public Curvature {
 public:
  SharedBound(const LogisticLoss& loss, const Tensor& gram) : workers_(loss.workers()) {
    // Scaled to mean squares of 1, so that fp32 will do.
    scale_ = (gram.diagonal() / static_cast<double>(loss.rows())).clamp_min(kLeastColumn).rsqrt();
    auto matrix = gram * (0.5 / static_cast<double>(loss.rows()));
    matrix.mul_(scale_.unsqueeze(0)).mul_(scale_.unsqueeze(1));
    matrix.diagonal().add_(loss.penalty() * scale_.square()).add_(1e-7);
    inverse_ = at::cholesky_inverse(factor(matrix)).to(at::kFloat);
  }

  void refresh(const Tensor&, const std::vector<std::int64_t>&) override {}

  Tensor solve(const Tensor& gradient, const std::vector<std::int64_t>&) const override {
    const auto width = gradient.size(0);
    const auto scale = scale_.to(at::kFloat).unsqueeze(1);
    const auto g = gradient.view({width, -1}) * scale;
    auto steps = torch::empty_like(g);
    const auto blocks = static_cast<int>((width + kRowBlock / 4 - 1) / (kRowBlock / 4));
    parallel_for(blocks, workers_, [&](int block, int) {
      const at::NoGradGuard no_grad;
      const auto first = block * (kRowBlock / 4), size = std::min(kRowBlock / 4, width - first);
      auto part = steps.narrow(0, first, size);
      at::mm_out(part, inverse_.narrow(0, first, size), g);
    });
    return (steps * scale).view(gradient.sizes());
  }

 private:
  int workers_;
  Tensor scale_;    // [width] fp64
  Tensor inverse_;  // [width, width] fp32
};

}  // namespace

std::unique_ptr<Curvature> make_curvature(const LogisticLoss& loss, const Tensor& gram) {
  const auto* dense = dynamic_cast<const ActivationInput*>(&loss.problem().input);
  if (dense != nullptr && dense->width() * (loss.problem().classes - 1) <= kMostOwn)
    return std::make_unique<OwnHessians>(loss, *dense, gram);
  return std::make_unique<SharedBound>(loss, gram);
}

}  // namespace othello
