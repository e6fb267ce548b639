// What the kernel finds easy: its eigenvalues, the concepts' power on them, and the same block by block.
#include <algorithm>

#include "report/html.h"
#include "report/theory_pictures.h"

namespace othello {
namespace {

constexpr std::size_t kLines = 6, kCharts = 6;

std::string kernel_title(const std::string& kernel) {
  if (kernel == "init") return "kernel at initialisation";
  if (kernel == "trained") return "kernel after training";
  return "kernel " + kernel;
}

std::string eigenvalue_chart(const NtkResults& ntk) {
  LineChart chart("Eigenvalues by rank", "rank", "eigenvalue", Unit::plain);
  chart.log_x = chart.log_y = true;
  for (const auto& spectrum : ntk.spectrum) {
    ChartSeries series{.name = spectrum.kernel, .points = {}, .tone = "kernel", .dashed = spectrum.kernel == "init"};
    for (const auto& [rank, value] : spectrum.eigenvalues) series.points.push_back(chart_point(rank, value));
    // Markers, so that the name stands without the last value.
    series.markers = series.points.size() < 40;
    if (!series.points.empty()) chart.series.push_back(std::move(series));
  }
  return chart.series.empty() ? "" : draw(chart);
}

std::string power_chart(const KernelSpectrum& spectrum) {
  LineChart chart("Cumulative power of concepts, " + kernel_title(spectrum.kernel), "leading eigenvectors",
                  kernel_title(spectrum.kernel) + ": power of the concept, %", Unit::percent);
  chart.log_x = true;
  chart.from_zero = true;
  std::vector<std::string> names;
  for (const auto& c : spectrum.concepts) names.push_back(c.name);
  names = chosen_names(names, kLines);
  for (const auto& c : spectrum.concepts) {
    if (std::find(names.begin(), names.end(), c.name) == names.end()) continue;
    ChartSeries series{.name = c.name, .points = {}, .tone = tone_of(chart.series.size()), .markers = true};
    for (const auto& [rank, share] : c.power) series.points.push_back(chart_point(rank, share));
    if (!series.points.empty()) chart.series.push_back(std::move(series));
  }
  return chart.series.empty() ? "" : draw(chart);
}

std::string spectrum_finding(const NtkResults& ntk) {
  std::string text;
  for (const auto& spectrum : ntk.spectrum) {
    std::string one;
    if (spectrum.effective_rank) one = "an effective rank of " + short_number(*spectrum.effective_rank);
    if (spectrum.decay)
      one += (one.empty() ? "" : " and ") + std::string("eigenvalues that fall with an exponent of ") +
             short_number(*spectrum.decay);
    if (!one.empty()) text += (text.empty() ? "The " : "; the ") + kernel_title(spectrum.kernel) + " has " + one;
  }
  return text.empty() ? "The spectrum of the kernel." : text + ".";
}

std::string plain_or_dash(const std::optional<Estimate>& e) {
  if (!e) return "–";
  return e->high > e->low ? format_estimate(*e, Unit::plain) : short_number(e->mean);
}

std::string samples_words(const NtkResults& ntk) {
  for (const auto& spectrum : ntk.spectrum)
    if (spectrum.samples) return " and " + format_count(*spectrum.samples) + " positions";
  return " and so many positions";
}

bool has_accuracy(const NtkResults& ntk) {
  for (const auto& spectrum : ntk.spectrum)
    for (const auto& c : spectrum.concepts)
      if (c.measured_accuracy) return true;
  return false;
}

std::string learnability_table(const NtkResults& ntk) {
  std::vector<Cells> rows;
  const bool read = has_accuracy(ntk);
  for (const auto& spectrum : ntk.spectrum)
    for (const auto& c : spectrum.concepts)
      if (c.learnability || c.predicted_error || c.measured_error || c.alignment || c.measured_accuracy) {
        rows.push_back({c.name, kernel_title(spectrum.kernel), plain_or_dash(c.alignment),
                        plain_or_dash(c.learnability), plain_or_dash(c.predicted_error),
                        plain_or_dash(c.measured_error)});
        if (read)
          rows.back().push_back(c.measured_accuracy ? format_estimate(*c.measured_accuracy, Unit::percent) : "–");
      }
  if (rows.empty()) return "";
  Cells head{"Concept", "Kernel", "Alignment", "Learnability", "Error predicted", "Error measured"};
  if (read) head.push_back("Right, measured");
  return table(head, rows, "numbers");
}

}  // namespace

std::string spectrum_figures(const NtkResults& ntk) {
  std::vector<std::string> charts{eigenvalue_chart(ntk)};
  for (const auto& spectrum : ntk.spectrum) charts.push_back(power_chart(spectrum));
  std::erase(charts, "");
  std::string text;
  if (!charts.empty())
    text += figure(
        spectrum_finding(ntk), side_by_side(charts),
        "Kernel regression learns what lies along eigenvectors with large eigenvalues from few positions and what lies "
        "along the others from many. The first chart has the eigenvalues of the kernel on the positions fitted (both "
        "axes logarithmic); the others say how much of a concept lies in the first so many eigenvectors: a curve that "
        "rises early is easy for this kernel, one that rises only at the end looks like noise to it. On n "
        "positions an exact kernel has n eigenvectors, and its curves end at 100 %; a kernel projected to fewer "
        "dimensions than positions has only as many, and its curves end below, by what it cannot express.");
  const std::string rows = learnability_table(ntk);
  if (!rows.empty())
    text += figure(
        "Which concepts should be easy, and which were.", rows,
        "Alignment is how much of a concept the kernel itself points to (1: the kernel is the concept). Learnability "
        "is "
        "the share of a concept that regression with this kernel" +
            samples_words(ntk) +
            " should find (Simon et al. 2021), from eigenvalues and eigenvectors alone; error predicted is the mean "
            "squared "
            "error that follows, and error measured that of such a regression. Where the two agree, the spectrum "
            "explains "
            "what the kernel can do; the theory takes eigenvectors as if they were random, and eigenvalues from the "
            "positions themselves." +
            (has_accuracy(ntk)
                 ? " Right, measured is the share right where the board is read with this kernel: answers can be right "
                   "while the numbers behind them are far from their marks, so that a squared error alone says little "
                   "of what "
                   "can be read."
                 : ""));
  return text;
}

std::string alignment_figure(const NtkResults& ntk) {
  std::vector<std::string> concepts;
  int layers = 0;
  for (const auto& row : ntk.layers) {
    if (std::find(concepts.begin(), concepts.end(), row.name) == concepts.end()) concepts.push_back(row.name);
    layers = std::max(layers, row.layer + 1);
  }
  if (concepts.empty()) return "";
  std::string more;
  if (concepts.size() > kCharts) {
    more = fmt::format(" {} of {} concepts are drawn.", kCharts, concepts.size());
    concepts = chosen_names(concepts, kCharts);
  }
  std::vector<std::string> charts;
  std::string finding;
  for (const auto& name : concepts) {
    LineChart chart("Share of " + name + " in leading directions, by block", "block", name + ": share, %",
                    Unit::percent);
    chart.height = 240;
    chart.from_zero = true;
    for (int layer = 0; layer < layers; ++layer) chart.x_names.push_back(std::to_string(layer));
    ChartSeries init{.name = "kernel, init.", .points = {}, .tone = "kernel", .markers = true, .dashed = true};
    ChartSeries trained{.name = "kernel, trained", .points = {}, .tone = "kernel", .markers = true};
    ChartSeries pca{.name = "PCA", .points = {}, .tone = "bag", .markers = true};
    const LayerAlignment* best = nullptr;
    for (const auto& row : ntk.layers) {
      if (row.name != name) continue;
      if (row.init) init.points.push_back(chart_point(row.layer, *row.init));
      if (row.trained) trained.points.push_back(chart_point(row.layer, *row.trained));
      if (row.pca) pca.points.push_back(chart_point(row.layer, *row.pca));
      if (row.trained && (best == nullptr || row.trained->mean > best->trained->mean)) best = &row;
    }
    for (auto* series : {&trained, &init, &pca})
      if (!series->points.empty()) chart.series.push_back(std::move(*series));
    charts.push_back(draw(chart));
    if (best != nullptr && (finding.empty() || name == "colour"))
      finding =
          fmt::format("Of '{}' the leading directions of the trained kernel hold most in block {}, {}", name,
                      best->layer, format_value(best->trained->mean, Unit::percent)) +
          (best->pca ? "; PCA of the activations there has " + format_value(best->pca->mean, Unit::percent) : "") + ".";
  }
  return figure(
      finding.empty() ? "Where the kernel carries the board." : finding, side_by_side(charts),
      "The kernel is a sum over weights, so each block has a kernel of its own. Each point is the share of a concept "
      "that lies in the leading eigenvectors of one block's kernel, or in as many principal components of its "
      "activations (PCA). Training that builds features lifts the trained kernel above the untrained one and above "
      "PCA; where PCA does as well, the variance of the activations says the same more cheaply." +
          more);
}

}  // namespace othello
