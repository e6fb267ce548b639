// Hand-made results of ntk, llc and emergence.
#pragma once

#include "tests/unit/report_fake_run.h"

namespace othello::fake {

inline const std::vector<std::string>& rungs() {
  static const std::vector<std::string> names{"0", "1", "2", "3", "4+"};
  return names;
}

/// The network is far beyond inputs and kernel at many flips, and hardly at none.
inline Json ntk(const Story& story) {
  Json document = envelope(story, "ntk");
  document["frame"] = "mover";
  document["data"] = {{"player", "uniform"}, {"held_out", true}, {"games", 4096}, {"seed", 1}};
  document["kernel"] = {{"output", "contrast"},    {"method", "exact"},    {"dimensions", nullptr},
                        {"sketch_error", nullptr}, {"init_seeds", {1, 2}}, {"parameters", 1195008}};
  document["positions"] = {{"fit", 2048}, {"report", 1024}, {"per_game", 1}};
  const auto share = [&](double mean) { return estimate(mean, 0.01, 1024); };
  const auto concept_row = [&](const char* name, const Json& flips, double input, double network) {
    document["concepts"].push_back({{"name", name},
                                    {"flips", flips},
                                    {"majority_accuracy", share(0.42)},
                                    {"input_accuracy", share(input)},
                                    {"kernel_accuracy", share(input + 0.01)},
                                    {"after_kernel_accuracy", share(network - 0.03)},
                                    {"untrained_accuracy", share(input - 0.05)},
                                    {"network_accuracy", share(network)},
                                    {"kernel_minus_input", estimate(0.01, 0.02, 1024)},
                                    {"network_minus_input", estimate(network - input, 0.0111, 1024)},
                                    {"network_minus_kernel", estimate(network - input - 0.01, 0.0123, 1024)},
                                    {"network_minus_after_kernel", estimate(0.03, 0.02, 1024)},
                                    {"share", 0.2}});
  };
  concept_row("board", nullptr, 0.752, 0.861);
  for (std::size_t i = 0; i < rungs().size(); ++i)
    concept_row("board", rungs()[i], 0.83 - 0.07 * static_cast<double>(i), 0.85 - 0.01 * static_cast<double>(i));
  concept_row("occupied", nullptr, 0.975, 0.97);
  concept_row("colour", nullptr, 0.6, 0.83);
  document["sites"] = {{"input", "one-hot+bag-of-moves"},
                       {"network", "blocks.3.hook_resid_post"},
                       {"untrained", "blocks.0.hook_resid_post"}};
  for (const auto& [name, top1] : {std::pair{"network", 0.9876},
                                   {"kernel", 0.81},
                                   {"after-kernel", 0.93},
                                   {"input", 0.7654},
                                   {"activation-probe", 0.9}})
    document["legality"].push_back(
        {{"name", name}, {"legal_top1", share(top1)}, {"balanced_accuracy", share(top1 - 0.02)}});
  for (const char* of : {"board", "colour"})
    for (const auto& [source, a] :
         {std::pair{"input", 0.1}, {"kernel", 0.137}, {"after-kernel", 0.3}, {"network", 0.4}}) {
      Json points;
      for (const int n : {128, 256, 512, 1024, 2048})
        points.push_back({{"n", n}, {"error", estimate(0.4 * std::pow(n / 128.0, -a), 0.01, 1024)}});
      document["curves"].push_back(
          {{"source", source}, {"concept", of}, {"points", points}, {"exponent", estimate(a, 0.02, 5)}});
    }
  Json& failures = document["failures"];
  failures["share"] = share(0.1357);
  failures["reverse_share"] = share(0.0468);
  failures["net"] = share(0.0889);
  for (std::size_t i = 0; i < rungs().size(); ++i)
    failures["by_flips"].push_back({{"value", rungs()[i]}, {"share", share(0.05 + 0.04 * static_cast<double>(i))}});
  for (const char* plies : {"1-8", "9-16", "17-24", "25-31"})
    failures["by_ply"].push_back({{"value", plies}, {"share", share(0.1)}});
  for (const char* captured : {"0", "1", "2-3", "4+"})
    failures["by_captured"].push_back({{"value", captured}, {"share", share(0.12)}});
  for (const char* length : {"1", "2", "3", "4+"})
    failures["by_line_length"].push_back({{"value", length}, {"share", share(0.09)}});
  for (const auto& [factor, value] :
       {std::pair{"flips", 0.8123}, {"ply", -0.1}, {"captured", 0.05}, {"line length", 0.2}})
    failures["regression"].push_back({{"factor", factor}, {"coefficient", estimate(value, 0.07, 1024)}});
  document["feature_learning"]["score"] = estimate(0.2468, 0.01, 1024);
  for (std::size_t i = 0; i < rungs().size(); ++i)
    document["feature_learning"]["by_flips"].push_back(
        {{"flips", rungs()[i]}, {"score", estimate(0.1 + 0.1 * static_cast<double>(i), 0.02, 1024)}});
  for (const char* kernel : {"init", "trained"}) {
    const double slope = kernel == std::string("init") ? 1.9 : 1.2;
    Json spectrum{{"kernel", kernel}, {"decay", slope}, {"effective_rank", 23.4}};
    for (int rank = 1; rank <= 2048; rank *= 2)
      spectrum["eigenvalues"].push_back({{"rank", rank}, {"value", 5e4 * std::pow(rank, -slope)}});
    for (const char* name : {"occupied", "colour, 0 flips", "colour, 2 flips", "colour, 4+ flips"}) {
      Json power;
      const double at = 1 + static_cast<double>(spectrum["concepts"].size());
      for (int rank = 1; rank <= 2048; rank *= 2)
        power.push_back({{"rank", rank}, {"cumulative", std::pow(rank / 2048.0, 0.2 * at)}});
      spectrum["concepts"].push_back({{"name", name},
                                      {"alignment", 0.31 / at},
                                      {"power", power},
                                      {"learnability", 0.9 / at},
                                      {"predicted_error", 0.1 * at},
                                      {"measured_error", 0.11 * at},
                                      {"measured_accuracy", share(0.9123 - 0.1 * at)}});
    }
    document["spectrum"].push_back(spectrum);
  }
  for (int layer = 0; layer < story.layers; ++layer) {
    Json concepts;
    for (const auto& name : {"occupied", "colour, 0 flips", "colour, 2 flips", "colour, 4+ flips"})
      concepts.push_back(
          {{"name", name}, {"init", 0.1}, {"trained", 0.2 + 0.06 * layer}, {"pca", 0.15 + 0.02 * layer}});
    document["layers"].push_back({{"layer", layer}, {"concepts", concepts}});
  }
  for (int i = 0; i < 8; ++i)
    document["training"].push_back(
        {{"checkpoint", "step_" + std::to_string(10 << i)},
         {"step", 10 << i},
         {"games", 640 << i},
         {"distance_from_init", 1 - std::pow(0.8, i)},
         {"velocity", 0.3 * std::pow(0.7, i)},
         {"alignment",
          {{{"name", "board"}, {"value", 0.1 + 0.03 * i}}, {{"name", "occupied"}, {"value", 0.2 + 0.02 * i}}}},
         {"board_accuracy", share(0.6 + 0.03 * i)}});
  return document;
}

/// Valid but for the first checkpoint and the discs turned most often.
inline Json llc(const Story& story) {
  Json document = envelope(story, "llc");
  document["settings"] = {{"n_beta", 30}, {"gamma", 200},      {"step_size", 0.001}, {"draws", 200},     {"burn_in", 0},
                          {"chains", 4},  {"batch_games", 32}, {"games", 1024},      {"sampler", "sgld"}};
  const auto add = [&](int step, const std::string& component, const std::string& subset, double value,
                       const std::string& reason) {
    Json row{{"checkpoint", "step_" + std::to_string(step)},
             {"step", step},
             {"games", step * 64},
             {"decayed", step == 1280},
             {"component", component},
             {"subset", subset},
             {"llc", estimate(value, 2.5, 4)},
             {"valid", reason.empty()},
             {"chains", {value - 1, value, value + 1, value}},
             {"chain_std", 0.8},
             {"loss_at_start", 1.6},
             {"drift", 0.01},
             {"acceptance", 0.91},
             {"parameters", 1195008}};
    if (!reason.empty()) row["reason"] = reason;
    for (int draw = 0; draw < 200; draw += 4)
      row["trace"].push_back({{"draw", draw}, {"loss", 1.6 + 0.3 * (1 - std::exp(-draw / 30.0))}});
    document["estimates"].push_back(row);
  };
  add(10, "all", "all", -873, "negative: the weights are no minimum");
  for (int i = 1; i < 8; ++i) add(10 << i, "all", "all", 40 + 10 * i, "");
  for (int block = 0; block < story.layers; ++block)
    add(1280, fmt::format("blocks.{}.mlp", block), "all", 12.5 + block, "");
  for (std::size_t i = 0; i + 1 < rungs().size(); ++i)
    add(1280, "all", "flips:" + rungs()[i], 91.25 + static_cast<double>(i), "");
  add(1280, "all", "flips:4+", 5551, "the loss still rises along the chains");
  document["sweep"] = {
      {{"step_size", 0.0001}, {"gamma", 200}, {"n_beta", 30}, {"llc", estimate(88.7, 2, 4)}, {"valid", true}},
      {{"step_size", 0.01},
       {"gamma", 200},
       {"n_beta", 30},
       {"llc", nullptr},
       {"valid", false},
       {"reason", "unstable step"}}};
  document["cases"] = {
      {{"name", "normal crossing w1² w2²"}, {"truth", 0.361}, {"estimate", 0.358}, {"low", 0.351}, {"high", 0.365}}};
  return document;
}

/// Rungs one after the other; the last does not level off.
inline Json emergence(const Story& story) {
  Json document = envelope(story, "emergence");
  document["site"] = "blocks.3.hook_resid_post";
  document["frame"] = "mover";
  const auto at = [](double games, double middle) { return 1 / (1 + std::exp(-3 * std::log10(games / middle))); };
  for (int i = 0; i < 8; ++i) {
    const double games = 640 << i;
    Json row{{"checkpoint", "step_" + std::to_string(10 << i)},
             {"step", 10 << i},
             {"games", games},
             {"cross_entropy", estimate(1.54 + 1.5 / (i + 1), 0.01, 500)},
             {"excess", estimate(1.5 / (i + 1), 0.01, 500)},
             {"legal_top1", estimate(0.3 + 0.09 * i, 0.01, 500)}};
    for (std::size_t r = 0; r < rungs().size(); ++r)
      row["concepts"].push_back({{"name", "board"},
                                 {"flips", rungs()[r]},
                                 {"accuracy", estimate(0.5 + 0.45 * at(games, 2000.0 * std::pow(3, r)), 0.01, 500)}});
    row["concepts"].push_back({{"name", "occupied"}, {"flips", nullptr}, {"accuracy", estimate(0.99, 0.002, 500)}});
    document["checkpoints"].push_back(row);
  }
  for (std::size_t r = 0; r < rungs().size(); ++r) {
    const double games = 2000 * std::pow(3, r);
    Json row{{"name", "board"}, {"flips", rungs()[r]}, {"start", 0.5}, {"end", 0.95}};
    if (r + 1 < rungs().size())
      row.update({{"onset_games", {{"mean", games}, {"low", 0.9 * games}, {"high", 1.1 * games}, {"n", 8}}},
                  {"width_decades", estimate(0.3, 0.05, 8)},
                  {"fit_error", 0.004},
                  {"complete", r != 1}});
    else
      row.update({{"onset_games", nullptr},
                  {"width_decades", nullptr},
                  {"fit_error", nullptr},
                  {"undefined", "does not level off"}});
    document["concepts"].push_back(row);
  }
  document["series"] = {{"llc", nullptr}, {"velocity", nullptr}};
  document["stages"] = {{{"by", "loss"}, {"boundaries", {1500, 20000}}},
                        {{"by", "llc"}, {"boundaries", {9000}}},
                        {{"by", "legal_top1"}, {"boundaries", Json::array()}}};
  for (const int step : {10, 1280})
    for (int layer = 0; layer < story.layers; ++layer) {
      document["independence"].push_back(
          {{"checkpoint", "step_" + std::to_string(step)},
           {"step", step},
           {"games", step * 64},
           {"layer", layer},
           {"site", fmt::format("blocks.{}.mlp.hook_post", layer)},
           {"moments", {{"mean", 0.1}, {"variance", 0.2}, {"skewness", 1}, {"kurtosis", 3}}},
           {"variance_ratio", estimate(1 + 0.001 * step + 0.1 * layer, 0.05, 500)},
           {"at_most_two", {{"observed", estimate(0.02, 0.004, 500)}, {"independent", 1e-9}}},
           {"accuracy", estimate(0.6 + 0.0002 * step, 0.01, 500)},
           {"sorted_accuracy", estimate(0.6111, 0.01, 500)}});
      document["detectors"].push_back({{"checkpoint", "step_" + std::to_string(step)},
                                       {"step", step},
                                       {"layer", layer},
                                       {"neurons", 512},
                                       {"best_f1_mean", 0.4321},
                                       {"null_mean", 0.3},
                                       {"null_q95", 0.35},
                                       {"above_null", step == 10 ? 0.1 : 0.62}});
    }
  return document;
}

}  // namespace othello::fake
