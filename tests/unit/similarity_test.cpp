// If these fail, probes are called alike that are not, or the other way round.
#include "probes/similarity.h"

#include "tests/support/probe_sets.h"
#include "tests/support/torch_test.h"

namespace othello::test {
namespace {

constexpr int kWidth = 128;  // more than the 64 squares, so that directions can be orthogonal
const ProbeSite kFirst{{SiteKind::resid_pre, 0}}, kMiddle{{SiteKind::resid_post, 0}}, kLast{{SiteKind::resid_post, 1}};

/// A probe whose directions mine − yours are the rows of `even` and `odd`, [64, width], and whose class "empty" never
/// varies.
FittedProbe planted(const ProbeSite& site, const Tensor& even, const Tensor& odd,
                    const std::string& mode = "by-parity") {
  const auto weights = [](const Tensor& rows) {
    auto w = torch::zeros({rows.size(1) + 1, 64, 3});
    w.narrow(0, 0, rows.size(1)).select(2, 0).copy_(rows.t());
    w.narrow(0, 0, rows.size(1)).select(2, 1).copy_(-rows.t());
    w[rows.size(1)].fill_(0.3);  // an intercept is no direction
    return w;
  };
  return made_up(site, "mine-yours-empty", mode, "ridge", kBoardClasses, weights(even), weights(odd));
}

Tensor orthonormal(std::uint64_t seed) {
  at::manual_seed(seed);
  return std::get<0>(at::linalg_qr(at::randn({kWidth, kWidth}, at::kDouble))).to(at::kFloat);
}

Json across_sites(const Json& document, int set = 0) {
  return document["contrasts"][0]["sets"][set]["across_sites"]["mean"];
}

}  // namespace

TEST_CASE("identical, opposite and orthogonal directions have the cosines 1, -1 and 0") {
  const auto model = small_model(8, kWidth);
  const auto q = orthonormal(1), rows = q.narrow(0, 0, 64), others = q.narrow(0, 64, 64);
  ProbeSet set;
  set.probes = {planted(kFirst, rows, rows), planted(kMiddle, 7 * rows, -rows), planted(kLast, others, rows)};
  const auto document = similarity(set, model, "mine-yours-empty", "by-parity", "ridge", kMiddle);
  CHECK(document["site"] == "blocks.0.hook_resid_post");
  CHECK(document["contrasts"][0]["contrast"] == "mine - yours");
  const auto even = across_sites(document, 0), odd = across_sites(document, 1);
  for (const auto& [i, j, expected_even, expected_odd] :
       {std::tuple{0, 0, 1.0, 1.0}, {0, 1, 1.0, -1.0}, {0, 2, 0.0, 1.0}, {1, 2, 0.0, -1.0}}) {
    CHECK(std::abs(even[i][j].get<double>() - expected_even) < 2e-4);
    CHECK(std::abs(odd[i][j].get<double>() - expected_odd) < 2e-4);
  }
  const auto& plies = document["contrasts"][0]["across_plies"];
  for (const auto& [i, expected] : {std::pair{0, 1.0}, {1, -1.0}, {2, 0.0}})
    CHECK(std::abs(plies[i]["mean"].get<double>() - expected) < 2e-4);
  CHECK(plies[0]["null"]["deviation"].get<double>() == Approx(1 / std::sqrt(double{kWidth})));

  const auto& squares = document["contrasts"][0]["sets"][0]["across_squares"];
  CHECK_FALSE(squares[0].contains("cosines"));
  REQUIRE(squares[1]["cosines"].size() == 64);
  CHECK(squares[1]["cosines"][5][5].get<double>() == Approx(1));
  CHECK(squares[1]["mean_size"].get<double>() < 2e-4);
  CHECK(squares[1]["n"] == 64 * 63);
}

TEST_CASE("a direction that is not there is null and not a number") {
  const auto model = small_model(6, kWidth);
  auto rows = at::randn({36, kWidth});
  rows[3].zero_();
  ProbeSet set;
  auto w = torch::zeros({kWidth + 1, 36, 3});
  w.narrow(0, 0, kWidth).select(2, 0).copy_(rows.t());
  set.probes = {made_up(kLast, "mine-yours-empty", "all", "ridge", kBoardClasses, w, w)};
  const auto document = similarity(set, model, "mine-yours-empty", "all", "ridge");
  const auto& part = document["contrasts"][0]["sets"][0]["across_squares"][0];
  CHECK(part["n"] == 35 * 34);
  CHECK(part["cosines"][0][0].is_null());                            // off the board
  CHECK(part["cosines"][board_squares(kBoard6)[3]][9].is_null());    // it never varies
  CHECK(part["cosines"][board_squares(kBoard6)[4]][9].is_number());  // b2 is 9
  CHECK(document["contrasts"][1]["contrast"] == "empty - rest");
  CHECK_FALSE(contains(document.dump(), "nan"));
}

TEST_CASE("directions that write moves are recognised in the unembedding, behind the last norm's gain") {
  auto model = small_model(8, kWidth);
  const auto& p = model.model.parameters();
  at::manual_seed(2);
  p.ln_final_w.detach().copy_(at::rand({kWidth}) + 0.5);
  const auto vocabulary = model.model.config().vocabulary();
  auto rows = at::randn({64, kWidth});
  for (int square = 0; square < 64; ++square)
    if (const auto token = vocabulary.token(square); token != kPadding) {
      const auto column = (p.W_U.select(1, token) * p.ln_final_w).detach();
      rows[square].copy_(column - column.mean());
    }
  ProbeSet set;
  set.probes = {planted(kFirst, at::randn({64, kWidth}), at::randn({64, kWidth})), planted(kLast, rows, rows)};
  const auto document = similarity(set, model, "mine-yours-empty", "by-parity", "ridge");
  const auto& moves = document["contrasts"][0]["sets"][0]["to_unembedding"];
  CHECK(moves[1]["mean"].get<double>() == Approx(1));
  CHECK(moves[1]["n"] == 60);
  CHECK(moves[1]["squares"][27].is_null());  // d4 is never played
  CHECK(std::abs(moves[0]["mean"].get<double>()) < 5 / std::sqrt(60.0 * kWidth));
}

TEST_CASE("chance is what random directions give") {
  const auto model = small_model(8, kWidth);
  at::manual_seed(3);
  ProbeSet set;
  set.probes = {planted(kLast, at::randn({64, kWidth}), at::randn({64, kWidth}))};
  const auto document = similarity(set, model, "mine-yours-empty", "by-parity", "ridge");
  const auto& part = document["contrasts"][0]["sets"][0]["across_squares"][0];
  CHECK(part["deviation"].get<double>() == Approx(part["null"]["deviation"].get<double>()).epsilon(0.05));
  CHECK(part["mean_size"].get<double>() == Approx(part["null"]["mean_size"].get<double>()).epsilon(0.05));
}

TEST_CASE("a model whose space is rotated has other directions and the same geometry of squares") {
  at::manual_seed(4);
  const auto rows = at::mm(at::randn({64, 6}), at::randn({6, kWidth})) + 0.3 * at::randn({64, kWidth});
  const auto rotated = at::mm(rows, orthonormal(5));
  ProbeSet a, b, c;
  a.probes = {planted(kLast, rows, rows)};
  b.probes = {planted(kLast, rotated, rotated)};
  c.probes = {planted(kLast, at::randn({64, kWidth}), at::randn({64, kWidth}))};
  const auto compared = [&](const ProbeSet& with) {
    return compare_probes(a, with, kBoard8, "mine-yours-empty", "by-parity",
                          "ridge")["contrasts"][0]["sets"][0]["sites"][0];
  };
  const auto same = compared(a), turned = compared(b), random = compared(c);
  CHECK(same["cosine"]["mean"].get<double>() == Approx(1));
  CHECK(same["rsa"]["correlation"].get<double>() == Approx(1));
  CHECK(std::abs(turned["cosine"]["mean"].get<double>()) < 0.2);
  CHECK(turned["rsa"]["correlation"].get<double>() == Approx(1).margin(1e-4));
  CHECK(turned["rsa"]["null"]["largest"].get<double>() < 0.3);
  CHECK(std::abs(random["rsa"]["correlation"].get<double>()) < 0.15);
  ProbeSet elsewhere;
  elsewhere.probes = {planted(kFirst, rows, rows)};
  CHECK(contains(error_of([&] { compared(elsewhere); }), "at the same site"));
}

TEST_CASE("sites whose coordinates mean different things are not compared") {
  const auto model = small_model(8, kWidth);
  const auto q = orthonormal(6).narrow(0, 0, 64);
  ProbeSet set;
  set.probes = {planted(kFirst, q, q), planted({{SiteKind::z, 0}}, q, q), planted(kLast, q, q)};
  const auto document = similarity(set, model, "mine-yours-empty", "by-parity", "ridge");
  const auto& part = document["contrasts"][0]["sets"][0];
  CHECK(part["across_sites"]["sites"] == Json({"blocks.0.hook_resid_pre", "blocks.1.hook_resid_post"}));
  CHECK(part["across_squares"].size() == 3);
  CHECK(contains(error_of([&] { similarity(set, model, "mine-yours-empty", "by-parity", "logistic"); }), "logistic"));
}

}  // namespace othello::test
