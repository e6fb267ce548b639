#include "interventions/patching.h"

#include <algorithm>
#include <atomic>

#include "common/error.h"
#include "common/threads.h"
#include "engine/notation.h"
#include "interventions/case_batch.h"

namespace othello {
namespace {

constexpr std::size_t kBatchPatches = 64;

PlyFacts after(const BoardSize& board, const Game& game, const char* name) {
  if (game.length == 0) fail("the {} game has no moves", name);
  const auto facts = replay(board, game.moves()).back();
  if (facts.over()) fail("the {} game is over after {} moves, so no move is predicted", name, game.length);
  return facts;
}

/// Patches of one component of one block, for one pass.
struct PatchBatch {
  std::vector<std::pair<std::size_t, int>> cells;  // row of the grid, position
};

bool same_place(const PatchRow& a, const PatchRow& b) { return a.component == b.component && a.layer == b.layer; }

/// All cells that can have an effect. A batch edits one site, so that the rest of the pass stays fused.
std::vector<PatchBatch> make_batches(const std::vector<PatchRow>& grid) {
  std::vector<PatchBatch> batches;
  for (std::size_t i = 0; i < grid.size(); ++i)
    for (std::size_t position = 0; position < grid[i].reaches.size(); ++position) {
      if (!grid[i].reaches[position]) continue;
      if (batches.empty() || batches.back().cells.size() == kBatchPatches ||
          !same_place(grid[batches.back().cells.back().first], grid[i]))
        batches.emplace_back();
      batches.back().cells.emplace_back(i, static_cast<int>(position));
    }
  return batches;
}

/// Which rows are patched at a site and where: [rows, pos] or, for z, [rows, pos, head]; bool.
using Masks = std::map<Site, Tensor>;

Masks make_masks(const std::vector<std::vector<Patch>>& rows, const SiteValues& values) {
  Masks masks;
  for (std::size_t row = 0; row < rows.size(); ++row)
    for (const auto& patch : rows[row]) {
      const Site site = site_of(patch.component, patch.layer);
      auto& mask = masks[site];
      if (!mask.defined()) {
        auto shape = values.at(site).sizes().vec();
        shape.front() = static_cast<std::int64_t>(rows.size());
        shape.pop_back();
        mask = torch::zeros(shape, at::kBool);
      }
      auto place = mask[static_cast<std::int64_t>(row)][patch.position];
      (patch.component == PatchComponent::head ? place[patch.head] : place).fill_(true);
    }
  return masks;
}

}  // namespace

PatchPair patch_pair(const BoardSize& board, const Game& clean, const Game& corrupt) {
  PatchPair pair{.clean = clean,
                 .corrupt = corrupt,
                 .clean_after = after(board, clean, "clean"),
                 .corrupt_after = after(board, corrupt, "corrupted"),
                 .first_difference = 0};
  if (clean.length != corrupt.length)
    fail("the clean game has {} moves and the corrupted one {}; patching needs equally many (--ply cuts both)",
         clean.length, corrupt.length);
  const auto first =
      std::mismatch(clean.moves().begin(), clean.moves().end(), corrupt.moves().begin()).first - clean.moves().begin();
  if (first == clean.length) fail("the two games are the same, so there is nothing to patch");
  pair.first_difference = static_cast<int>(first);
  for (const auto& [only, name, other] :
       {std::tuple{pair.clean_only(), "clean", "corrupted"}, {pair.corrupt_only(), "corrupted", "clean"}})
    if (only == 0)
      fail(
          "every legal move after the {} game is legal after the {} one too, so no logit difference tells them apart; "
          "give games whose last positions each have a move of their own",
          name, other);
  return pair;
}

Tensor logit_contrast(const PatchPair& pair, const Vocabulary& vocabulary) {
  auto contrast = torch::zeros({vocabulary.size()}, at::kDouble);
  for_each_square(pair.clean_only(), [&](Square s) { contrast[vocabulary.token(s)] = 1.0 / count(pair.clean_only()); });
  for_each_square(pair.corrupt_only(),
                  [&](Square s) { contrast[vocabulary.token(s)] = -1.0 / count(pair.corrupt_only()); });
  return contrast;
}

Tensor game_tokens(const Game& game, const Vocabulary& vocabulary) { return token_rows(vocabulary, {&game}); }

const char* word_of(PatchComponent component) {
  switch (component) {
    case PatchComponent::resid_pre: return "resid_pre";
    case PatchComponent::attn_out: return "attn_out";
    case PatchComponent::mlp_out: return "mlp_out";
    case PatchComponent::head: return "head";
  }
  fail("there is no such component");
}

Site site_of(PatchComponent component, int layer) {
  switch (component) {
    case PatchComponent::resid_pre: return {SiteKind::resid_pre, layer};
    case PatchComponent::attn_out: return {SiteKind::attn_out, layer};
    case PatchComponent::mlp_out: return {SiteKind::mlp_out, layer};
    case PatchComponent::head: return {SiteKind::z, layer};
  }
  fail("there is no such component");
}

RecordedGame record_components(const Transformer& model, const Tensor& tokens) {
  const at::NoGradGuard no_grad;
  Trace trace;
  for (const auto component : kPatchComponents)
    for (int layer = 0; layer < model.config().layers; ++layer) trace.record(site_of(component, layer));
  RecordedGame recorded{.values = {}, .logits = model.forward(tokens, &trace)[0][-1]};
  for (const auto component : kPatchComponents)
    for (int layer = 0; layer < model.config().layers; ++layer)
      recorded.values[site_of(component, layer)] = trace.value(site_of(component, layer));
  return recorded;
}

Tensor patched_logits(const Transformer& model, const Tensor& tokens, const SiteValues& values,
                      const std::vector<std::vector<Patch>>& rows) {
  const at::NoGradGuard no_grad;
  Trace trace;
  for (const auto& [site, mask] : make_masks(rows, values))
    trace.edit(site, [mask = mask, &clean = values.at(site)](const Tensor& value) {
      return at::where(mask.unsqueeze(-1), clean, value);  // [rows, pos, …], the clean game's row for all
    });
  const auto copies = tokens.expand({static_cast<std::int64_t>(rows.size()), -1}).contiguous();
  return model.forward(copies, &trace).select(1, -1);
}

std::vector<PatchRow> empty_grid(const ModelConfig& config, const PatchPair& pair) {
  const auto positions = static_cast<std::size_t>(pair.positions());
  std::vector<PatchRow> grid;
  for (const auto component : kPatchComponents)
    for (int layer = 0; layer < config.layers; ++layer)
      for (int head = 0; head < (component == PatchComponent::head ? config.heads : 1); ++head) {
        PatchRow row{.component = component,
                     .layer = layer,
                     .head = component == PatchComponent::head ? head : -1,
                     .effect = std::vector<double>(positions),
                     .reaches = std::vector<bool>(positions)};
        for (std::size_t t = static_cast<std::size_t>(pair.first_difference); t < positions; ++t) {
          const bool residual = component == PatchComponent::resid_pre;
          const bool same_token = pair.clean.squares[t] == pair.corrupt.squares[t];
          // What the last block adds at earlier positions is read by none.
          const bool read = residual || layer + 1 < config.layers || t + 1 == positions;
          row.reaches[t] = read && !(residual && layer == 0 && same_token);
        }
        grid.push_back(std::move(row));
      }
  return grid;
}

std::vector<PatchRow> exact_patching(const Transformer& model, const PatchPair& pair, const SiteValues& clean,
                                     int workers, const std::function<void(double)>& progress) {
  const auto vocabulary = model.config().vocabulary();
  const auto contrast = logit_contrast(pair, vocabulary);
  const auto tokens = game_tokens(pair.corrupt, vocabulary);
  const auto metric = [&](const Tensor& logits) { return at::matmul(logits.to(at::kDouble), contrast); };
  const auto unpatched =
      metric(patched_logits(model, tokens, clean, std::vector<std::vector<Patch>>(1)))[0].item<double>();
  auto grid = empty_grid(model.config(), pair);
  const auto batches = make_batches(grid);
  std::atomic<int> done = 0;
  parallel_for(static_cast<int>(batches.size()), workers, [&](int index, int worker) {
    const auto& cells = batches[static_cast<std::size_t>(index)].cells;
    std::vector<std::vector<Patch>> rows;
    for (const auto& [i, position] : cells)
      rows.push_back({{grid[i].component, grid[i].layer, position, std::max(grid[i].head, 0)}});
    const auto values = metric(patched_logits(model, tokens, clean, rows));  // [rows] fp64
    for (std::size_t row = 0; row < cells.size(); ++row)
      grid[cells[row].first].effect[static_cast<std::size_t>(cells[row].second)] =
          values[static_cast<std::int64_t>(row)].item<double>() - unpatched;
    ++done;
    if (worker == 0) progress(static_cast<double>(done) / static_cast<double>(batches.size()));
  });
  return grid;
}

}  // namespace othello
