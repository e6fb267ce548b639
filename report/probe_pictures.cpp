#include "report/probe_pictures.h"

#include <algorithm>
#include <cmath>

#include "report/chart.h"
#include "report/html.h"

namespace othello {
namespace {

/// A read-out in the colours of the layer chart.
struct Reader {
  const ProbeFigures* score;
  std::string label, tone;
};

/// The best probe and the controls that it is compared with; those that were measured.
std::vector<Reader> readers(const ProbeResults& probe) {
  std::vector<Reader> all{{probe.best_probe(), "network", "network"},
                          {probe.control("one-hot"), "one-hot", "input"},
                          {probe.control("untrained"), "untrained", "untrained"},
                          {probe.control("majority"), "majority", "chance"}};
  std::erase_if(all, [](const Reader& reader) { return reader.score == nullptr; });
  return all;
}

std::string percent(double value) { return format_value(value, Unit::percent); }

void add_ladder(LineChart& chart, const std::vector<FlipRung>& ladder, const std::string& label,
                const std::string& tone) {
  ChartSeries series{.name = label, .points = {}, .tone = tone, .markers = true};
  for (std::size_t i = 0; i < ladder.size(); ++i)
    if (ladder[i].accuracy) series.points.push_back(chart_point(static_cast<double>(i), *ladder[i].accuracy));
  chart.series.push_back(std::move(series));
}

/// "2 (13 %)": with the share of discs that were turned so often.
std::vector<std::string> rung_names(const std::vector<FlipRung>& ladder) {
  std::vector<std::string> names;
  for (const auto& rung : ladder)
    names.push_back(rung.flips + (rung.accuracy && rung.share ? fmt::format(" ({:.0f} %)", 100 * *rung.share) : ""));
  return names;
}

std::string undefined_rungs(const std::vector<FlipRung>& ladder) {
  std::string text;
  for (const auto& rung : ladder)
    if (!rung.accuracy) text += (text.empty() ? " Undefined: " : ", ") + rung.flips;
  return text.empty() ? text : text + ".";
}

std::string flip_finding(const std::vector<FlipRung>& network, const ProbeFigures* one_hot) {
  const auto both = [&](std::size_t i) {
    return one_hot != nullptr && i < one_hot->by_flips.size() && network[i].accuracy && one_hot->by_flips[i].accuracy;
  };
  std::vector<std::size_t> rungs;
  for (std::size_t i = 0; i < network.size(); ++i)
    if (both(i)) rungs.push_back(i);
  if (rungs.size() < 2) return "The more often a disc was turned, the less its first colour says about it.";
  const auto first = rungs.front(), last = rungs.back();
  const auto turned = [&](std::size_t i) {
    const auto& flips = network[i].flips;
    if (flips == "0") return std::string("never turned");
    return "turned " + (flips.ends_with('+') ? flips.substr(0, flips.size() - 1) + " times or more" : flips + " times");
  };
  const auto percents = [&](std::size_t i) {
    return std::pair(percent(network[i].accuracy->mean), percent(one_hot->by_flips[i].accuracy->mean));
  };
  return fmt::format("Of discs {}, the network gives {} and the moves alone {}; of those {}, {} and {}.", turned(first),
                     percents(first).first, percents(first).second, turned(last), percents(last).first,
                     percents(last).second);
}

}  // namespace

std::string flip_figure(const ProbeResults& probe) {
  const auto* best = probe.best_probe();
  if (best == nullptr || best->by_flips.empty()) return "";
  const std::string x_label = "how often the disc was turned (share of discs)";
  LineChart ladder("Share of discs read right, by how often they were turned", x_label, "discs, % right",
                   Unit::percent);
  ladder.x_names = rung_names(best->by_flips);
  for (const auto& reader : readers(probe)) add_ladder(ladder, reader.score->by_flips, reader.label, reader.tone);
  std::vector<std::string> charts{draw(ladder)};

  LineChart gains("What the network gains over its controls, by how often a disc was turned", x_label,
                  "network minus control, points", Unit::points);
  gains.x_names = ladder.x_names;
  for (const auto& [name, tone] : {std::pair{"one-hot", "input"}, {"untrained", "untrained"}})
    if (const auto* difference = probe.compared(name); difference != nullptr && !difference->by_flips.empty())
      add_ladder(gains, difference->by_flips, std::string("over ") + name, tone);
  gains.references.push_back({"", Estimate{}, "chance"});
  if (!gains.series.empty()) charts.push_back(draw(gains));
  return figure(
      flip_finding(best->by_flips, probe.control("one-hot")), side_by_side(charts),
      "A disc that was never turned has the colour of whoever placed it, which the list of moves says outright; each "
      "turn after that depends on the whole board at the time. A model that only computes from its inputs, without "
      "keeping a board, would follow the one-hot line: good at 0, and ever less above the majority as turns pile up; "
      "its gain (right) would be 0 all along. A board inside shows as a gain that the turns do not wear off. Whiskers "
      "are 95 % intervals over games; the gains are paired." +
          undefined_rungs(best->by_flips));
}

namespace {

std::string ply_finding(const ProbeFigures& best, const std::vector<PlyFigure>& one_hot) {
  const PlyFigure *network = nullptr, *moves = nullptr;
  for (const auto& a : best.by_ply)
    for (const auto& b : one_hot)
      if (a.ply == b.ply && (network == nullptr || a.accuracy - b.accuracy > network->accuracy - moves->accuracy))
        network = &a, moves = &b;
  if (network == nullptr) return "Accuracy by ply.";
  return fmt::format("After move {} the network leads the moves most: {} against {}.", network->ply,
                     percent(network->accuracy), percent(moves->accuracy));
}

std::string ply_figure(const ProbeResults& probe) {
  LineChart chart("Share of " + probe.labels() + " read right, by ply", "ply (number of moves played)",
                  probe.labels() + ", % right", Unit::percent);
  double error = 0;
  for (const auto& reader : readers(probe)) {
    ChartSeries series{.name = reader.label, .points = {}, .tone = reader.tone};
    for (const auto& ply : reader.score->by_ply) {
      series.points.push_back(chart_point(ply.ply, ply.accuracy));
      error = std::max(error, ply.standard_error);
    }
    if (!series.points.empty()) chart.series.push_back(std::move(series));
  }
  const auto* best = probe.best_probe();
  if (best == nullptr || best->by_ply.empty()) return "";
  const auto* one_hot = probe.control("one-hot");
  return figure(ply_finding(*best, one_hot != nullptr ? one_hot->by_ply : std::vector<PlyFigure>{}), draw(chart),
                fmt::format("Early boards follow from the few moves, and the lines start high. A model that only "
                            "computes from its inputs would fall with the one-hot line as moves pile up; one that "
                            "keeps a board stays above it as long as its next move depends on the board. No 95 % "
                            "interval is wider than ±{:.1f} points.",
                            196 * error));
}

std::string curve_figure(const std::vector<LearningCurve>& curves) {
  LineChart chart("Share read right, by the number of games that the probe was fitted on", "games fitted on", "% right",
                  Unit::percent);
  chart.log_x = true;
  std::string finding;
  for (const auto& curve : curves) {
    const std::string tone = curve.name == "network" ? "network" : curve.name == "untrained" ? "untrained" : "input";
    ChartSeries series{.name = curve.name, .points = {}, .tone = tone, .markers = true};
    for (const auto& [games, accuracy] : curve.points)
      if (accuracy) series.points.push_back(chart_point(games, *accuracy));
    if (series.points.empty()) continue;
    const auto& first = series.points.front();
    const auto& last = series.points.back();
    if (series.points.size() > 1)
      finding += finding.empty() ? fmt::format("From {} to {} games: {} {} to {}", format_count(first.x),
                                               format_count(last.x), curve.name, percent(first.y), percent(last.y))
                                 : fmt::format(", {} {} to {}", curve.name, percent(first.y), percent(last.y));
    chart.series.push_back(std::move(series));
  }
  if (chart.series.empty()) return "";
  return figure(finding.empty() ? "Accuracy against the games that the probe was fitted on." : finding + ".",
                draw(chart),
                "A board that is there is found with few games, and its line is flat. Where the probe itself must work "
                "out the board, as from a model that only hands on its inputs, the line climbs with the games and has "
                "not ended at the right edge.");
}

std::string width_figure(const std::vector<WidthScore>& widths) {
  LineChart chart("Share read right, by the width of untrained models", "width (d_model)", "% right", Unit::percent);
  chart.log_x = true;
  ChartSeries untrained{.name = "untrained", .points = {}, .tone = "untrained", .markers = true};
  std::string finding;
  for (const auto& width : widths) {
    if (!width.accuracy) continue;
    if (!width.trained) untrained.points.push_back(chart_point(width.d_model, *width.accuracy));
    else chart.references.push_back({"trained", *width.accuracy, "network"});
    if (width.trained)
      finding = fmt::format("; the trained ones, of width {}, {}", width.d_model, percent(width.accuracy->mean));
  }
  const auto& points = untrained.points;
  if (points.empty()) return "";
  const auto widest = std::max_element(points.begin(), points.end(), [](auto& a, auto& b) { return a.x < b.x; });
  finding = fmt::format("Random features of width {:.0f} give {}", widest->x, percent(widest->y)) + finding + ".";
  chart.series = {untrained};
  return figure(finding, draw(chart),
                "Untrained networks of growing width, each read at its best layer, on fewer games than above. If "
                "neurons drawn at random were enough, this line would meet the trained model's within a few doublings; "
                "each doubling's step says how far off that is.");
}

std::string rank_figure(const ProbeResults& probe) {
  LineChart chart("Share read right, by the rank of the probe", "rank of the probe", "% right", Unit::percent);
  chart.log_x = true;
  ChartSeries series{.name = "network", .points = {}, .tone = "network", .markers = true};
  for (const auto& score : probe.probes)
    if (score.kind == "low-rank" && score.size && score.accuracy)
      series.points.push_back(chart_point(*score.size, *score.accuracy));
  const auto* best = probe.best_probe();
  if (series.points.empty() || best == nullptr || !best->accuracy) return "";
  double enough = 0;  // the smallest rank within a point of all of it
  for (const auto& point : series.points)
    if (point.y > best->accuracy->mean - 0.01 && (enough == 0 || point.x < enough)) enough = point.x;
  chart.series = {series};
  chart.references = {{"full", *best->accuracy, "network"}};
  if (const auto* one_hot = probe.control("one-hot"); one_hot != nullptr)
    chart.references.push_back({"one-hot", *one_hot->accuracy, "input"});
  return figure(enough > 0 ? fmt::format("{:.0f} directions are enough to read it within a point.", enough)
                           : "No low rank comes within a point of the whole probe.",
                draw(chart),
                "The best site again, by a probe that may look along only so many directions. A board of independent "
                "squares needs about two directions for each square; few directions would say that the probe reads "
                "something simpler, such as how many discs each side has.");
}

}  // namespace

std::string effort_figures(const ProbeResults& probe, const ProbeMeasures& measures) {
  std::vector<std::string> figures{ply_figure(probe), curve_figure(measures.curves), width_figure(measures.widths),
                                   rank_figure(probe)};
  std::erase(figures, "");
  return figures.empty() ? "" : side_by_side(figures, "figures");
}

}  // namespace othello
