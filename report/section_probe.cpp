// Probe accuracy by layer beside its controls, and square by square.
#include <algorithm>
#include <cmath>
#include <set>

#include "report/board_picture.h"
#include "report/chart.h"
#include "report/html.h"
#include "report/probe_pictures.h"
#include "report/sections.h"

namespace othello {
namespace {

/// Either all squares or the colour of the occupied ones, of the same probes and controls.
using Measure = std::optional<Estimate> (*)(const ProbeFigures&);

std::optional<Estimate> all_squares(const ProbeFigures& score) { return score.accuracy; }
std::optional<Estimate> colour_right(const ProbeFigures& score) { return score.colour; }

ChartSeries by_layer(const std::vector<const ProbeFigures*>& scores, Measure measure, const std::string& label,
                     const std::string& tone) {
  ChartSeries series{.name = label, .points = {}, .tone = tone, .markers = true};
  for (const auto* score : scores)
    if (const auto value = measure(*score)) series.points.push_back(chart_point(*score->layer, *value));
  return series;
}

/// How many untrained models there are.
std::size_t untrained_seeds(const ProbeResults& probe) {
  std::set<double> seeds;
  for (const auto& score : probe.controls)
    if (score.name == "untrained" && score.seed) seeds.insert(*score.seed);
  return seeds.size();
}

std::string layer_chart(const ProbeResults& probe, Measure measure, const std::string& title,
                        const std::string& y_label) {
  LineChart chart(title, "residual stream after block (emb = embedding)", y_label, Unit::percent);
  chart.height = 360;
  int layers = 0;
  for (const auto& score : probe.probes) layers = std::max(layers, *score.layer);
  for (int layer = 0; layer <= layers; ++layer) chart.x_names.push_back(layer == 0 ? "emb" : std::to_string(layer - 1));
  const auto line = layer_line(probe.probes, "");
  if (!line.empty() && place_name(line[0]->site) == line[0]->site) chart.x_label = "best place in each block";
  chart.series.push_back(by_layer(line, measure, "network", "network"));
  chart.series.back().peak = true;
  chart.series.push_back(by_layer(layer_line(probe.controls, "untrained"), measure, "untrained", "untrained"));
  std::vector<const ProbeFigures*> logistic;
  for (const auto& score : probe.probes)
    if (score.kind == "logistic") logistic.push_back(&score);
  chart.series.push_back(by_layer(logistic, measure, "", "network"));
  chart.series.back().line = false;
  const struct {
    const char* name;
    const char* label;
    const char* tone;
  } references[] = {{"one-hot", "one-hot inputs", "input"},
                    {"bag-of-moves", "bag of moves", "bag"},
                    {"majority", "majority", "chance"}};
  for (const auto& reference : references)
    if (const auto* control = probe.control(reference.name))
      if (const auto value = measure(*control)) chart.references.push_back({reference.label, *value, reference.tone});
  return draw(chart);
}

std::string read_out_name(const ProbeFigures& score) {
  if (score.is_network()) return "network";
  const std::string name = input_name(score.name);
  return score.seed ? name + fmt::format(", seed {:.0f}", *score.seed) : name;
}

std::string kind_name(const ProbeFigures& score) {
  std::string name = score.kind;
  if (score.size) name = fmt::format("{} {}", score.kind == "mlp" ? "hidden layer of" : "rank", *score.size);
  return score.converged ? name : name + ", not converged";
}

std::string score_table(const ProbeResults& probe) {
  std::vector<Cells> rows;
  const auto add = [&](const ProbeFigures& score) {
    rows.push_back({read_out_name(score), score.site.empty() ? "–" : place_name(score.site), kind_name(score),
                    format_defined(score.accuracy, Unit::percent),
                    score.colour ? format_estimate(*score.colour, Unit::percent) : "–",
                    score.accuracy ? format_count(static_cast<double>(score.accuracy->n)) : "–"});
  };
  for (const auto& score : probe.probes) add(score);
  for (const auto& score : probe.controls) add(score);
  const std::string right = probe.reads_board() ? "Squares right" : "Labels right";
  return folded("The figures as a table, with 95 % intervals",
                table({"Read-out", "Where", "Probe", right, "Colour right, occupied", "Games"}, rows, "numbers"));
}

std::string probe_finding(const ProbeResults& probe) {
  if (!probe.best) return "The accuracy is undefined: every label is the same.";
  std::string text =
      "The best linear probe reads " + format_value(probe.best->mean, Unit::percent) + " of " + probe.labels();
  const auto* one_hot = probe.control("one-hot");
  const auto* gain = probe.difference("one-hot");
  if (one_hot != nullptr && gain != nullptr)
    text += "; a probe that sees only the moves reads " + format_value(one_hot->accuracy->mean, Unit::percent) +
            ", a paired difference of " + format_estimate(*gain, Unit::points);
  return text + ".";
}

std::string captioned(const std::string& name, const std::string& detail, const std::string& picture) {
  return element("p", {{"class", "caption"}},
                 escape(name) + (detail.empty() ? "" : " " + element("span", {}, escape(detail)))) +
         picture;
}

/// One board per layer, then the one-hot inputs and how far the best layer is above them.
std::string heat_maps(const ProbeResults& probe, const BoardSize& board) {
  std::vector<const ProbeFigures*> maps;
  for (const auto* score : layer_line(probe.probes, ""))
    if (score->squares) maps.push_back(score);
  const auto* one_hot = probe.control("one-hot");
  if (one_hot != nullptr && !one_hot->squares) one_hot = nullptr;
  if (maps.empty()) return "";

  // The embedding knows little more than where the last move went; the scale begins where the other layers begin, so
  // that their differences show.
  ColourScale scale{.low = 1, .high = 1, .open_below = true};
  const auto widen = [&](const ProbeFigures& score) {
    for (const auto& value : *score.squares) scale.low = std::min(scale.low, value.value_or(1));
  };
  for (const auto* score : maps)
    if (*score->layer > 0) widen(*score);
  if (one_hot != nullptr) widen(*one_hot);
  scale.low = std::max(0.0, std::floor(scale.low * 20) / 20);
  if (scale.low >= 1) scale.low = 0.95;

  const double width = board.side == 8 ? 214 : 166;
  const auto picture = [&](const std::string& title, const SquareValues& values, const ColourScale& colours,
                           Unit unit) {
    return draw(
        BoardHeat{.title = title, .size = board, .values = values, .scale = colours, .unit = unit, .width = width});
  };
  std::vector<std::string> boards;
  for (const auto* score : maps) {
    std::string name = place_name(score->site);
    if (name != score->site) name = *score->layer == 0 ? "Embedding" : "After " + layer_name(*score->layer);
    boards.push_back(captioned(name, format_value(score->accuracy->mean, Unit::percent),
                               picture("Accuracy per square: " + name, *score->squares, scale, Unit::percent)));
  }
  std::string text = side_by_side(boards, "boards") +
                     draw_legend(scale, Unit::percent, "share of positions where the square is read right");
  const auto best = std::max_element(maps.begin(), maps.end(), [&](const auto* a, const auto* b) {
    return std::pair(a->site == probe.best_site, a->rank()) < std::pair(b->site == probe.best_site, b->rank());
  });
  if (one_hot == nullptr) return text;

  SquareValues gain;
  ColourScale gains{.low = -0.01, .high = 0.01, .colour = diverging, .reversed = false, .centred = true};
  for (std::size_t s = 0; s < gain.size(); ++s) {
    if (!(*best)->squares->at(s) || !one_hot->squares->at(s)) continue;
    gain[s] = *(*best)->squares->at(s) - *one_hot->squares->at(s);
    gains.high = std::max(gains.high, std::abs(*gain[s]));
  }
  gains.high = std::ceil(gains.high * 100) / 100;
  gains.low = -gains.high;
  return text + element("h3", {}, "Beside what the moves alone give") + "\n" +
         side_by_side(
             {captioned("One-hot inputs", format_value(one_hot->accuracy->mean, Unit::percent),
                        picture("Accuracy per square: one-hot inputs", *one_hot->squares, scale, Unit::percent)),
              captioned("Best layer minus one-hot", "points",
                        picture("Accuracy per square: best layer minus one-hot inputs", gain, gains, Unit::points)),
              draw_legend(gains, Unit::points, "orange: the moves read better; blue: the network")},
             "boards");
}

std::string layer_reading(const ProbeResults& probe) {
  const auto seeds = untrained_seeds(probe);
  const bool logistic =
      std::any_of(probe.probes.begin(), probe.probes.end(), [](const auto& score) { return score.kind == "logistic"; });
  return "A probe is a linear map from the network's inner state to " +
         (probe.reads_board() ? probe.states() + " on every square" : probe.labels()) +
         ", fitted on some games and measured on others. The blue line shows a board inside only where it stands above "
         "all the others: the same network before training" +
         (seeds > 1 ? fmt::format(" (at each layer the best of {} with fresh weights)", seeds) : "") +
         ", and the dashed lines, which use no network but the list of moves with their order (one-hot), the moves "
         "without it (bag), or the most common state of each square (majority). Whether a square is occupied follows "
         "from the moves, so the colour of occupied squares, right, is the harder measure. Whiskers and bands are 95 % "
         "intervals over games, often smaller than the dots" +
         (logistic ? "; the diamond is a logistic probe." : ".");
}

}  // namespace

std::string probe_section(const RunDocuments& run) {
  const std::string heading = "Can a linear probe read the board from inside?";
  if (!run.probe)
    return section(run.anchors + "probe", heading,
                   missing("No probe was fitted yet.", result_command("probe", run.model)));
  const ProbeResults probe = read_probe(*run.probe);
  const ProbeMeasures measures = read_measures(*run.probe);
  const BoardSize board = probe.board ? *probe.board : Field("config.json", run.config)["model"]["board"].board();

  const std::string what = probe.reads_board() ? "squares" : "labels";
  std::vector<std::string> charts{
      layer_chart(probe, all_squares, "Share of " + what + " read right, by layer",
                  probe.reads_board() ? "all squares: " + probe.states() + ", % right" : probe.labels() + ", % right")};
  const bool colours =
      std::any_of(probe.probes.begin(), probe.probes.end(), [](const auto& score) { return score.colour.has_value(); });
  if (colours)
    charts.push_back(layer_chart(probe, colour_right, "Share of occupied squares with the colour right, by layer",
                                 "occupied squares: colour, % right"));
  std::string text = figure(probe_finding(probe), side_by_side(charts), layer_reading(probe)) + score_table(probe);
  text += flip_figure(probe) + information_figure(probe, measures);
  const std::string maps = heat_maps(probe, board);
  if (!maps.empty())
    text += figure(
        "Square by square, layer by layer.", maps,
        "Each number is the percentage of positions in which the probe reads that square right; a blank one never "
        "changes. All boards share one colour scale. Corners and edges change colour rarely and are easy to read; the "
        "middle is where discs are turned again and again.");
  text += effort_figures(probe, measures) + direction_figure(measures) + probe_tables(probe, measures);
  return section(run.anchors + "probe", heading, text);
}

}  // namespace othello
