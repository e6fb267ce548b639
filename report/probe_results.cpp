#include "report/probe_results.h"

#include <algorithm>
#include <cmath>

namespace othello {
namespace {

ProbeScore read_score(const Field& entry, const char* name_field) {
  ProbeScore score{.name = entry[name_field].text(),
                   .site = {},
                   .layer = {},
                   .accuracy = entry["accuracy"].share(),
                   .colour = {},
                   .squares = {}};
  if (const auto site = entry.find("site")) score.site = site->text();
  if (const auto layer = entry.find("layer")) score.layer = layer->whole(0, 1000);
  if (const auto colour = entry.find("colour_on_occupied")) score.colour = colour->share();
  if (const auto squares = entry.find("per_square")) score.squares = squares->squares();
  return score;
}

}  // namespace

const ProbeScore* ProbeResults::control(const std::string& name) const {
  // The document says what the difference is, not from which layer: the means give it away.
  const Estimate* gain = difference(name);
  const double wanted = gain != nullptr ? best.mean - gain->mean : 1;
  const ProbeScore* found = nullptr;
  const auto distance = [&](const ProbeScore& score) { return std::abs(score.accuracy.mean - wanted); };
  for (const auto& score : controls)
    if (score.name == name && (found == nullptr || distance(score) < distance(*found))) found = &score;
  return found;
}

const Estimate* ProbeResults::difference(const std::string& name) const {
  const auto found =
      std::find_if(differences.begin(), differences.end(), [&](const auto& d) { return d.control == name; });
  return found == differences.end() ? nullptr : &found->gain;
}

const ProbeScore* ProbeResults::best_probe() const {
  const auto found = std::find_if(probes.begin(), probes.end(),
                                  [&](const auto& p) { return p.name == best_kind && p.site == best_site; });
  return found == probes.end() ? nullptr : &*found;
}

ProbeResults read_probe(const Json& document) {
  const Field root("results/probe.json", document);
  ProbeResults results;
  if (const auto model = root.find("model"))
    if (const auto board = model->find("board")) results.board = board->board();
  results.held_out = root.held_out();
  for (const auto& entry : root["probes"].list()) {
    const std::string frame = entry["frame"].text();
    if (results.frame.empty()) results.frame = frame;
    if (frame != results.frame) continue;  // other frames answer other questions
    results.probes.push_back(read_score(entry, "kind"));
    if (!results.probes.back().layer) entry["layer"].fail_expected("a whole number");
  }
  for (const auto& entry : root["controls"].list()) results.controls.push_back(read_score(entry, "name"));
  const Field best = root["best"];
  results.best_site = best["site"].text();
  results.best_kind = best["kind"].text();
  results.best_layer = best["layer"].whole(0, 1000);
  results.best = best["accuracy"].share();
  const Field differences = best["differences"];
  for (const char* name : {"majority", "bag-of-moves", "one-hot", "untrained"})
    if (const auto gain = differences.find(name)) results.differences.push_back({name, gain->estimate(-1, 1)});
  return results;
}

std::string layer_name(int layer) { return layer == 0 ? "embedding" : fmt::format("block {}", layer - 1); }

}  // namespace othello
