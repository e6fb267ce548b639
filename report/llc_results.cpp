#include "report/llc_results.h"

#include "report/format.h"

namespace othello {
namespace {

constexpr double kMany = 1e12;

/// The draws of one chain, or of several: "chain" tells them apart, or each is a list of its own.
void read_trace(const Field& trace, std::vector<std::vector<std::pair<double, double>>>& traces) {
  std::optional<int> chain;
  traces.emplace_back();
  for (const auto& point : trace.list()) {
    if (const auto number = point.find("chain")) {
      const int now = number->whole(0, 100'000);
      if (chain && now != *chain) traces.emplace_back();
      chain = now;
    }
    if (const auto loss = point.measure("loss")) traces.back().emplace_back(point["draw"].number(0, kMany), loss->mean);
  }
}

/// `end`: the step of the model that the document is of.
LlcEstimate read_estimate(const Field& entry, const std::optional<double>& end) {
  LlcEstimate e{.checkpoint = entry["checkpoint"].text(),
                .component = entry["component"].text(),
                .subset = entry["subset"].text(),
                .games = entry["games"].number(0),
                .at_end = false,
                .decayed = {},
                .llc = entry.measure("llc"),
                .valid = entry["valid"].flag(),
                .reason = {},
                .parameters = {},
                .traces = {}};
  if (const auto decayed = entry.find("decayed")) e.decayed = decayed->flag();
  if (const auto step = entry.find("step")) e.at_end = end && step->number() == *end;
  e.reason = entry.text_of("reason");
  if (const auto parameters = entry.find("parameters")) e.parameters = parameters->number(0, kMany);
  if (const auto trace = entry.find("trace")) read_trace(*trace, e.traces);
  return e;
}

/// "nβ 30, γ 200, ε 0.001; 4 chains × 200 draws after 0 of burn-in; batches of 32 of 1,024 games; sgld"
std::string settings_words(const Field& settings) {
  std::vector<std::string> parts;
  const auto add = [&](const char* name, const std::string& before, const std::string& after = "") {
    if (const auto value = settings.find(name)) parts.push_back(before + fmt::format("{:g}", value->number()) + after);
  };
  add("n_beta", "nβ = "), add("gamma", "γ = "), add("step_size", "ε = ");
  add("chains", "", " chains"), add("draws", "", " draws each"), add("burn_in", "", " before them left out");
  add("batch_games", "", " games a batch"), add("games", "of ", " games");
  if (const auto sampler = settings.find("sampler")) parts.push_back("sampler " + sampler->text());
  std::string text;
  for (const auto& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

}  // namespace

const LlcEstimate* LlcResults::last(const std::string& component, const std::string& subset) const {
  const LlcEstimate* found = nullptr;
  for (const auto& e : estimates)
    if (e.component == component && e.subset == subset && (found == nullptr || e.games >= found->games)) found = &e;
  return found;
}

LlcResults read_llc(const Json& document) {
  const Field root("results/llc.json", document);
  LlcResults results;
  if (const auto settings = root.find("settings")) results.settings = settings_words(*settings);
  std::optional<double> end;
  if (const auto model = root.find("model"))
    if (const auto step = model->find("step")) end = step->number();
  for (const auto& entry : root.items("estimates")) results.estimates.push_back(read_estimate(entry, end));
  for (const auto& entry : root.items("sweep")) {
    LlcSweepPoint point{
        .step_size = {}, .gamma = {}, .n_beta = {}, .llc = entry.measure("llc"), .valid = true, .reason = {}};
    if (const auto value = entry.find("step_size")) point.step_size = value->number(0);
    if (const auto value = entry.find("gamma")) point.gamma = value->number(0);
    if (const auto value = entry.find("n_beta")) point.n_beta = value->number(0);
    if (const auto value = entry.find("valid")) point.valid = value->flag();
    point.reason = entry.text_of("reason");
    results.sweep.push_back(std::move(point));
  }
  for (const auto& entry : root.items("cases")) {
    LlcCase c{.name = entry["name"].text(),
              .truth = entry["truth"].number(),
              .lambda = {},
              .estimate = entry.measure("estimate")};
    if (const auto lambda = entry.find("lambda")) c.lambda = lambda->number();
    const auto low = entry.find("low"), high = entry.find("high");
    if (c.estimate && low && high) c.estimate->low = low->number(), c.estimate->high = high->number();
    results.cases.push_back(std::move(c));
  }
  return results;
}

}  // namespace othello
