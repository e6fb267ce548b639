#include "theory/gram.h"

#include <algorithm>
#include <cmath>

#include "common/interrupt.h"
#include "common/memory.h"
#include "common/progress.h"
#include "common/threads.h"

namespace othello {
namespace {

constexpr double kGibibyte = 1 << 30;

/// Rows of a tile, the unit of products: large enough for their speed (256 rows: 1.2 times that of 128), small enough
/// for two of them to be in memory. Follows from the number of parameters alone, so that results do as well.
std::int64_t tile_rows(std::int64_t parameters) {
  std::int64_t rows = 256;
  while (rows > 4 && static_cast<double>(rows * parameters * 4) > 1.5 * kGibibyte) rows /= 2;
  return rows;
}

std::int64_t tiles_of(std::int64_t rows, std::int64_t tile) { return (rows + tile - 1) / tile; }

std::int64_t most_parameters(const TangentSource& source) {
  std::int64_t most = 0;
  for (const auto& group : source.groups()) most = std::max(most, group.count);
  return most;
}

/// Of the tangents in a tile.
double tile_bytes(std::int64_t n, const TangentSource& source) {
  const auto parameters = source.parameter_count();
  return 4.0 * static_cast<double>(parameters) * static_cast<double>(std::min(tile_rows(parameters), n));
}

/// The tangents of rows of a source, tile by tile.
class Tiles {
 public:
  Tiles(const TangentSource& source, std::int64_t tile, int workers)
      : source_(source), tile_(tile), workers_(workers) {}

  std::int64_t count() const { return tiles_of(source_.rows(), tile_); }
  std::int64_t first(std::int64_t t) const { return t * tile_; }
  std::int64_t rows(std::int64_t t) const { return std::min(tile_, source_.rows() - first(t)); }
  TensorList compute(std::int64_t t) const { return tangents(source_, first(t), rows(t), workers_); }

 private:
  const TangentSource& source_;
  std::int64_t tile_;
  int workers_;
};

/// Tiles of one kernel: whole, and by group if that is wanted.
struct Kernel {
  Kernel(std::int64_t rows, std::int64_t columns, std::size_t by_groups)
      : whole(torch::zeros({rows, columns}, at::kDouble)) {
    for (std::size_t g = 0; g < by_groups; ++g) by_group.push_back(torch::zeros({rows, columns}, at::kDouble));
  }
  /// A tile of each group, fp32, goes to a place; symmetric: the mean of it and its transpose.
  void put(std::int64_t row, std::int64_t column, const TensorList& products, bool symmetric) {
    Tensor sum;
    for (std::size_t g = 0; g < products.size(); ++g) {
      auto tile = products[g].to(at::kDouble);
      if (symmetric) tile = (tile + tile.t()) / 2;
      if (g < by_group.size()) at(by_group[g], row, column, tile).copy_(tile);
      sum = g == 0 ? tile : sum + tile;
    }
    at(whole, row, column, sum).copy_(sum);
  }
  /// The tiles right of the diagonal to the left of it.
  void reflect(std::int64_t row, std::int64_t column, std::int64_t rows, std::int64_t columns) {
    for (auto* kernel : all())
      kernel->narrow(0, column, columns)
          .narrow(1, row, rows)
          .copy_(kernel->narrow(0, row, rows).narrow(1, column, columns).t());
  }

  Tensor whole;
  TensorList by_group;

