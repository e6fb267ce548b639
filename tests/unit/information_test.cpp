// If these fail, the bits that a probe is said to tell are not there.
#include "probes/information.h"

#include "tests/support/made_input.h"
#include "tests/support/torch_test.h"

namespace othello::test {
namespace {

const Vocabulary kSmall(kBoard6);

/// An untrained model that is read at its token embedding, which tells the last move, and at its position embedding,
/// which tells the ply, as the moves do.
struct Trial {
  explicit Trial(const Target& target, InformationSettings settings = {}, std::int64_t count = 640,
                 const std::vector<std::string>& names = {"hook_embed", "hook_pos_embed"},
                 Mode mode = Mode::by_parity) {
    ModelConfig config;
    config.board = 6, config.d_model = 32, config.layers = 1, config.heads = 2;
    config.resolve();
    const Transformer model(config, 4);
    std::vector<InformationSite> sites;
    for (const auto& name : names) sites.push_back({name, &model, parse_probe_site(name, config), false, true});
    const ProbeGames games(GameSource(kBoard6, 8, Purpose::probes), count);
    const auto part = count / 5;
    const Unfinished nothing;
    const GameSplit split{{0, count - 2 * part}, {count - 2 * part, part}, {count - part, part}};
    found = measure_information({games, kSmall, {4, 9}, target, mode, true, split, 2}, sites, settings, nothing,
                                [](double, const std::string&) {});
  }
  const Json& of(const char* list, const std::string& name, const char* key = "name") const {
    for (const auto& row : found.document[list])
      if (row[key] == name) return row;
    fail("no {} in {}", name, list);
  }
  double bits(const std::string& name) const { return of("probes", name)["v_information"]["mean"]; }
  double length(const std::string& name) const { return of("description_lengths", name)["codelength"]["mean"]; }

