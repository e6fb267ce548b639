#include "theory/ntk_settings.h"

#include <algorithm>

namespace othello {
namespace {

Tensor plies_of(const PositionSample& sample) {
  auto plies = at::empty({sample.size()}, at::kLong);
  for (std::int64_t row = 0; row < sample.size(); ++row)
    plies.data_ptr<std::int64_t>()[row] = sample.plies[static_cast<std::size_t>(row)];
  return plies;
}

}  // namespace

TangentOutput tangent_output(const NtkSettings& settings, const Vocabulary& vocabulary) {
  return parse_tangent_output(settings.output, vocabulary, settings.contrast_seed.value_or(settings.seed));
}

StudyPositions study_positions(const LoadedModel& loaded, const NtkSettings& settings) {
  if (settings.fit < kFewestPositions)
    fail("{} positions to fit are too few for a kernel regression with an intercept for every ply: give at least {}",
         settings.fit, kFewestPositions);
  if (settings.report < 2) fail("{} positions to report on give no interval: give at least 2", settings.report);
  const auto& config = loaded.model.config();
  const auto vocabulary = config.vocabulary();
  const ProbeGames games(GameSource(vocabulary.board(), settings.seed, Purpose::probes, settings.player),
                         settings.fit + settings.report);
  auto fit = sample_positions(games, {0, settings.fit}, vocabulary, {}, settings.seed);
  auto report = sample_positions(games, {settings.fit, settings.report}, vocabulary, {}, settings.seed + 1);
  const auto target = make_target("mine-yours-empty", vocabulary, settings.frame);
  const RowPlies plies{plies_of(fit), plies_of(report)};
  const LabelRows board{target.class_count(), fit.labels(target).to(at::kLong), report.labels(target).to(at::kLong),
                        settings.gcv ? RidgeChoice::gcv : RidgeChoice::left_out_answers};
  const LabelRows legal{2, fit.legal_moves().to(at::kLong), report.legal_moves().to(at::kLong),
                        settings.gcv ? RidgeChoice::gcv : RidgeChoice::left_out_squares};
  const BoardTruth truth{board.report, report.flips()};
  auto fit_flips = fit.flips();
  return {std::move(fit), std::move(report), plies, board, legal, truth, std::move(fit_flips)};
}

StudyPositions first_positions(const StudyPositions& positions, std::int64_t fit, std::int64_t report) {
  const auto first = [](const PositionSample& sample, std::int64_t count) {
    return PositionSample(sample.vocabulary,
                          {sample.games.begin(), sample.games.begin() + std::min(count, sample.size())});
  };
  const auto labels = [&](const LabelRows& of) {
    return LabelRows{of.classes, of.fit.slice(0, 0, fit), of.report.slice(0, 0, report), of.choice};
  };
  return {first(positions.fit, fit),
          first(positions.report, report),
          {positions.plies.fit.slice(0, 0, fit), positions.plies.report.slice(0, 0, report)},
          labels(positions.board),
          labels(positions.legal),
          {positions.truth.states.slice(0, 0, report), positions.truth.flips.slice(0, 0, report)},
          positions.fit_flips.slice(0, 0, fit)};
}

std::optional<std::uint64_t> own_seed(const LoadedModel& loaded) {
  if (loaded.facts.targets == kUnknown || !loaded.facts.earlier.empty()) return std::nullopt;
  return loaded.facts.seed;
}

std::vector<std::uint64_t> initial_seeds(const LoadedModel& loaded, const NtkSettings& settings) {
  std::vector<std::uint64_t> seeds;
  if (const auto own = own_seed(loaded)) seeds.push_back(*own);
  for (std::uint64_t next = 1; seeds.size() < static_cast<std::size_t>(settings.init_seeds); ++next)
    if (std::find(seeds.begin(), seeds.end(), next) == seeds.end()) seeds.push_back(next);
  return seeds;
}

}  // namespace othello