 private:
  static Tensor at(const Tensor& kernel, std::int64_t row, std::int64_t column, const Tensor& tile) {
    return kernel.narrow(0, row, tile.size(0)).narrow(1, column, tile.size(1));
  }
  std::vector<Tensor*> all() {
    std::vector<Tensor*> kernels{&whole};
    for (auto& kernel : by_group) kernels.push_back(&kernel);
    return kernels;
  }
};

/// a·bᵀ for every group of one streamed tile with each of the held ones: [held][groups] of [rows, columns] fp32.
std::vector<TensorList> products(const TensorList& streamed, const std::vector<const TensorList*>& held, int workers) {
  const auto groups = streamed.size();
  std::vector<TensorList> result(held.size(), TensorList(groups));
  parallel_for(static_cast<int>(held.size() * groups), workers, [&](int i, int) {
    const at::NoGradGuard no_grad;
    const auto h = static_cast<std::size_t>(i) / groups, g = static_cast<std::size_t>(i) % groups;
    result[h][g] = at::mm(streamed[g], (*held[h])[g].t());
  });
  return result;
}

}  // namespace

double least_gram_bytes(std::int64_t n, std::int64_t m, const TangentSource& source, const GramOptions& options) {
  const double parameters = static_cast<double>(source.parameter_count());
  const double kernels = options.by_group ? 1 + static_cast<double>(source.groups().size()) : 1;
  const double rows = static_cast<double>(n), others = static_cast<double>(m);
  // The kernels; a tile that is streamed and one that is held; what a backward pass of each worker leaves at one time.
  return 8 * rows * (kernels * rows + others) + 2 * tile_bytes(n, source) +
         3 * 4 * parameters * static_cast<double>(options.workers);
}

GramPlan gram_plan(std::int64_t n, std::int64_t m, const TangentSource& source, const GramOptions& options) {
  if (n < 2) fail("a kernel needs 2 positions at least, and was given {}", n);
  const double parameters = static_cast<double>(source.parameter_count());
  const auto tile = tile_rows(source.parameter_count());
  const double rows = static_cast<double>(n), others = static_cast<double>(m);
  const double of_tile = tile_bytes(n, source), fixed = least_gram_bytes(n, m, source, options) - of_tile;
  const double limit = std::min(static_cast<double>(options.budget), available_memory());
  const auto room = static_cast<std::int64_t>(std::min(1e9, (limit - fixed) / of_tile));
  if (room < 1)
    fail("an exact kernel of {} positions{} and {:.3g} parameters needs {:.3g} GiB and may take {:.3g}: {}", n,
         options.by_group ? fmt::format(" by {} groups", source.groups().size()) : std::string(), parameters,
         (fixed + of_tile) / kGibibyte, limit / kGibibyte, options.remedy);
  GramPlan plan;
  const auto tiles = tiles_of(n, tile);
  plan.blocks = tiles_of(tiles, room);
  const auto held_tiles = tiles_of(tiles, plan.blocks);  // blocks of one size
  plan.blocks = tiles_of(tiles, held_tiles);
  plan.held = std::min(held_tiles * tile, n);
  for (std::int64_t first = 0; first < n; first += held_tiles * tile) plan.tangents += n - first + m;
  plan.bytes = static_cast<std::int64_t>(fixed + static_cast<double>(std::min(held_tiles, tiles)) * of_tile);
  plan.products = parameters * rows * ((rows + static_cast<double>(tile)) / 2 + others);
  return plan;
}

double gram_seconds(const GramPlan& plan, const TangentSource& source, const GramOptions& options) {
  const auto count = std::min<std::int64_t>(8, source.rows());
  tangents(source, 0, 1, 1);
  const Stopwatch gradients;
  tangents(source, 0, count, 1);
  const double per_tangent = gradients.seconds() / static_cast<double>(count);
  const auto tile = tile_rows(source.parameter_count()),
             columns = std::min<std::int64_t>(most_parameters(source), 32768);
  const auto block = torch::full({tile, columns}, 0.5F);
  at::mm(block, block.t());
  const Stopwatch multiplying;
  at::mm(block, block.t());
  const double per_product = multiplying.seconds() / static_cast<double>(tile * tile * columns);
  return (static_cast<double>(plan.tangents) * per_tangent + plan.products * per_product) /
         static_cast<double>(options.workers);
}

Gram gram(const TangentSource& fit, const TangentSource* report, const GramOptions& options) {
  const auto n = fit.rows(), m = report == nullptr ? 0 : report->rows();
  if (report != nullptr && report->parameter_count() != fit.parameter_count())
    fail("a kernel between models of {} and {} parameters is not defined", report->parameter_count(),
         fit.parameter_count());
  const auto plan = gram_plan(n, m, fit, options);
  const auto size = tile_rows(fit.parameter_count());
  const Tiles rows(fit, size, options.workers), others(report == nullptr ? fit : *report, size, options.workers);
  const auto other_tiles = report == nullptr ? 0 : others.count();
  const auto block = tiles_of(plan.held, size);
  Kernel among(n, n, options.by_group ? fit.groups().size() : 0), across(m, n, 0);
  const double all = static_cast<double>(plan.tangents);
  double done = 0;
  const auto step = [&](std::int64_t computed) {
    if (interrupted()) throw Interrupted{};
    done += static_cast<double>(computed);
    if (options.progress) options.progress(done / all);
  };
  for (std::int64_t begin = 0; begin < rows.count(); begin += block) {
    const auto end = std::min(begin + block, rows.count());
    std::vector<TensorList> held(static_cast<std::size_t>(end - begin));
    // Tile t among the rows with those held so far: above the diagonal, and with itself.
    const auto meet = [&](std::int64_t t, const TensorList& tile, std::int64_t last) {
      std::vector<const TensorList*> partners;
      for (auto h = begin; h < last; ++h) partners.push_back(&held[static_cast<std::size_t>(h - begin)]);
      const auto tiles = products(tile, partners, options.workers);
      for (auto h = begin; h < last; ++h) {
        among.put(rows.first(t), rows.first(h), tiles[static_cast<std::size_t>(h - begin)], h == t);
        if (h != t) among.reflect(rows.first(t), rows.first(h), rows.rows(t), rows.rows(h));
      }
      step(rows.rows(t));
    };
    for (auto t = begin; t < end; ++t) {
      auto& own = held[static_cast<std::size_t>(t - begin)];
      own = rows.compute(t);
      meet(t, own, t + 1);
    }
    for (auto t = end; t < rows.count(); ++t) meet(t, rows.compute(t), end);
    for (std::int64_t t = 0; t < other_tiles; ++t) {
      const auto tile = others.compute(t);
      std::vector<const TensorList*> partners;
      for (const auto& one : held) partners.push_back(&one);
      const auto tiles = products(tile, partners, options.workers);
      for (auto h = begin; h < end; ++h)
        across.put(others.first(t), rows.first(h), tiles[static_cast<std::size_t>(h - begin)], false);
      step(others.rows(t));
    }
  }
  Gram result{
      .fit = among.whole, .report = report == nullptr ? Tensor() : across.whole, .groups = {}, .fit_by_group = {}};
  if (options.by_group)
    for (std::size_t g = 0; g < fit.groups().size(); ++g) {
      result.groups.push_back(fit.groups()[g].name);
      result.fit_by_group.push_back(among.by_group[g]);
    }
  return result;
}

}  // namespace othello
