#include "report/probe_results.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace othello {
namespace {

bool is_residual(const std::string& site) {
  return site == "hook_embed" || site.ends_with("hook_resid_pre") || site.ends_with("hook_resid_post");
}

bool is_ridge(const ProbeFigures& score) { return score.kind == "ridge"; }

std::vector<FlipRung> read_ladder(const Field& list, double low) {
  std::vector<FlipRung> ladder;
  for (const auto& entry : list.list()) {
    FlipRung rung{.flips = entry["flips"].text(), .accuracy = {}, .share = {}};
    if (const auto accuracy = entry.find("accuracy")) rung.accuracy = accuracy->estimate(low, 1);
    if (const auto share = entry.find("share")) rung.share = share->number(0, 1);
    ladder.push_back(std::move(rung));
  }
  return ladder;
}

ProbeFigures read_score(const Field& entry) {
  ProbeFigures score;
  const auto text = [&](const char* name, std::string& value) {
    if (const auto field = entry.find(name)) value = field->text();
  };
  const auto whole = [&](const char* name, std::optional<int>& value) {
    if (const auto field = entry.find(name)) value = field->whole(0, 1'000'000'000);
  };
  score.kind = "ridge";  // of controls in documents that do not say
  text("name", score.name), text("kind", score.kind), text("site", score.site);
  text("target", score.target), text("mode", score.mode);
  whole("rank", score.size), whole("width", score.size);
  if (const auto layer = entry.find("layer")) score.layer = layer->whole(0, 1000);
  if (const auto converged = entry.find("converged")) score.converged = converged->flag();
  if (const auto seed = entry.find("seed")) score.seed = seed->number(0, 2e19);
  // An undefined measure is null; one that is missing is damage.
  if (!entry["accuracy"].is_null()) score.accuracy = entry["accuracy"].share();
  if (const auto games = entry.find("fit_games")) score.fit_games = games->number(1, 1e12);
  if (const auto chosen = entry.find("chosen_at")) score.chosen_at = chosen->number(0, 1);
  if (const auto colour = entry.find("colour_on_occupied")) score.colour = colour->share();
  if (const auto squares = entry.find("per_square")) score.squares = squares->squares();
  if (const auto ladder = entry.find("by_flips")) score.by_flips = read_ladder(*ladder, 0);
  if (const auto plies = entry.find("by_ply"))
    for (const auto& ply : plies->list()) {
      const auto accuracy = ply.find("accuracy"), error = ply.find("standard_error");
      if (accuracy)
        score.by_ply.push_back({ply["ply"].whole(1, 60), accuracy->number(0, 1), error ? error->number(0, 1) : 0});
    }
  return score;
}

}  // namespace

bool ProbeResults::reads_board() const {
  return target.empty() || target == "mine-yours-empty" || target == "black-white-empty";
}

std::string ProbeResults::labels() const { return reads_board() ? "squares" : "'" + target + "' labels"; }

std::string ProbeResults::states() const {
  return target == "black-white-empty" ? "black, white or empty" : "mine, yours or empty";
}

const ProbeFigures* ProbeResults::control(const std::string& name) const {
  // The document says what the difference is, not from which layer: the means give it away.
  const Estimate* gain = difference(name);
  const ProbeFigures* found = nullptr;
  const auto distance = [&](const ProbeFigures& score) {
    return gain != nullptr && best ? std::abs(score.accuracy->mean - (best->mean - gain->mean)) : -score.rank();
  };
  for (const auto& score : controls)
    if (score.name == name && is_ridge(score) && score.accuracy &&
        (found == nullptr || distance(score) < distance(*found)))
      found = &score;
  return found;
}

const ProbeDifference* ProbeResults::compared(const std::string& name) const {
  const auto found =
      std::find_if(differences.begin(), differences.end(), [&](const auto& d) { return d.control == name; });
  return found == differences.end() ? nullptr : &*found;
}

const Estimate* ProbeResults::difference(const std::string& name) const {
  const auto* found = compared(name);
  return found == nullptr ? nullptr : &found->gain;
}

const ProbeFigures* ProbeResults::best_probe() const {
  const auto found = std::find_if(probes.begin(), probes.end(),
                                  [&](const auto& p) { return p.kind == best_kind && p.site == best_site; });
  return found == probes.end() ? nullptr : &*found;
}

ProbeResults read_probe(const Json& document) {
  const Field root("results/probe.json", document);
  ProbeResults results;
  if (const auto model = root.find("model"))
    if (const auto board = model->find("board")) results.board = board->board();
  results.held_out = root.held_out();
  const Field best = root["best"];
  if (const auto target = best.find("target")) results.target = target->text();
  if (const auto mode = best.find("mode")) results.mode = mode->text();
  const auto is_main = [&](const ProbeFigures& score) {
    return (results.target.empty() || score.target.empty() || score.target == results.target) &&
           (results.mode.empty() || score.mode.empty() || score.mode == results.mode);
  };
  for (const auto& entry : root["probes"].list()) {
    auto score = read_score(entry);
    score.kind = entry["kind"].text();
    if (!score.layer) entry["layer"].fail_expected("a whole number");
    const std::string frame = entry["frame"].text();
    if (!is_main(score)) {
      results.others.push_back(std::move(score));
      continue;
    }
    if (results.frame.empty()) results.frame = frame;
    if (frame == results.frame) results.probes.push_back(std::move(score));  // other frames answer other questions
  }
  const auto asked = results.others;
  const auto has_target = [&](const std::string& target) {
    return std::any_of(asked.begin(), asked.end(), [&](const auto& score) { return score.target == target; });
  };
  for (const auto& entry : root["controls"].list()) {
    const auto name = entry["name"].text();
    if (name == "control-task" || name == "shuffled-labels") continue;  // "selectivity" has them
    auto score = read_score(entry);
    if (name == "wrong-rule") score.name = score.site.empty() ? "one-hot" : "";  // another label to be read
    if (name == "wrong-rule" && has_target(score.target)) continue;  // it was asked for and is there already
    (is_main(score) ? results.controls : results.others).push_back(std::move(score));
  }
  results.best_site = best["site"].text();
  results.best_kind = best["kind"].text();
  results.best_layer = best["layer"].whole(0, 1000);
  if (!best["accuracy"].is_null()) results.best = best["accuracy"].share();
  const auto differences = best.find("differences"), ladders = best.find("differences_by_flips");
  for (const char* name : {"majority", "bag-of-moves", "one-hot", "untrained"}) {
    const auto gain = differences ? differences->find(name) : std::nullopt;
    if (!gain) continue;
    const auto ladder = ladders ? ladders->find(name) : std::nullopt;
    results.differences.push_back(
        {name, gain->estimate(-1, 1), ladder ? read_ladder(*ladder, -1) : std::vector<FlipRung>{}});
  }
  return results;
}

std::vector<const ProbeFigures*> layer_line(const std::vector<ProbeFigures>& scores, const std::string& name) {
  const auto wanted = [&](const ProbeFigures& s) { return s.name == name && is_ridge(s) && s.layer && s.accuracy; };
  const bool residual =
      std::any_of(scores.begin(), scores.end(), [&](const auto& s) { return wanted(s) && is_residual(s.site); });
  std::map<int, const ProbeFigures*> best;
  for (const auto& score : scores) {
    if (!wanted(score) || (residual && !is_residual(score.site))) continue;
    auto& found = best[*score.layer];
    if (found == nullptr || score.rank() > found->rank()) found = &score;
  }
  std::vector<const ProbeFigures*> line;
  for (const auto& [layer, score] : best) line.push_back(score);
  return line;
}

std::string layer_name(int layer) { return layer == 0 ? "embedding" : fmt::format("block {}", layer - 1); }

std::string place_name(const std::string& site) {
  constexpr std::string_view kBlock = "blocks.", kPre = ".hook_resid_pre", kPost = ".hook_resid_post";
  if (site == "hook_embed") return "the embedding";
  const bool pre = site.ends_with(kPre);
  if (!site.starts_with(kBlock) || (!pre && !site.ends_with(kPost))) return site;
  const auto number = site.substr(kBlock.size(), site.find('.', kBlock.size()) - kBlock.size());
  if (number.empty() || number.size() > 3 || number.find_first_not_of("0123456789") != std::string::npos) return site;
  const int layer = std::stoi(number) + (pre ? 0 : 1);
  return layer == 0 ? "the embedding" : "after " + layer_name(layer);
}

std::string input_name(const std::string& name) {
  constexpr std::string_view kUntrained = "untrained ", kJoint = "one-hot + ";
  if (name.starts_with(kJoint)) return "the moves and " + input_name(name.substr(kJoint.size()));
  if (name.starts_with(kUntrained)) return "untrained, " + place_name(name.substr(kUntrained.size()));
  if (name == "one-hot") return "the moves (one-hot)";
  if (name.starts_with("blocks.") || name == "hook_embed") return "network, " + place_name(name);
  return name;
}

}  // namespace othello
