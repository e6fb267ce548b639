// Loss, concepts, learning coefficient and kernel over the training, on one axis of games.
#include <algorithm>
#include <cmath>
#include <limits>

#include "report/html.h"
#include "report/theory_pictures.h"

namespace othello {
namespace {

constexpr std::size_t kLines = 6;

/// All charts have the same x axis, from the first games to the last.
struct Span {
  double first = std::numeric_limits<double>::infinity(), last = 0;
  void include(double games) {
    if (games > 0) first = std::min(first, games), last = std::max(last, games);
  }
};

Span span_of(const TheoryResults& theory) {
  Span span;
  if (theory.emergence) {
    for (const auto& c : theory.emergence->checkpoints) span.include(c.games);
    for (const auto& p : theory.emergence->llc) span.include(p.games);
    for (const auto& p : theory.emergence->velocity) span.include(p.games);
  }
  if (theory.llc)
    for (const auto& e : theory.llc->estimates)
      if (e.is_whole()) span.include(e.games);
  if (theory.ntk)
    for (const auto& m : theory.ntk->training) span.include(m.games);
  return span;
}

class TrainingCharts {
 public:
  explicit TrainingCharts(const TheoryResults& theory) : theory_(theory), span_(span_of(theory)) {}

  std::vector<std::string> draw_all() {
    if (!(span_.last > span_.first)) return {};
    if (theory_.emergence) {
      loss_chart();
      legal_chart();
      concept_chart();
    }
    llc_chart();
    kernel_charts();
    return charts_;
  }

  /// What has to be said of the charts drawn; "" if nothing.
  const std::string& note() const { return note_; }

 private:
  LineChart chart(const std::string& title, const std::string& y, Unit unit) const {
    LineChart chart(title + " over the training", "games trained on", y, unit);
    chart.log_x = true;
    chart.x_range = {span_.first, span_.last};
    chart.height = 260;
    return chart;
  }

  void add(LineChart chart, const std::string& stages) {
    std::erase_if(chart.series, [](const ChartSeries& series) { return series.points.empty(); });
    if (chart.series.empty()) return;
    if (theory_.emergence)
      for (const auto& [by, boundaries] : theory_.emergence->stages)
        if (by == stages)
          for (const double games : boundaries) chart.marks.push_back({format_short(games), games});
    charts_.push_back(draw(chart));
  }

  void loss_chart() {
    const auto& checkpoints = theory_.emergence->checkpoints;
    const bool excess =
        std::any_of(checkpoints.begin(), checkpoints.end(), [](const auto& c) { return c.excess.has_value(); });
    auto made = chart(excess ? "Excess over the floor" : "Cross-entropy",
                      excess ? "excess over the floor, nats" : "cross-entropy, nats", Unit::plain);
    made.log_y = excess;
    ChartSeries series{.name = excess ? "excess" : "loss", .points = {}, .tone = "network", .markers = true};
    for (const auto& c : checkpoints)
      if (const auto& value = excess ? c.excess : c.cross_entropy)
        series.points.push_back(chart_point(c.games, *value));
    made.series.push_back(std::move(series));
    add(std::move(made), "loss");
  }

  void legal_chart() {
    auto made = chart("Legal first choices", "legal top-1, % of positions", Unit::percent);
    ChartSeries series{.name = "legal", .points = {}, .tone = "network", .markers = true};
    for (const auto& c : theory_.emergence->checkpoints)
      if (c.legal_top1) series.points.push_back(chart_point(c.games, *c.legal_top1));
    made.series.push_back(std::move(series));
    add(std::move(made), "legal_top1");
  }

