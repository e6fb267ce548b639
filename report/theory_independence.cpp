// Do neurons act one by one? Numbers of active neurons against independence, sorted activations, single detectors.
#include <algorithm>
#include <tuple>

#include "report/html.h"
#include "report/theory_pictures.h"

namespace othello {
namespace {

/// The rows of one checkpoint.
template <class Row>
std::vector<Row> of_checkpoint(const std::vector<Row>& rows, const std::string& checkpoint) {
  std::vector<Row> some;
  std::copy_if(rows.begin(), rows.end(), std::back_inserter(some),
               [&](const Row& row) { return row.checkpoint == checkpoint; });
  return some;
}

std::string by_block(const std::string& title, const std::string& y, Unit unit, int layers,
                     std::vector<ChartSeries> lines) {
  std::erase_if(lines, [](const ChartSeries& series) { return series.points.empty(); });
  if (lines.empty()) return "";
  LineChart chart(title, "block", y, unit);
  chart.height = 260;
  for (int layer = 0; layer < layers; ++layer) chart.x_names.push_back(std::to_string(layer));
  chart.series = std::move(lines);
  return draw(chart);
}

using Measure = std::optional<Estimate> IndependenceFigures::*;

ChartSeries line(const std::vector<IndependenceFigures>& rows, Measure measure, const std::string& name,
                 const std::string& tone, bool dashed) {
  ChartSeries series{.name = name, .points = {}, .tone = tone, .markers = true, .dashed = dashed};
  for (const auto& row : rows)
    if (row.*measure) series.points.push_back(chart_point(row.layer, *(row.*measure)));
  return series;
}

/// The same over the training, of the one block that was probed at every checkpoint.
std::string over_training(const std::vector<IndependenceFigures>& all, int layer) {
  LineChart chart("What can be read of the neurons of one block as they are and sorted, over the training",
                  "games trained on", fmt::format("block {}: board, % of squares right", layer), Unit::percent);
  chart.log_x = true;
  chart.height = 260;
  for (const auto& [measure, name, tone] : {std::tuple{&IndependenceFigures::accuracy, "as they are", "network"},
                                            {&IndependenceFigures::sorted_accuracy, "sorted", "input"}}) {
    ChartSeries series{.name = name, .points = {}, .tone = tone, .markers = true};
    for (const auto& row : all)
      if (row.layer == layer && row.*measure) series.points.push_back(chart_point(row.games, *(row.*measure)));
    if (!series.points.empty()) chart.series.push_back(std::move(series));
  }
  return chart.series.empty() ? "" : draw(chart);
}

/// What is lost by sorting, with the widest interval that both allow: the document has no paired difference.
std::string sorting_loss(const IndependenceFigures& row) {
  const auto &plain = *row.accuracy, &sorted = *row.sorted_accuracy;
  return fmt::format(
      "{} of squares and {} once sorted: {}", format_estimate(plain, Unit::percent),
      format_estimate(sorted, Unit::percent),
      format_estimate({plain.mean - sorted.mean, plain.low - sorted.high, plain.high - sorted.low, plain.n},
                      Unit::points));
}

/// Sorting loses at initialisation as well, so that the loss there is the control of that after training.
std::string sorting_finding(const IndependenceFigures& last, const std::vector<IndependenceFigures>& first) {
  std::string text =
      fmt::format("At {} a probe of the neurons of block {} reads {}", last.checkpoint, last.layer, sorting_loss(last));
  for (const auto& row : first)
    if (row.layer == last.layer && row.checkpoint != last.checkpoint && row.accuracy && row.sorted_accuracy)
      return fmt::format("{}; at {}, the control, {} (differences not paired)", text, row.checkpoint,
                         sorting_loss(row));
  return text + " (not paired; no earlier checkpoint to compare with)";
}

std::string independence_figure(const EmergenceResults& emergence) {
  const auto& all = emergence.independence;
  if (all.empty()) return "";
  const auto order = [](const IndependenceFigures& a, const IndependenceFigures& b) { return a.games < b.games; };
  const auto first_name = std::min_element(all.begin(), all.end(), order)->checkpoint;
  const auto last_name = std::max_element(all.begin(), all.end(), order)->checkpoint;
  const auto first = of_checkpoint(all, first_name), last = of_checkpoint(all, last_name);
  const bool two = first_name != last_name;
  int layers = 0;
  for (const auto& row : all) layers = std::max(layers, row.layer + 1);
  const bool within = std::any_of(all.begin(), all.end(), [](const auto& row) { return row.within_ply.has_value(); });
  const Measure ratio = within ? &IndependenceFigures::within_ply : &IndependenceFigures::variance_ratio;
  std::vector<ChartSeries> ratios{line(last, ratio, "last", "network", false)};
  std::vector<ChartSeries> accuracies{line(last, &IndependenceFigures::accuracy, "as they are", "network", false),
                                      line(last, &IndependenceFigures::sorted_accuracy, "sorted", "input", false)};
  if (two) {
    ratios.push_back(line(first, ratio, "first", "untrained", true));
    accuracies.push_back(line(first, &IndependenceFigures::accuracy, "first", "untrained", true));
    accuracies.push_back(line(first, &IndependenceFigures::sorted_accuracy, "first, sorted", "bag", true));
  }
  const auto probed = std::count_if(last.begin(), last.end(), [](const auto& row) { return row.accuracy.has_value(); });
  const auto best = std::max_element(last.begin(), last.end(), [](const auto& a, const auto& b) {
    return (a.accuracy ? a.accuracy->mean : -1) < (b.accuracy ? b.accuracy->mean : -1);
  });
  std::vector<std::string> charts{
      by_block("Variance ratio of the number of active neurons, by block",
               within ? "variance ratio within a ply (1 = independent)" : "variance ratio (1 = independent)",
               Unit::plain, layers, std::move(ratios)),
      probed == 1 ? over_training(all, best->layer)
                  : by_block("What can be read of neurons as they are and sorted, by block",
                             "board, % of squares right", Unit::percent, layers, std::move(accuracies))};
  std::erase(charts, "");

  std::vector<Cells> rows;
  for (const auto* part : {&first, &last}) {
    if (part == &last && !two) break;
    for (const auto& row : *part) {
      const auto share = [](const std::optional<Estimate>& e) {
        return !e ? "–" : e->high > e->low ? format_estimate(*e, Unit::percent) : format_value(e->mean, Unit::percent);
      };
      rows.push_back({row.checkpoint, std::to_string(row.layer), format_defined(row.variance_ratio, Unit::plain),
                      row.within_ply ? format_estimate(*row.within_ply, Unit::plain) : "–", share(row.at_most_two),
                      row.at_most_two_independent ? format_value(*row.at_most_two_independent, Unit::percent) : "–",
                      share(row.accuracy), share(row.sorted_accuracy), row.kurtosis ? short_number(*row.kurtosis) : "–",
                      row.active ? format_value(*row.active, Unit::percent) : "–"});
    }
  }
  std::string finding = "Neurons together and one by one";
  if (best->accuracy && best->sorted_accuracy) finding = sorting_finding(*best, first);
  return figure(
      finding + ".",
      side_by_side(charts) +
          folded("The figures as a table, with 95 % intervals",
                 table({"Checkpoint", "Block", "Variance ratio", "Within a ply", "At most two active", "If independent",
                        "As they are", "Sorted", "Kurtosis", "Active"},
                       rows, "numbers")),
      "If the neurons of this network fired independently of each other, the number that is active would vary as the "
      "sum of their variances (ratio 1), and at most two would be active as rarely as the table says for independence. "
      "A ratio above 1 says that neurons are active together; at initialisation that is no learning: all neurons see "
      "the same input. Within a ply means among positions with equally many moves, so that the course of the game does "
      "not count. Sorting the activations of a position forgets which neuron is which, and keeps how many are how "
      "strong. A probe loses by it before any training, too, since the random weights of one network are as good as "
      "names: only what is lost beyond the first checkpoint came with training.");
}

/// What the activations of a neuron look like over the training.
std::string moment_figure(const EmergenceResults& emergence) {
  const auto& all = emergence.independence;
  const auto drawn = [&](const std::string& title, const std::string& y, Unit unit,
                         std::optional<double> IndependenceFigures::*measure) -> std::string {
    LineChart chart(title, "games trained on", y, unit);
    chart.log_x = true;
    chart.height = 220;
    for (const auto& row : all) {
      const auto name = fmt::format("block {}", row.layer);
      auto series =
          std::find_if(chart.series.begin(), chart.series.end(), [&](const auto& s) { return s.name == name; });
      if (series == chart.series.end())
        series = chart.series.insert(
            series, {.name = name, .points = {}, .tone = tone_of(chart.series.size()), .markers = true});
      if (row.*measure && row.games > 0) series->points.push_back(chart_point(row.games, *(row.*measure)));
    }
    std::erase_if(chart.series, [](const ChartSeries& series) { return series.points.empty(); });
    return chart.series.empty() ? "" : draw(chart);
  };
  std::vector<std::string> charts{
      drawn("Kurtosis of a neuron, over the training", "kurtosis over positions, mean of neurons", Unit::plain,
            &IndependenceFigures::kurtosis),
      drawn("Share of neurons that are active, over the training", "active (above 0), % of neurons and positions",
            Unit::percent, &IndependenceFigures::active)};
  std::erase(charts, "");
  if (charts.empty()) return "";
  return figure("How single neurons are distributed, over the training.", side_by_side(charts),
                "A normal variable has a kurtosis of 3, whereas one of tens beside a small active share belongs to "
                "neurons that are silent but for a few positions; neither measure has an interval, and step 0, which "
                "has no place on the axis, is in the table above.");
}

std::string detector_figure(const EmergenceResults& emergence) {
  const auto& all = emergence.detectors;
  if (all.empty()) return "";
  const auto order = [](const DetectorFigures& a, const DetectorFigures& b) { return a.step < b.step; };
  const auto first = std::min_element(all.begin(), all.end(), order)->checkpoint;
  const auto last = std::max_element(all.begin(), all.end(), order)->checkpoint;
  std::vector<Cells> rows;
  const auto number = [](const std::optional<double>& value) { return value ? short_number(*value) : "–"; };
  std::string finding = "Single neurons as detectors of squares";
  const auto gain = [](const DetectorFigures& row) -> std::optional<double> {
    return row.best_mean && row.null_mean ? std::optional(*row.best_mean - *row.null_mean) : std::nullopt;
  };
  for (const auto& name : {first, last}) {
    if (!rows.empty() && first == last) break;
    for (const auto& row : of_checkpoint(all, name)) {
      rows.push_back({row.checkpoint, std::to_string(row.layer), number(row.best_mean), number(row.null_mean),
                      number(gain(row)), number(row.null_high),
                      row.above_null ? format_value(*row.above_null, Unit::percent) : "–",
                      row.above_by_chance ? format_value(*row.above_by_chance, Unit::percent) : "5 %"});
    }
  }
  const auto trained = of_checkpoint(all, last), untrained = of_checkpoint(all, first);
  const auto most = std::max_element(trained.begin(), trained.end(), [&](const auto& a, const auto& b) {
    return gain(a).value_or(-2) < gain(b).value_or(-2);
  });
  if (const auto at_last = gain(*most)) {
    finding += fmt::format(": at {} the best F1 is {} above the mean of chance in block {}", last,
                           short_number(*at_last), most->layer);
    if (trained.size() > 1) finding += fmt::format(", the most of {} blocks", trained.size());
    for (const auto& row : untrained)
      if (const auto at_first = gain(row); at_first && row.layer == most->layer && first != last)
        finding += fmt::format("; at {}, the control, {} in the same block", first, short_number(*at_first));
  }
  return figure(
      finding + ".",
      table({"Checkpoint", "Block", "Best F1, mean", "By chance, mean", "Best − chance", "By chance, 95 %",
             "Above that", "Expected by chance"},
            rows, "numbers"),
      "For each square and state, the neuron whose activity tells it best, by F1 (1 = active always and only then). "
      "Among many neurons the best looks good by chance: beside it stands what the best of as many reaches with labels "
      "that have nothing to do with the position. How much more it is after training than at the first checkpoint, "
      "whose "
      "random weights hold some already, is the finding; it has no interval. The last columns are the share of squares "
      "and states above the 95 % "
      "quantile of that, and what it would be with no detector at all: far more than 5 % may exceed it by an F1 that "
      "no "
      "one would call detection.");
}

std::string symmetry_figure(const EmergenceResults& emergence) {
  std::vector<Cells> rows;
  int seeds = 0;
  for (const auto& row : emergence.symmetry) {
    rows.push_back({std::to_string(row.layer), format_defined(row.ratio, Unit::plain)});
    seeds = std::max(seeds, row.seeds);
  }
  if (rows.empty()) return "";
  return figure(
      fmt::format("Over {} untrained models, the mean activation of a block varies as independent neurons would where "
                  "this is 1.",
                  seeds),
      table({"Block", "Width × variance of the mean / variance of a neuron"}, rows, "numbers"),
      "Theories of wide networks take the neurons of a block as draws from one distribution, independent given the "
      "input. Then the mean over a block varies from one initialisation to the next by the variance of a single neuron "
      "divided by the width. More than 1: neurons of one network have something in common.");
}

}  // namespace

std::string independence_figures(const EmergenceResults& emergence) {
  return independence_figure(emergence) + moment_figure(emergence) + detector_figure(emergence) +
         symmetry_figure(emergence);
}

}  // namespace othello
