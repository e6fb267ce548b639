// How the training went, and how well the model predicts move by move.
#include <cmath>

#include "report/chart.h"
#include "report/document.h"
#include "report/html.h"
#include "report/sections.h"

namespace othello {
namespace {

std::string nats(double value) { return format_value(value, Unit::plain) + " nats"; }

/// Two charts over the same x: loss with the floor it cannot go below, and the share of legal first choices.
struct LearningCurves {
  ChartSeries loss{.name = "loss", .points = {}, .tone = "network"};
  ChartSeries floor{.name = "floor", .points = {}, .tone = "floor", .dashed = true};
  ChartSeries legal{.name = "", .points = {}, .tone = "network"};

  void add(const Field& line, double x, const char* loss_name) {
    if (const auto value = line.find(loss_name)) loss.points.push_back(chart_point(x, value->number()));
    if (const auto value = line.find("floor")) floor.points.push_back(chart_point(x, value->number()));
    if (const auto value = line.find("legal_top1")) legal.points.push_back(chart_point(x, value->number(0, 1)));
  }

  bool empty() const { return loss.points.empty() && legal.points.empty(); }

  std::string draw_both(const std::string& over, const std::string& x_label, bool log_x) const {
    LineChart losses("Loss and its floor over " + over, x_label, "cross-entropy, nats per move", Unit::plain);
    losses.log_x = log_x;
    losses.series = {loss};
    if (!floor.points.empty()) {
      losses.series.push_back(floor);
      losses.gap = "gap";
    }
    ChartSeries named = legal;
    named.name = "legal";
    LineChart moves("Share of legal first choices over " + over, x_label, "legal top-1, % of positions", Unit::percent);
    moves.log_x = log_x;
    moves.series = {named};
    return side_by_side({draw(losses), draw(moves)});
  }
};

/// The world-model metrics with their controls; "" if they were not measured.
std::string world_model_part(const Field& document) {
  const auto found = document.find("world_model");
  if (!found) return "";
  std::vector<Cells> rows;
  const auto add = [&](const std::string& name, const Field& row) {
    Cells cells{name};
    for (const char* metric : {"compression", "distinction_precision", "distinction_recall"}) {
      const auto value = row.find(metric);
      cells.push_back(value ? format_estimate(value->share(), Unit::percent, "pairs") : "none");
    }
    rows.push_back(cells);
  };
  add("the model", *found);
  for (const auto& control : (*found)["controls"].list()) add(control["name"].text(), control);
  return paragraph(
             "Does it tell the states of the game apart, and only those (Vafa et al. 2024)? Compression: pairs of "
             "different moves to the same board after which it accepts the same continuations. Distinction: of the "
             "shortest continuations that it accepts after one board and not after another, those for which the rules "
             "say so too (precision), and of those for which the rules say so, the ones that it sees (recall).") +
         table({"", "Compression", "Distinction precision", "Distinction recall"}, rows);
}

}  // namespace

std::string learning_section(const RunDocuments& run) {
  const std::string heading = "How well did it learn to play legal moves?";
  LearningCurves curves;
  for (std::size_t i = 0; i < run.metrics.size(); ++i) {
    const Field line(fmt::format("metrics.jsonl line {}", i + 1), run.metrics[i]);
    curves.add(line, line["games"].number(0), "loss");
  }
  if (curves.empty())
    return section("learning", heading,
                   missing("There is no record of the training yet.",
                           "othello-gpt train --resume --out " + shell_word(run.model)));
  std::string finding = "Training";
  if (!curves.loss.points.empty() && !curves.floor.points.empty()) {
    const double gap = curves.loss.points.back().y - curves.floor.points.back().y;
    finding = "The loss ended " + nats(std::abs(gap)) + (gap < 0 ? " below" : " above") +
              " the floor, the least that any predictor of these games can reach.";
  }
  const std::string reading =
      "The player of these games draws each move by chance (a uniform one from the legal moves alike): the floor is "
      "that chance, and the shaded gap above it is what the model still gets wrong about it. Legal top-1 is the share "
      "of positions where its first choice is a legal move. The scale of games is logarithmic.";
  return section("learning", heading,
                 figure(finding, curves.draw_both("the games of the training", "games trained on", true), reading));
}

std::string evaluation_section(const RunDocuments& run) {
  if (!run.evaluate)
    return section(run.anchors + "evaluation", "Move by move, on fresh games",
                   missing("The model was not evaluated on fresh games yet.", result_command("evaluate", run.model)));
  const Field document("results/evaluate.json", *run.evaluate);
  const bool seen = !document.held_out();  // an expert's games, which training replayed as well
  LearningCurves curves;
  if (const auto plies = document.find("by_ply"))
    for (const auto& ply : plies->list()) curves.add(ply, ply["ply"].number(0), "cross_entropy");
  const auto legal = document["legal_top1"].share();
  std::string finding = format_estimate(legal, Unit::percent, "games") + " of first choices are legal";
  if (const auto excess = document.find("excess"))
    finding += "; the loss is " + format_estimate(excess->estimate(), Unit::plain) + " nats above the floor";
  finding += ".";
  std::vector<Cells> rows;
  const auto add = [&](const char* name, const char* label, Unit unit) {
    if (const auto field = document.find(name)) {
      const auto estimate = field->estimate();
      rows.push_back({label, format_value(estimate.mean, unit), format_interval(estimate, unit),
                      format_count(static_cast<double>(estimate.n)) + " games"});
    }
  };
  add("cross_entropy", "Cross-entropy, nats", Unit::plain);
  add("floor", "Floor, nats", Unit::plain);
  add("excess", "Excess over the floor, nats", Unit::plain);
  add("kl", "KL from uniform over the legal moves to the model, nats", Unit::plain);
  add("kl_player", "KL from the player's distribution to the model, nats", Unit::plain);
  add("legal_top1", "Legal top-1", Unit::percent);
  add("legal_mass", "Probability on legal moves", Unit::percent);
  const std::string reading = fmt::format(
      "Left to right is one game from its opening to its end, averaged over games that the model {} The "
      "floor rises and falls with the choice that the player has. Where the gap is wide, or fewer first "
      "choices are legal, the model has lost track of the board.",
      seen ? "was, or may have been, trained on: how it plays others, they do not tell." : "never saw.");
  const std::string pictures =
      curves.empty() ? "" : curves.draw_both("the plies of a game", "ply (number of moves played)", false);
  return section(run.anchors + "evaluation",
                 seen ? "Move by move, on games not held out" : "Move by move, on fresh games",
                 figure(finding, pictures, reading) +
                     folded("The figures as a table", table({"Measure", "Mean", "95 % interval", "n"}, rows)) +
                     world_model_part(document));
}

}  // namespace othello
