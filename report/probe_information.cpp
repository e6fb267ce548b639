// Information in bits: what the moves tell, what the network tells, and what it adds to them.
#include <algorithm>

#include "report/bars.h"
#include "report/html.h"
#include "report/probe_pictures.h"

namespace othello {
namespace {

const InputInformation* find_input(const ProbeInformation& information, const std::string& name,
                                   const std::string& kind) {
  for (const auto& input : information.inputs)
    if (input.name == name && input.kind == kind) return &input;
  return nullptr;
}

std::string information_finding(const ProbeInformation& information, const std::string& unit) {
  std::string text, untrained;
  const auto bits = [&](const std::optional<Estimate>& value) {
    return format_defined(value, Unit::plain) + (value ? " " + unit : "");
  };
  for (const auto& c : information.conditional) {
    if (c.control) {
      untrained = "; an untrained one adds " + format_defined(c.information, Unit::plain);
    } else if (text.empty()) {
      text = "Beyond what the moves tell, the network adds " + bits(c.information);
      if (!c.information) text = "What the network adds to the moves is undefined";
      else if (c.left_open)
        text += ", of the " + format_value(c.left_open->mean, Unit::plain) + " that they leave open";
    }
  }
  if (!text.empty()) return text + untrained + ".";
  return "How much each input tells, in " + unit + ".";
}

/// What half the games say, which tells whether more of them would still lower the figure.
std::string half_sentence(const ProbeInformation& information) {
  for (const auto& c : information.conditional)
    if (c.at_half)
      return fmt::format(" Fitted on {} of them, what the network adds would be {}.", format_count(c.half_games),
                         format_defined(c.at_half, Unit::plain));
  return "";
}

/// If moves and site together were read worse than the site alone, the figure in between is too small.
std::string lower_bound(const ProbeInformation& information) {
  for (const auto& c : information.conditional) {
    const auto* alone = find_input(information, c.site, "logistic");
    const auto* both = find_input(information, "one-hot + " + c.site, "logistic");
    if (alone == nullptr || both == nullptr || !alone->information || !both->information) continue;
    if (c.control || !c.information || both->information->mean >= alone->information->mean) continue;
    return " Here the probe of moves and network together tells less (" +
           format_value(both->information->mean, Unit::plain) +
           ") than that of the network alone: it has too few games for its many weights, and the figure is a lower "
           "bound.";
  }
  return "";
}

std::string information_table(const ProbeInformation& information) {
  std::vector<Cells> rows;
  for (const auto& input : information.inputs)
    rows.push_back({input_name(input.name), input.width ? fmt::format("hidden layer of {}", *input.width) : input.kind,
                    format_defined(input.information, Unit::plain), format_defined(input.entropy, Unit::plain),
                    format_defined(input.accuracy, Unit::percent)});
  return folded("Information as a table, with 95 % intervals",
                table({"Input", "Probe", "Told, bits", "Left open, bits", "Right"}, rows, "numbers"));
}

}  // namespace

std::string information_figure(const ProbeResults& probe, const ProbeMeasures& measures) {
  if (!measures.information) return "";
  const auto& information = *measures.information;
  const std::string unit = probe.reads_board() ? "bits per square" : "bits per label";
  BarChart alone{
      .title = "Information of each input by itself", .x_label = unit, .unit = Unit::plain, .bars = {}, .width = 450};
  BarChart beyond = alone;
  beyond.title = "Information beyond what the moves tell";
  const auto add = [&](const std::string& name, const std::string& tone) {
    for (const auto& input : information.inputs)
      if (input.name == name && (input.kind == "logistic" || input.kind == "mlp"))
        alone.bars.push_back({input_name(name) + (input.width ? fmt::format(", hidden {}", *input.width) : ""),
                              input.information, tone});
  };
  add("one-hot", "input");
  for (const bool control : {false, true})
    for (const auto& c : information.conditional) {
      if (c.control != control) continue;
      const std::string tone = control ? "untrained" : "network";
      add(c.site, tone);
      beyond.bars.push_back({input_name(c.site), c.information, tone});
    }
  if (information.conditional.empty())
    for (const auto& input : information.inputs)
      if (input.kind == "logistic" && input.name != "one-hot") add(input.name, input.control ? "untrained" : "network");
  std::vector<std::string> charts;
  const auto caption = [](const std::string& name, const std::string& detail) {
    return element("p", {{"class", "caption"}}, escape(name) + " " + element("span", {}, escape(detail)));
  };
  for (const auto* chart : {&alone, &beyond})
    for (const auto& bar : chart->bars)
      if (bar.value) beyond.reach = std::max({beyond.reach, bar.value->high, bar.value->mean});
  alone.reach = beyond.reach;
  if (!alone.bars.empty()) charts.push_back(caption("By itself", "what each input tells") + draw(alone));
  if (!beyond.bars.empty())
    charts.push_back(caption("Beyond the moves", "what it adds to them: the headline") + draw(beyond));
  if (charts.empty()) return "";
  std::string reading =
      "An input tells as many bits as it lowers the cross-entropy of a logistic probe below that of the frequencies "
      "per "
      "square and ply (V-information), on other games than it was fitted to. ";
  if (const auto* prior = find_input(information, "majority", "prior"); prior != nullptr && prior->entropy)
    reading += "There are " + format_value(prior->entropy->mean, Unit::plain) + " " + unit + " to be told. ";
  reading +=
      "Right, how much further the cross-entropy falls when a probe of the moves also sees the network (conditional "
      "V-information). A model that only computes from its inputs in ways that a linear probe of the moves can repeat "
      "would add nothing there; the untrained network shows how much comes without any training.";
  if (information.fit_games > 0) reading += fmt::format(" Fitted on {} games.", format_count(information.fit_games));
  reading += half_sentence(information);
  return figure(information_finding(information, unit), side_by_side(charts), reading + lower_bound(information)) +
         information_table(information);
}

}  // namespace othello
