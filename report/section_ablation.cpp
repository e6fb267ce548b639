// What the network's parts are worth, and subspaces swapped between games: results/intervene-NAME.json.
#include <algorithm>

#include "report/format.h"
#include "report/html.h"
#include "report/intervene_pictures.h"
#include "report/sections.h"

namespace othello {
namespace {

constexpr std::size_t kComponents = 10;
constexpr int kManyLayers = 200, kManyNeurons = 1'000'000;

/// A part of the network that was taken away.
struct Component {
  std::string name;
  Estimate error;
  std::optional<Estimate> difference, random, kl;
};

Component read_measures(const Field& entry) {
  Component c{.name = {}, .error = entry["error"].estimate(0, 128), .difference = {}, .random = {}, .kl = {}};
  if (const auto difference = entry.find("difference")) c.difference = difference->estimate(-128, 128);
  if (const auto random = entry.find("random")) c.random = random->estimate(0, 128);
  if (const auto kl = entry.find("kl")) c.kl = kl->estimate();
  return c;
}

Component read_component(const Field& entry) {
  Component c = read_measures(entry);
  const int first = entry["first_layer"].whole(0, kManyLayers), last = entry["last_layer"].whole(0, kManyLayers);
  if (const auto rank = entry.find("rank")) {
    c.name = fmt::format("block {}, rank {}", first, rank->whole(0, kManyNeurons));
  } else {
    c.name = range_name(first, last);
    if (const auto head = entry.find("head")) c.name += fmt::format(", head {}", head->whole(0, kManyNeurons));
    else c.name += ", " + entry["site"].text();
    if (const auto neuron = entry.find("neuron")) c.name += fmt::format(", neuron {}", neuron->whole(0, kManyNeurons));
  }
  return c;
}

std::string defined_or_dash(const std::optional<Estimate>& e) { return e ? format_estimate(*e, Unit::plain) : "–"; }

/// What was done, and what its control is.
struct Kind {
  const char* name;
  const char* title;
  const char* reading;
};

constexpr Kind kKinds[] = {
    {"mean", "Each part replaced by its mean", "The part's output at the last position is its mean over games."},
    {"zero", "Each part set to zero",
     "The part's output at the last position is 0, which may be far from any that "
     "occurs."},
    {"resample", "Each part replaced by that of another case",
     "The part's output at the last position is the one that it has in another case."},
    {"erase", "The board erased, at once",
     "What is linearly readable of the board is projected out of the residual stream behind a block, by the "
     "smallest change (LEACE); later blocks may read it anew from earlier positions."},
    {"iterative-erase", "A square erased, round by round",
     "The directions along which the square is read are projected out of the residual stream behind a block, round by "
     "round (INLP)."}};

std::string component_tables(const Field& root, const Kind& kind) {
  std::vector<Component> components;
  for (const auto& entry : root["edits"].list()) components.push_back(read_component(entry));
  std::optional<Component> null;
  for (const auto& control : root["controls"].list())
    if (control["name"].text() == "null") null = read_measures(control);
  if (components.empty()) return "";
  const bool some = components.size() > kComponents;  // else they stay in the order of the network
  if (some)
    std::stable_sort(components.begin(), components.end(),
                     [](const Component& a, const Component& b) { return a.error.mean > b.error.mean; });
  // What says most about this part, and not about any change of that size.
  const auto beyond = [](const Component& c) { return c.error.mean - (c.random ? c.random->mean : 0); };
  const auto& most = *std::max_element(components.begin(), components.end(),
                                       [&](const Component& a, const Component& b) { return beyond(a) < beyond(b); });
  std::string finding =
      fmt::format("{}: {} leaves an error of {}", kind.title, most.name, format_value(most.error.mean, Unit::plain));
  if (most.random) finding += ", a random change of the same size of " + format_value(most.random->mean, Unit::plain);
  if (null) finding += "; with nothing taken away it is " + format_value(null->error.mean, Unit::plain);
  std::vector<Cells> rows;
  for (std::size_t i = 0; i < std::min(kComponents, components.size()); ++i) {
    const auto& c = components[i];
    rows.push_back({c.name, format_estimate(c.error, Unit::plain), defined_or_dash(c.difference),
                    defined_or_dash(c.random), defined_or_dash(c.kl)});
  }
  if (null) rows.push_back({"nothing", format_estimate(null->error, Unit::plain), "–", "–", defined_or_dash(null->kl)});
  const bool erases = std::string_view(kind.name).ends_with("erase");
  std::string reading = kind.reading;
  if (some)
    reading += fmt::format(
        " The {} with the largest errors of {}, all measured on the same {} cases, so that those "
        "at the top are flattered a little.",
        kComponents, components.size(), format_count(root["cases"].whole(0, 1'000'000'000)));
  else reading += fmt::format(" Measured on {} cases.", format_count(root["cases"].whole(0, 1'000'000'000)));
  reading += std::string(" The third column is the paired difference from no change; the fourth has the error if ") +
             (erases ? "as many random directions with as much variance are projected out"
                     : "the same place moves as far in a random direction") +
             ". KL is from the uniform distribution over the legal moves, in nats. With 95 % intervals.";
  return figure(finding + ".", table({"Taken away", "Error", "More than nothing", "Random", "KL"}, rows, "numbers"),
                reading);
}

std::string subspace_table(const Field& root) {
  struct Row {
    EditScore score;
    std::optional<Estimate> exact, difference;
  };
  const auto read = [](const Field& entry, const std::string& name) {
    Row row;
    row.score.name = name;
    row.score.error = entry["error"].estimate(0, 128);
    if (const auto exact = entry.find("interchange_accuracy")) row.exact = exact->share();
    return row;
  };
  std::vector<Row> rows;
  std::string where;
  for (const auto& entry : root["edits"].list()) {
    if (!entry["chosen"].flag()) continue;
    rows = {read(entry, "")};
    where = range_name(entry["first_layer"].whole(0, kManyLayers), entry["last_layer"].whole(0, kManyLayers));
  }
  if (rows.empty()) return "";
  for (const auto& control : root["controls"].list()) {
    rows.push_back(read(control, control["name"].text()));
    if (const auto all = root.find("differences"))
      if (const auto difference = all->find(rows.back().score.name))
        rows.back().difference = difference->estimate(-128, 128);
  }
  const int dimension = root["dimension"].whole(1, kManyNeurons);
  const std::string square = root["square"].text();
  const auto dimensions = fmt::format("{} dimension{}", dimension, dimension == 1 ? "" : "s");
  std::vector<Cells> cells;
  for (const auto& row : rows)
    cells.push_back({row.score.name.empty() ? "subspace found" : control_title(row.score),
                     format_estimate(row.score.error, Unit::plain),
                     row.exact ? format_estimate(*row.exact, Unit::percent) : "–", defined_or_dash(row.difference)});
  std::string finding = fmt::format("A subspace of {} that was searched for, swapped after {}, leaves an error of {}",
                                    dimensions, where, format_value(rows.front().score.error.mean, Unit::plain));
  for (const auto& row : rows) {
    if (row.score.name == "random-subspace")
      finding += "; a random one of " + format_value(row.score.error.mean, Unit::plain);
    if (row.score.name == "null") finding += "; no edit of " + format_value(row.score.error.mean, Unit::plain);
  }
  return figure(
      finding + ".",
      table({"Swapped for that of another game", "Error", "Without any error", "Found minus this"}, cells, "numbers"),
      fmt::format("Distributed alignment search for {}: a subspace of the residual stream is learned so that what lies "
                  "in it, taken from a game with another disc there, changes the moves as if the disc were flipped. "
                  "Learned and chosen on {} cases, measured on {} others, with 95 % intervals; the differences are "
                  "paired.",
                  square, format_count(root["chosen_on"].whole(0, 1'000'000'000)),
                  format_count(root["reported_on"].whole(0, 1'000'000'000))));
}

}  // namespace

const std::vector<std::string>& ablation_documents() {
  static const std::vector<std::string> names{
      "intervene-mean",    "intervene-zero", "intervene-resample", "intervene-erase", "intervene-iterative-erase",
      "intervene-subspace"};
  return names;
}

std::string ablation_section(const RunDocuments& run) {
  std::string text;
  for (const auto& [name, document] : run.ablations) {
    const Field root("results/" + name + ".json", document);
    if (name == "intervene-subspace") text += subspace_table(root);
    for (const auto& kind : kKinds)
      if (name == std::string("intervene-") + kind.name) text += component_tables(root, kind);
  }
  return text.empty() ? "" : section("ablation", "What are the parts worth?", text);
}

}  // namespace othello
