// The kernel beside the network: how errors fall with training size, and where the kernel fails.
#include <algorithm>
#include <cmath>

#include "report/bars.h"
#include "report/html.h"
#include "report/theory_pictures.h"

namespace othello {

namespace {

bool contains_flips(const std::string& name) { return name.find("flip") != std::string::npos; }

}  // namespace

std::string reader_title(const std::string& source) {
  if (source == "input") return "inputs";
  if (source == "kernel") return "kernel, init.";
  if (source == "after-kernel") return "kernel, trained";
  if (source == "activation-probe") return "probe of the network";
  return source;
}

std::string tone_of(std::size_t index) {
  static const char* const kTones[] = {"network", "input", "untrained", "bag", "kernel", "chance"};
  return kTones[index % std::size(kTones)];
}

std::string short_number(double value) {
  const double size = std::abs(value);
  if (size >= 100) return format_count(value);
  const int decimals = size >= 10 ? 1 : size >= 1 ? 2 : 3;
  return (value < 0 ? "−" : "") + fmt::format("{:.{}f}", size, decimals);
}

std::string short_estimate(const Estimate& e) {
  const auto number = [&](double value) {
    // As many decimals as the mean has, so that a row of them can be compared.
    const double size = std::abs(e.mean);
    const int decimals = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
    return decimals == 0 ? format_count(value)
                         : (value < 0 ? "−" : "") + fmt::format("{:.{}f}", std::abs(value), decimals);
  };
  return number(e.mean) + (e.high > e.low ? " (" + number(e.low) + " to " + number(e.high) + ")" : "");
}

std::vector<std::string> chosen_names(const std::vector<std::string>& names, std::size_t count) {
  if (names.size() <= count) return names;
  std::vector<std::string> chosen;
  const auto telling = [](const std::string& name) { return name == "occupied" || contains_flips(name); };
  std::copy_if(names.begin(), names.end(), std::back_inserter(chosen), telling);
  for (const auto& name : names)
    if (!telling(name)) chosen.push_back(name);
  chosen.resize(count);
  return chosen;
}

ChartSeries reader_line(const std::string& source) {
  ChartSeries series{.name = reader_title(source), .points = {}, .tone = "network", .markers = true};
  if (source == "input") series.tone = "input";
  if (source == "kernel") series.tone = "kernel", series.dashed = true;
  if (source == "after-kernel") series.tone = "kernel";
  if (source == "majority") series.tone = "chance";
  if (source == "untrained") series.tone = "untrained";
  return series;
}

namespace {

constexpr std::size_t kCharts = 4;

/// "2 flips"; "ply 11-20", "3 discs captured by the last move" would be long: the axis says what is counted.
std::string bar_title(const std::string& by, const std::string& value) {
  if (by == "flips") return value + (value == "1" ? " flip" : " flips");
  if (by == "ply") return "ply " + value;
  return value;
}

std::string exponent_finding(const std::vector<ErrorCurve>& curves, const std::string& of) {
  std::string text;
  for (const auto& curve : curves)
    if (curve.concept_name == of && curve.exponent)
      text +=
          fmt::format("{}{} {}", text.empty() ? "" : ", ", reader_title(curve.source), short_estimate(*curve.exponent));
  if (text.empty()) return "How fast errors fall with the number of positions.";
  return fmt::format("Errors on the {} fall with the number n of positions as n⁻ᵃ, with a by read-out: {}.", of, text);
}

std::string exponent_table(const std::vector<ErrorCurve>& curves) {
  std::vector<Cells> rows;
  for (const auto& curve : curves) {
    std::string points;
    for (const auto& [n, error] : curve.points)
      points +=
          fmt::format("{}{}: {}", points.empty() ? "" : "; ", format_count(n), format_value(error.mean, Unit::percent));
    rows.push_back({reader_title(curve.source), curve.concept_name,
                    curve.exponent ? format_estimate(*curve.exponent, Unit::plain) : "undefined", points});
  }
  return folded("The exponents, with 95 % intervals",
                table({"Read-out", "Concept", "Exponent a", "Errors by n"}, rows));
}

/// Without the discs that only the kernel reads, a share could be the noise of two readers as good as each other.
std::string failure_finding(const KernelFailures& failures) {
  if (!failures.share) return "Where the network is right and the kernel at initialisation is wrong";
  std::string text = format_estimate(*failures.share, Unit::percent) +
                     " of discs are read by the network only, and not with the kernel at initialisation";
  if (failures.reverse_share)
    text += "; " + format_estimate(*failures.reverse_share, Unit::percent) + " with that kernel only";
  if (failures.net) text += "; net " + format_estimate(*failures.net, Unit::points);
  return text;
}

}  // namespace

std::string size_figure(const NtkResults& ntk) {
  std::vector<std::string> concepts;
  for (const auto& curve : ntk.curves)
    if (!curve.points.empty() && std::find(concepts.begin(), concepts.end(), curve.concept_name) == concepts.end())
      concepts.push_back(curve.concept_name);
  if (concepts.empty()) return "";
  if (concepts.size() > kCharts) concepts.resize(kCharts);
  std::vector<std::string> charts;
  for (const auto& name : concepts) {
    LineChart chart("Error against training size: " + name, "positions fitted", name + ", % wrong", Unit::percent);
    chart.log_x = chart.log_y = true;
    for (const auto& curve : ntk.curves) {
      if (curve.concept_name != name) continue;
      auto series = reader_line(curve.source);
      for (const auto& [n, error] : curve.points) series.points.push_back(chart_point(n, error));
      chart.series.push_back(std::move(series));
    }
    charts.push_back(draw(chart));
  }
  return figure(
      exponent_finding(ntk.curves, concepts.front()), side_by_side(charts) + exponent_table(ntk.curves),
      "Both axes are logarithmic, so that a power law is a straight line and its exponent the slope. All read-outs are "
      "fitted to the same positions. A kernel that lags by the same distance everywhere has only less data behind it; "
      "a flatter line falls ever farther behind, though more positions help it too: with a = 0.25 ten times as many "
      "leave 56 % of the errors, with a = 0.5 32 %. The network's own training on "
      "many games is not counted in n: its activations come ready made. Exponents over so few sizes are rough, and "
      "a curve may bend beyond them.");
}

std::string failure_figure(const NtkResults& ntk) {
  if (!ntk.failures || (ntk.failures->by.empty() && ntk.failures->coefficients.empty())) return "";
  const auto& failures = *ntk.failures;
  double reach = 0;
  for (const auto& [by, rows] : failures.by)
    for (const auto& row : rows)
      if (row.value) reach = std::max({reach, row.value->mean, row.value->high});
  std::vector<std::string> charts;
  const NamedEstimate* most = nullptr;
  for (const auto& [by, rows] : failures.by) {
    BarChart chart{.title = "Where the network is right and the kernel wrong, by " + by,
                   .x_label = "share of discs, by " + by,
                   .unit = Unit::percent,
                   .bars = {},
                   .width = 420,
                   .reach = reach};
    for (const auto& row : rows) {
      chart.bars.push_back({bar_title(by, row.name), row.value, "kernel"});
      if (by == "flips" && row.value && (most == nullptr || row.value->mean > most->value->mean)) most = &row;
    }
    charts.push_back(draw(chart));
  }
  if (!failures.coefficients.empty()) {
    BarChart chart{.title = "What goes with the kernel's failures",
                   .x_label = "log-odds per standard deviation of the factor",
                   .unit = Unit::plain,
                   .bars = {}};
    for (const auto& row : failures.coefficients) chart.bars.push_back({row.name, row.value, "network"});
    charts.push_back(draw(chart));
  }
  std::string finding = failure_finding(failures);
  if (most != nullptr)
    finding += fmt::format("{} most often at {}, {}", failures.share ? ";" : ":", bar_title("flips", most->name),
                           format_estimate(*most->value, Unit::percent));
  return figure(
      finding + ".", side_by_side(charts),
      "Each bar is the share of discs of that kind that the network's probe reads right and kernel regression "
      "with the kernel at initialisation reads wrong, with its 95 % interval over games. The last chart asks which "
      "of these kinds matter when all are taken together: a logistic regression, among the discs that the network "
      "reads, of those that the kernel does not on the factors, each "
      "in units of its standard deviation; an interval that leaves out 0 says that the factor counts on its own. "
      "What goes with failures need not cause them, and factors that go together (late plies, many flips) share their "
      "weight in no certain way.");
}

std::string feature_figure(const NtkResults& ntk) {
  if (ntk.feature_by_flips.empty() && !ntk.feature_score) return "";
  BarChart chart{.title = "Feature-learning score by flips",
                 .x_label = "margin of the trained kernel − margin of that at initialisation, standard deviations",
                 .unit = Unit::plain,
                 .bars = {}};
  for (const auto& row : ntk.feature_by_flips)
    chart.bars.push_back({row.name + (row.name == "1" ? " flip" : " flips"), row.value, "kernel"});
  std::string finding = "What training did to the kernel";
  if (ntk.feature_score)
    finding += ": the margin grew by " + format_estimate(*ntk.feature_score, Unit::plain, "positions") +
               " standard deviations on average";
  return figure(
      finding + ".", chart.bars.empty() ? "" : draw(chart),
      "The margin is how far the score of the right state of a square stands above the highest other one, over discs. "
      "The two kernels are fitted to the same positions, each with the ridge that suits it, and raw margins of "
      "different ridges have different scales; so each kernel's margins are counted in standard deviations of its own "
      "margins. The bars show how much farther the right state stands with the kernel of the trained network than with "
      "that at initialisation. Where the score is large, training changed the features so that these discs became "
      "easy. Near 0 it made them no easier: either the features of the start did already (lazy training), or neither "
      "kernel reads such discs; the accuracies in the table above tell which.");
}

}  // namespace othello