  /// The board by flips, else whatever there is.
  void concept_chart() {
    std::vector<std::pair<std::string, std::string>> wanted;
    for (const bool ladder : {true, false}) {
      for (const auto& c : theory_.emergence->checkpoints)
        for (const auto& a : c.concepts) {
          const std::pair found(a.name, a.flips);
          const bool fits = !ladder || (a.name == "board" && !a.flips.empty());
          if (fits && std::find(wanted.begin(), wanted.end(), found) == wanted.end()) wanted.push_back(found);
        }
      if (!wanted.empty()) break;
    }
    if (wanted.size() > kLines) wanted.resize(kLines);
    auto made = chart("Accuracy of concepts", "probe: % right, by flips of the disc", Unit::percent);
    made.height = 320;
    for (const auto& [name, flips] : wanted) {
      ChartSeries series{.name = flips.empty() ? name : flips + (flips == "1" ? " flip" : " flips"),
                         .points = {},
                         .tone = tone_of(made.series.size()),
                         .markers = true};
      for (const auto& c : theory_.emergence->checkpoints)
        for (const auto& a : c.concepts)
          if (a.name == name && a.flips == flips) series.points.push_back(chart_point(c.games, a.accuracy));
      made.series.push_back(std::move(series));
    }
    add(std::move(made), "loss");
  }

  /// Of llc.json, or else what emergence.json has of it.
  std::vector<SeriesPoint> llc_points() const {
    std::vector<SeriesPoint> points;
    if (theory_.llc)
      for (const auto& e : theory_.llc->estimates)
        if (e.is_whole() && e.llc) points.push_back({e.games, *e.llc, e.valid, e.decayed.value_or(false)});
    const auto known = std::count_if(points.begin(), points.end(), [](const auto& p) { return p.games > 0; });
    if (known < 2 && theory_.emergence && !theory_.emergence->llc.empty()) points = theory_.emergence->llc;
    return points;
  }

  /// Weights that the optimiser still moves are no minimum, so that their coefficients are a line of their own.
  void llc_chart() {
    const auto points = llc_points();
    if (points.size() < 2) return;
    auto made = chart("Learning coefficient", "LLC (empty diamonds: not valid)", Unit::plain);
    ChartSeries rest{.name = "at rest", .points = {}, .tone = "network", .markers = true};
    ChartSeries moving{.name = "not at rest", .points = {}, .tone = "untrained", .markers = true, .dashed = true};
    for (const auto& p : points) {
      auto at = chart_point(p.games, p.value);
      at.hollow = !p.valid;
      (p.at_rest ? rest : moving).points.push_back(at);
    }
    if (!moving.points.empty())
      note_ = fmt::format(
          "{} of {} learning coefficients drawn are of checkpoints whose learning rate had not decayed, or of which "
          "that "
          "is not known (dashed, not at rest): such weights are no minimum of the loss, and a step in this line may be "
          "one of the learning rate.",
          moving.points.size(), points.size());
    made.series.push_back(std::move(moving)), made.series.push_back(std::move(rest));
    add(std::move(made), "llc");
  }

  /// Distances are from the first checkpoint measured, which is not the initialisation where that was not kept.
  std::string kernel_origin() const {
    if (!theory_.ntk || theory_.ntk->training.empty()) return "initialisation";
    const auto& first = theory_.ntk->training.front();
    if (first.step) return *first.step > 0 ? "step " + format_count(*first.step) : "initialisation";
    return first.games > 0 ? "the first checkpoint" : "initialisation";
  }

  void kernel_charts() {
    auto made = chart("Kernel distance", "kernel: distance from " + kernel_origin(), Unit::plain);
    ChartSeries distance{.name = "distance", .points = {}, .tone = "kernel", .markers = true};
    auto moving = chart("Kernel velocity", "kernel velocity: distance per e-fold of steps", Unit::plain);
    ChartSeries velocity{.name = "velocity", .points = {}, .tone = "kernel", .markers = true};
    moving.log_y = true;
    auto aligned = chart("Alignment of the kernel with concepts", "alignment of the kernel", Unit::plain);
    std::vector<std::string> names;
    if (theory_.ntk && !theory_.ntk->training.empty())
      for (const auto& [name, value] : theory_.ntk->training.back().alignment) names.push_back(name);
    names = chosen_names(names, kLines);
    if (theory_.ntk)
      for (const auto& m : theory_.ntk->training) {
        if (m.distance) distance.points.push_back(chart_point(m.games, *m.distance));
        if (m.velocity) velocity.points.push_back(chart_point(m.games, *m.velocity));
        for (const auto& [name, value] : m.alignment) {
          auto found = std::find_if(aligned.series.begin(), aligned.series.end(),
                                    [&, &n = name](const ChartSeries& s) { return s.name == n; });
          if (found == aligned.series.end()) {
            if (std::find(names.begin(), names.end(), name) == names.end()) continue;
            aligned.series.push_back(
                {.name = name, .points = {}, .tone = tone_of(aligned.series.size()), .markers = true});
            found = aligned.series.end() - 1;
          }
          found->points.push_back(chart_point(m.games, value));
        }
      }
    if (velocity.points.empty() && theory_.emergence)
      for (const auto& p : theory_.emergence->velocity) velocity.points.push_back(chart_point(p.games, p.value));
    made.series.push_back(std::move(distance)), moving.series.push_back(std::move(velocity));
    add(std::move(made), "loss"), add(std::move(moving), "loss"), add(std::move(aligned), "loss");
  }

