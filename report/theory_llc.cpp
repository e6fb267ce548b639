// Local learning coefficients: what each part of the network and of the data contributes, and whether to believe it.
#include <algorithm>

#include "report/bars.h"
#include "report/html.h"
#include "report/theory_pictures.h"

namespace othello {
namespace {

constexpr std::size_t kBars = 32, kChains = 8;  // more of them crowd a picture

/// " (8 of 12 are drawn)"; "" where all are.
std::string drawn_of(std::size_t drawn, std::size_t all) {
  return drawn < all ? fmt::format(" ({} of {} are drawn)", drawn, all) : "";
}

/// Of an estimate that failed its diagnostics.
std::string not_valid(const std::string& reason) {
  return "not valid: " + (reason.empty() ? "no reason given" : reason);
}

std::string part_title(const std::string& name) {
  if (name == "all") return "all";
  constexpr std::string_view kFlips = "flips:", kPly = "ply:", kPlayer = "player:";
  if (name.starts_with(kFlips)) return name.substr(kFlips.size()) + (name == "flips:1" ? " flip" : " flips");
  if (name.starts_with(kPly)) return "plies " + name.substr(kPly.size());
  if (name.starts_with(kPlayer)) return "games of " + name.substr(kPlayer.size());
  return name;
}

/// Those of the last checkpoint whole, and in parts by one of the two names.
std::vector<const LlcEstimate*> parts_of(const LlcResults& llc, std::string LlcEstimate::*part,
                                         std::string LlcEstimate::*other) {
  std::vector<const LlcEstimate*> parts;
  for (const auto& e : llc.estimates) {
    if (e.*other != "all") continue;
    const auto same = std::find_if(parts.begin(), parts.end(), [&](const auto* p) { return p->*part == e.*part; });
    if (same == parts.end()) parts.push_back(&e);
    else if (e.games >= (*same)->games) *same = &e;
  }
  return parts;
}

std::string bars(const std::vector<const LlcEstimate*>& parts, std::string LlcEstimate::*part,
                 const std::string& what) {
  if (parts.size() < 2) return "";
  BarChart chart{
      .title = "Learning coefficient by " + what,
      .x_label = "LLC by " + what + ", last checkpoint" + drawn_of(std::min(kBars, parts.size()), parts.size()),
      .unit = Unit::plain,
      .bars = {}};
  for (const auto* e : parts) {
    if (chart.bars.size() == kBars) break;
    const bool shown = e->valid && e->llc;
    chart.bars.push_back({part_title(e->*part), shown ? e->llc : std::nullopt, shown ? "network" : "chance",
                          !e->valid ? "not valid"
                          : e->llc  ? short_estimate(*e->llc)
                                    : ""});
  }
  return draw(chart);
}

/// Never a number where the diagnostics failed: it would be quoted.
std::string estimate_text(bool valid, const std::string& reason, const std::optional<Estimate>& llc) {
  if (!valid) return not_valid(reason);
  return llc ? short_estimate(*llc) : "undefined";
}

std::string estimate_table(const LlcResults& llc) {
  std::vector<Cells> rows;
  for (const auto& e : llc.estimates)
    rows.push_back({e.checkpoint, e.component, part_title(e.subset), estimate_text(e.valid, e.reason, e.llc),
                    e.llc && e.llc->n > 0 ? format_count(static_cast<double>(e.llc->n)) : "–",
                    e.parameters ? format_count(*e.parameters) : "–",
                    !e.decayed   ? "not known"
                    : *e.decayed ? "yes"
                                 : "no"});
  return folded(fmt::format("All {} estimates, with 95 % intervals over chains", rows.size()),
                table({"Checkpoint", "Weights", "Data", "LLC", "Chains", "Number of weights", "Rate decayed"}, rows));
}

/// The loss along each chain of an estimate.
std::string trace_chart(const LlcEstimate& e) {
  const auto drawn = std::min(kChains, e.traces.size());
  const std::string title = "Loss along the chains, " + e.checkpoint + drawn_of(drawn, e.traces.size()) +
                            (e.valid ? "" : ", " + not_valid(e.reason));
  LineChart chart(title, "draw", "mean loss of the chains, nats", Unit::plain);
  chart.height = 220;
  for (std::size_t c = 0; c < drawn; ++c) {
    ChartSeries series{.name = "", .points = {}, .tone = tone_of(c)};
    for (const auto& [draw, loss] : e.traces[c]) series.points.push_back(chart_point(draw, loss));
    chart.series.push_back(std::move(series));
  }
  std::erase_if(chart.series, [](const ChartSeries& s) { return s.points.size() < 2; });
  return chart.series.empty() ? "" : element("p", {{"class", "caption"}}, prose(title)) + draw(chart);
}

std::string llc_finding(const LlcResults& llc) {
  const auto* whole = llc.last("all", "all");
  const auto failed = std::count_if(llc.estimates.begin(), llc.estimates.end(), [](const auto& e) { return !e.valid; });
  std::string text = "Local learning coefficients";
  if (whole != nullptr) {
    text = (whole->at_end ? "At the end of the training" : "At " + whole->checkpoint) +
           " the local learning coefficient is " + estimate_text(whole->valid, whole->reason, whole->llc);
    if (whole->valid && whole->llc)
      text += fmt::format(" over {} chains, a number that compares only with others of the same nβ and γ",
                          format_count(static_cast<double>(whole->llc->n)));
    if (!whole->decayed) text += "; whether its learning rate had decayed is not known";
    else if (!*whole->decayed) text += "; its learning rate had not decayed";
  }
  if (failed > 0) text += fmt::format("; {} of {} estimates failed their diagnostics", failed, llc.estimates.size());
  return text + ".";
}

std::string sweep_table(const LlcResults& llc) {
  if (llc.sweep.empty()) return "";
  const auto setting = [](const std::optional<double>& value) { return value ? fmt::format("{:g}", *value) : "–"; };
  std::vector<Cells> rows;
  for (const auto& p : llc.sweep) {
    rows.push_back(
        {setting(p.step_size), setting(p.gamma), setting(p.n_beta), estimate_text(p.valid, p.reason, p.llc)});
  }
  return folded("How much the settings matter", table({"ε", "γ", "nβ", "LLC"}, rows));
}

std::string case_figure(const LlcResults& llc) {
  if (llc.cases.empty()) return "";
  std::vector<Cells> rows;
  for (const auto& c : llc.cases)
    rows.push_back({c.name, c.lambda ? short_number(*c.lambda) : "–", short_number(c.truth),
                    c.estimate ? format_estimate(*c.estimate, Unit::plain) : "undefined"});
  return figure(
      "Where the answer is known, the same sampler finds this.",
      table({"Case", "λ", "With these settings", "Found"}, rows, "numbers"),
      "Each row is a model whose learning coefficient λ is known exactly. With these settings (finite nβ, γ, ε) "
      "the estimator comes to the third column, exactly, and the sampler found the last one. Where the last "
      "two differ, the sampler is at fault; where the second and third do, the estimator itself: that "
      "is how far to trust the figures above, which have no truth beside them.");
}

}  // namespace

std::string llc_figures(const LlcResults& llc) {
  if (llc.estimates.empty()) return sweep_table(llc) + case_figure(llc);
  std::vector<std::string> charts{
      bars(parts_of(llc, &LlcEstimate::component, &LlcEstimate::subset), &LlcEstimate::component, "weights left free"),
      bars(parts_of(llc, &LlcEstimate::subset, &LlcEstimate::component), &LlcEstimate::subset, "data")};
  if (const auto* whole = llc.last("all", "all")) charts.push_back(trace_chart(*whole));
  std::erase(charts, "");
  const auto not_decayed =
      std::count_if(llc.estimates.begin(), llc.estimates.end(), [](const auto& e) { return e.decayed == false; });
  std::string settings = llc.settings.empty() ? "" : paragraph("Settings: " + llc.settings + ".", "detail");
  if (not_decayed > 0)
    settings +=
        paragraph(fmt::format("{} of {} estimates are of checkpoints whose learning rate had not decayed: such "
                              "weights are no minimum of the loss, and the estimates may say more of the rate than "
                              "of the model.",
                              not_decayed, llc.estimates.size()),
                  "detail");
  return figure(
             llc_finding(llc), side_by_side(charts) + settings + estimate_table(llc) + sweep_table(llc),
             "The local learning coefficient counts how many directions in the space of weights the loss depends on, "
             "near the weights that training found: low where many changes of weights leave the loss as it is. It is "
             "estimated by how much the loss rises on a random walk that is held near these weights; intervals are "
             "over the walks (chains). Restricted to some weights it says how finely those are tuned; against "
             "the loss on a part of the data, how finely all are tuned to that part. The walk must level off: "
             "a loss that still rises along the chains, or lies below that of the start, is no estimate. Absolute "
             "values depend on the settings (γ pulls them down); compare them only with each other.") +
         case_figure(llc);
}

}  // namespace othello