  Information found;
};

/// The token of the last move of a row.
int last_token(const Positions& p, std::size_t row) { return p.batch.tokens[static_cast<std::size_t>(p.cells[row])]; }

/// Without description lengths, which take the longest.
InformationSettings brief() {
  InformationSettings settings;
  settings.description_length = false;
  return settings;
}

Target last_move_is_even() {
  return position_target("last move is even", [](const Positions& p, std::size_t row) {
    return static_cast<std::uint8_t>(last_token(p, row) % 2);
  });
}

}  // namespace

TEST_CASE("a label that the input determines is told in full, and the code of it is short") {
  const Trial trial(last_move_is_even());
  const auto& prior = trial.of("probes", "majority");
  CHECK(prior["v_information"] == Json{{"mean", 0.0}, {"low", 0.0}, {"high", 0.0}, {"n", 128}});
  const double entropy = prior["cross_entropy"]["mean"];
  CHECK(entropy > 0.7);
  CHECK(trial.bits("hook_embed") == Approx(entropy).margin(0.02));
  CHECK(std::abs(trial.bits("hook_pos_embed")) < 0.02);
  // The first four of 384 games cost a bit a label, as nothing is known yet; those until all 32 tokens are known some
  // more, for a probe of few games is sure of what it does not know; the others hardly any.
  const auto& told = trial.of("description_lengths", "hook_embed");
  INFO(told.dump(1));
  CHECK(told["first_share"].get<double>() == Approx(4.0 / 384).margin(0.001));
  CHECK(told["blocks"][0]["fit_games"] == 4);
  CHECK(told["blocks"].back()["fit_games"] == 192);
  CHECK(told["blocks"].back()["cross_entropy"].get<double>() < 0.02);
  CHECK(trial.length("hook_embed") > 4.0 / 384);
  CHECK(trial.length("hook_embed") < 0.3);
  CHECK(trial.length("hook_pos_embed") > 0.7);
  CHECK(trial.of("description_lengths", "hook_embed")["uniform"] == 1);
  CHECK(told["compression"]["mean"].get<double>() == Approx(1 / trial.length("hook_embed")));

  // Beside the moves, the ply tells nothing; the last move what they leave open.
  const double left = trial.of("conditional", "hook_embed", "site")["left_given_moves"]["mean"];
  CHECK(trial.of("conditional", "hook_embed", "site")["v_information"]["mean"].get<double>() ==
        Approx(left).margin(0.03));
  CHECK(std::abs(trial.of("conditional", "hook_pos_embed", "site")["v_information"]["mean"].get<double>()) < 0.005);
  for (const char* site : {"hook_embed", "hook_pos_embed"}) {
    const auto joint = trial.bits("one-hot + " + std::string(site));
    CHECK(joint > trial.bits(site) - 0.02);
    CHECK(joint > trial.bits("one-hot") - 0.02);
  }
}

TEST_CASE("what half the games tell is what a measurement of so many games tells") {
  auto settings = brief();
  const Trial all(last_move_is_even(), settings, 320);
  const auto& half = all.of("conditional", "hook_embed", "site")["at_half"];
  CHECK(half["fit_games"] == 128);
  CHECK_FALSE(all.of("conditional", "hook_pos_embed", "site").contains("at_half"));
  CHECK(all.found.document["fit_games"] == 192);
  CHECK(all.found.document["positions_asked"] == 400000);

  settings.positions = 128 * kSmall.context();
  const Trial fewer(last_move_is_even(), settings, 320);
  CHECK(fewer.found.document["fit_games"] == 128);
  CHECK(fewer.found.document["positions_asked"] == settings.positions);
  const auto& same = fewer.of("conditional", "hook_embed", "site");
  for (const char* key : {"v_information", "left_given_moves"}) CHECK(half[key] == same[key]);
}

TEST_CASE("what the moves tell is told by parity also where sites have one set of weights") {
  const Trial one_set(last_move_is_even(), brief(), 160, {"hook_embed"}, Mode::all);
  const Trial two(last_move_is_even(), brief(), 160, {"hook_embed"});
  for (const char* key : {"accuracy", "cross_entropy"})
    CHECK(one_set.of("probes", "one-hot")[key] == two.of("probes", "one-hot")[key]);
  CHECK(one_set.of("probes", "hook_embed")["cross_entropy"] != two.of("probes", "hook_embed")["cross_entropy"]);
}

TEST_CASE("a coin costs a bit and nothing tells it") {
  const Trial trial(position_target("coin", [](const Positions& p, std::size_t row) { return coin(p, row, 0); }));
  CHECK(trial.of("probes", "majority")["cross_entropy"]["mean"].get<double>() == Approx(1).margin(0.01));
  for (const char* name : {"hook_embed", "hook_pos_embed"}) {
    CHECK(trial.bits(name) == Approx(0).margin(0.04));
    CHECK(trial.length(name) == Approx(1).margin(0.15));
    CHECK(trial.length(name) > 0.99);
    CHECK(trial.of("description_lengths", name)["compression"]["mean"].get<double>() == Approx(1).margin(0.15));
  }
  CHECK(trial.length("one-hot") > 0.99);
  CHECK(trial.bits("one-hot") < 0.02);
}

TEST_CASE("of a label with noise an input tells what the noise leaves") {
  // One label in eight is a coin: turned over in one of 16, whose entropy is 0.337 bits.
  const Trial trial(position_target("with noise", [](const Positions& p, std::size_t row) {
    const bool turned = coin(p, row, 1) + coin(p, row, 2) + coin(p, row, 3) + coin(p, row, 4) == 4;
    return static_cast<std::uint8_t>((last_token(p, row) % 2) ^ static_cast<int>(turned));
  }));
  const double noise = -(std::log2(1.0 / 16) / 16 + std::log2(15.0 / 16) * 15 / 16);
  const double prior = trial.of("probes", "majority")["cross_entropy"]["mean"];
  CHECK(trial.bits("hook_embed") == Approx(prior - noise).margin(0.05));
  CHECK(trial.length("hook_embed") > noise);
  CHECK(trial.length("hook_embed") < noise + 0.25);
}

TEST_CASE("a label that never varies has no bits") {
  InformationSettings settings;
  settings.mlp = {4};
  const Trial trial(position_target("nothing", [](const Positions&, std::size_t) { return std::uint8_t{1}; }), settings,
                    120);
  for (const auto& row : trial.found.document["probes"]) {
    CHECK(row["v_information"].is_null());
    CHECK(row["accuracy"].is_null());
  }
  for (const auto& row : trial.found.document["conditional"]) CHECK(row["v_information"].is_null());
  for (const auto& row : trial.found.document["description_lengths"])
    if (row.contains("codelength")) CHECK(row["codelength"].is_null());
  CHECK_FALSE(contains(trial.found.document.dump(), "nan"));
}

}  // namespace othello::test