  const TheoryResults& theory_;
  Span span_;
  std::vector<std::string> charts_;
  std::string note_;
};

std::string onset_table(const EmergenceResults& emergence) {
  std::vector<Cells> rows;
  for (const auto& o : emergence.onsets) {
    const auto games = [&](const Estimate& e) {
      return format_count(e.mean) + (o.complete ? "" : "+") +
             (e.high > e.low ? " (" + format_count(e.low) + " to " + format_count(e.high) + ")" : "");
    };
    rows.push_back({concept_title(o.name, o.flips),
                    o.games ? games(*o.games) : "none" + (o.undefined.empty() ? "" : ": " + o.undefined),
                    o.width && o.games ? format_estimate(*o.width, Unit::plain) : "–",
                    o.error ? short_number(*o.error) : "–", o.beyond_moves ? format_count(*o.beyond_moves) : "–"});
  }
  if (rows.empty()) return "";
  return folded(
      "When each concept came, with 95 % intervals",
      table({"Concept", "Onset, games", "Width, decades", "Error of the fit", "Beyond the moves from, games"}, rows));
}

std::string stage_line(const EmergenceResults& emergence) {
  std::string text;
  for (const auto& [by, boundaries] : emergence.stages) {
    std::string games;
    for (const double at : boundaries) games += (games.empty() ? "" : ", ") + format_count(at);
    text += (text.empty() ? "Boundaries of stages, in games: by " : "; by ") +
            (by == "legal_top1" ? "legal moves"
             : by == "llc"      ? "LLC"
                                : by) +
            ", " + (games.empty() ? "none" : games);
  }
  return text.empty() ? "" : paragraph(text + ".", "detail");
}

std::string onset_finding(const EmergenceResults& emergence) {
  std::string text;
  for (const auto& o : emergence.onsets)
    if (o.name == "board" && !o.flips.empty() && o.games)
      text += fmt::format("{}{} at {} ({} to {})", text.empty() ? "" : ", ", o.flips, o.short_games(),
                          format_short(o.games->low), format_short(o.games->high));
  return text.empty() ? "" : "By flips, the reading of discs is half way up after so many games: " + text + ".";
}

}  // namespace

std::string training_figures(const TheoryResults& theory) {
  TrainingCharts made(theory);
  const auto charts = made.draw_all();
  std::string more, finding;
  if (!made.note().empty()) more = paragraph(made.note(), "detail");
  if (theory.emergence) {
    more += stage_line(*theory.emergence) + onset_table(*theory.emergence);
    finding = onset_finding(*theory.emergence);
  }
  if (charts.empty() && more.empty()) return "";
  return figure(
      finding.empty() ? "What changes when." : finding, side_by_side(charts) + more,
      "All charts have the same logarithmic axis of games. Look for what bends at the same place. If reading the board "
      "comes in a stage of its own, its curves rise together and late, while the loss falls or the learning "
      "coefficient "
      "steps up; if it comes gradually, every rung has its own time and the loss shows nothing. Dashed lines are the "
      "boundaries of stages found in the measure of that chart (concepts and kernel: in the loss). The onset of a "
      "concept is the middle of a logistic curve fitted to its accuracies over the logarithm of games; a + "
      "says that it had not levelled off within the run, so that the figure leans on an extrapolation; the table says "
      "from which checkpoint on the network tells more than "
      "the moves do. Initialisation, after no games, has no place on the axis. A learning coefficient drawn as an "
      "empty diamond failed its "
      "diagnostics and says nothing. Things that happen at once need not cause each other.");
}

}  // namespace othello
