#include "interventions/patch_document.h"

#include <cmath>

#include "common/error.h"
#include "common/threads.h"
#include "engine/notation.h"
#include "interventions/attribution.h"
#include "interventions/direct_logits.h"
#include "interventions/saliency.h"

namespace othello {
namespace {

constexpr double kLeastDifference = 1e-3;  // logits; below, a recovery is noise divided by noise

Json or_null(double value) { return std::isfinite(value) ? Json(value) : Json(); }

Json names(Bits squares) {
  Json list = Json::array();
  for_each_square(squares, [&](Square s) { list.push_back(square_name(s)); });
  return list;
}

Json game_entry(const Game& game, const PlyFacts& after, Bits only, double metric) {
  return {{"history", game_text(game)},
          {"to_move", after.after.to_move == Color::black ? "black" : "white"},
          {"legal", names(after.legal)},
          {"legal_here_only", names(only)},
          {"metric", metric}};
}

/// The most probable legal move, or the one asked for.
Square chosen_move(const PatchSettings& settings, const Vocabulary& vocabulary, const PatchPair& pair,
                   const Tensor& logits) {
  if (settings.move) {
    if (vocabulary.token(*settings.move) == 0)
      fail("{} is occupied from the start, so it is no move", square_name(*settings.move));
    return *settings.move;
  }
  return most_probable_move(vocabulary, pair.clean_after.legal, logits);
}

/// Effects in logits → recoveries by position.
Json recoveries(const PatchRow& row, double total) {
  Json list = Json::array();
  for (const double effect : row.effect)
    list.push_back(std::abs(total) < kLeastDifference ? Json() : Json(effect / total));
  return list;
}

Json grid_rows(const std::vector<PatchRow>& exact, const std::vector<PatchRow>& approximate, double total) {
  Json rows = Json::array();
  for (std::size_t i = 0; i < exact.size(); ++i) {
    Json row{{"component", word_of(exact[i].component)}, {"layer", exact[i].layer}};
    if (exact[i].head >= 0) row["head"] = exact[i].head;
    row["recovery"] = recoveries(exact[i], total);
    row["approximation"] = recoveries(approximate[i], total);
    rows.push_back(std::move(row));
  }
  return rows;
}

Json error_rows(const std::vector<PatchRow>& exact, const std::vector<PatchRow>& approximate, double total) {
  Json rows = Json::array();
  if (std::abs(total) < kLeastDifference) return rows;
  for (const auto component : kPatchComponents) {
    const auto e = approximation_error(exact, approximate, component, total);
    rows.push_back({{"component", word_of(component)},
                    {"n", e.n},
                    {"correlation", or_null(e.correlation)},
                    {"mean_absolute_error", e.mean_absolute_error},
                    {"mean_absolute_recovery", e.mean_absolute_exact},
                    {"sign_agreement", or_null(e.sign_agreement)},
                    {"sign_n", e.sign_n}});
  }
  return rows;
}

Json to_json(const DirectLogits& found, Token token, Square move) {
  Json parts = Json::array();
  for (const auto& part : found.parts) {
    Json row{{"part", part.part}};
    if (part.layer >= 0) row["layer"] = part.layer;
    if (part.head >= 0) row["head"] = part.head;
    row["logit"] = part.logit;
    row["difference"] = part.difference;
    parts.push_back(std::move(row));
  }
  return {{"token", token},     {"move", square_name(move)},      {"logit", found.logit},
          {"sum", found.sum()}, {"difference", found.difference}, {"difference_sum", found.difference_sum()},
          {"parts", parts}};
}

double mean_absolute(const Saliency::Squares& values) {
  double sum = 0, n = 0;
  for (const auto& value : values)
    if (value) sum += std::abs(*value), n += 1;
  return sum / n;
}

Json to_json(const Saliency& found, const PatchSettings& settings, Square move) {
  return {{"move", square_name(move)},
          {"probability", found.probability},
          {"first_layer", settings.first_layer},
          {"last_layer", settings.last_layer},
          {"scale", settings.scale},
          {"seed", settings.seed},
          {"raw", by_square(found.raw)},
          {"centred", by_square(found.centred)},
          {"random", by_square(found.random)},
          {"mean_absolute", {{"flip", mean_absolute(found.raw)}, {"random", mean_absolute(found.random)}}}};
}

}  // namespace

Json patch_document(const LoadedModel& loaded, const ProbeSet* probes, const PatchSettings& settings,
                    const std::function<void(double)>& progress) {
  const auto& model = loaded.model;
  const auto vocabulary = model.config().vocabulary();
  const auto pair = patch_pair(vocabulary.board(), settings.clean, settings.corrupt);
  const auto contrast = logit_contrast(pair, vocabulary);
  const auto metric = [&](const Tensor& logits) { return at::dot(logits.to(at::kDouble), contrast).item<double>(); };
  const auto clean = record_components(model, game_tokens(pair.clean, vocabulary));
  const auto corrupt = record_components(model, game_tokens(pair.corrupt, vocabulary));
  const double clean_metric = metric(clean.logits), corrupt_metric = metric(corrupt.logits);
  const double total = clean_metric - corrupt_metric;
  const Square move = chosen_move(settings, vocabulary, pair, clean.logits);
  const Token token = vocabulary.token(move);
  // Whatever can be refused is refused before the long work.
  Json saliency;
  if (probes != nullptr)
    saliency = to_json(latent_saliency(model, *probes, pair.clean, token,
                                       {.first_layer = settings.first_layer,
                                        .last_layer = settings.last_layer,
                                        .scale = settings.scale,
                                        .seed = settings.seed}),
                       settings, move);
  const auto approximate = attribution_patching(model, pair, clean.values);
  const int workers = settings.workers == 0 ? available_cores() : settings.workers;
  const auto exact = exact_patching(model, pair, clean.values, workers, progress);
  Json out{{"clean", game_entry(pair.clean, pair.clean_after, pair.clean_only(), clean_metric)},
           {"corrupt", game_entry(pair.corrupt, pair.corrupt_after, pair.corrupt_only(), corrupt_metric)},
           {"metric", {{"clean", clean_metric}, {"corrupt", corrupt_metric}}},
           {"positions", pair.positions()},
           {"first_difference", pair.first_difference},
           {"grid", grid_rows(exact, approximate, total)},
           {"approximation_error", error_rows(exact, approximate, total)},
           {"direct_logit",
            to_json(direct_logits(model, game_tokens(pair.clean, vocabulary), token, contrast), token, move)}};
  if (!saliency.is_null()) out["saliency"] = std::move(saliency);
  return out;
}

}  // namespace othello
