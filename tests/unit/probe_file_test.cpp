// If these fail, interventions and other programs steer and read along other directions than were fitted.
#include "common/files.h"
#include "probes/probe_export.h"
#include "tests/support/files.h"
#include "tests/support/probe_sets.h"
#include "tests/support/torch_test.h"

namespace othello::test {
namespace {

const Site kFirst{SiteKind::resid_pre, 0}, kLast{SiteKind::resid_post, 1};
const ProbeSite kHead{{SiteKind::z, 1}, 1}, kHidden{{SiteKind::mlp_post, 0}}, kScale{{SiteKind::ln1_scale, 0}};

/// Of several targets, modes and widths.
ProbeSet many_probes(const ModelConfig& config) {
  at::manual_seed(5);
  const auto squares = board_size(config.board).square_count();
  ProbeSet set;
  const auto add = [&](const ProbeSite& site, const std::string& target, const std::string& mode,
                       const std::vector<std::string>& classes, std::int64_t units) {
    const auto draw = [&] {
      return at::randn({site_width(site, config) + 1, units, static_cast<std::int64_t>(classes.size())});
    };
    const auto even = draw(), odd = mode == "all" ? even : draw();
    set.probes.push_back(made_up(site, target, mode, "ridge", classes, even, odd));
  };
  for (const ProbeSite& site : {ProbeSite{kFirst}, ProbeSite{kLast}, kHead, kHidden, kScale})
    for (const auto& mode : mode_names()) add(site, "mine-yours-empty", mode, kBoardClasses, squares);
  add({kLast}, "flipped", "by-parity", {"no", "yes"}, squares);
  add({kLast}, "ply", "all", {"1", "2", "3", "4"}, 1);
  for (const ProbeSite& site : {ProbeSite{kLast}, kHead}) {
    set.mean[site] = at::randn({site_width(site, config)});
    set.deviation[site] = at::rand({site_width(site, config)}) + 0.1;
  }
  return set;
}

bool same(const Tensor& a, const Tensor& b) { return a.defined() == b.defined() && (!a.defined() || at::equal(a, b)); }

/// A file of probes in which something was changed.
template <class Change>
std::string refusal(const LoadedModel& model, const Change& change) {
  const TemporaryFolder folder;
  const auto file = folder / "probes.safetensors";
  write_probes(file, many_probes(model.model.config()), model);
  auto content = read_safetensors(file);
  change(content);
  write_safetensors(file, content);
  return error_of([&] { read_probes(file, model); });
}

constexpr const char* kW = "mine-yours-empty/by-parity.even/ridge/W";

}  // namespace

TEST_CASE("probes of every target, mode, width and board size come back to the last bit") {
  for (const int board : {8, 6}) {
    const auto model = small_model(board, 16);
    const TemporaryFolder folder;
    const auto probes = many_probes(model.model.config());
    write_probes(folder / "probes.safetensors", probes, model);
    const auto read = read_probes(folder / "probes.safetensors", model);
    REQUIRE(read.probes.size() == probes.probes.size());
    for (const auto& probe : probes.probes) {
      const auto* found = read.find(probe.site, probe.target, probe.mode, probe.kind);
      REQUIRE(found != nullptr);
      CHECK(found->frame == probe.frame);
      CHECK(found->classes == probe.classes);
      for (const int parity : {0, 1}) CHECK(same(found->readout.weights[parity], probe.readout.weights[parity]));
    }
    REQUIRE(read.mean.size() == probes.mean.size());
    for (const auto& [site, mean] : probes.mean) {
      CHECK(at::equal(read.mean.at(site), mean));
      CHECK(at::equal(read.deviation.at(site), probes.deviation.at(site)));
    }
  }
}

TEST_CASE("a file of probes has the layout that its documentation promises") {
  const auto model = small_model(6, 16);
  const TemporaryFolder folder;
  const auto probes = many_probes(model.model.config());
  write_probes(folder / "p.safetensors", probes, model);
  const auto content = read_safetensors(folder / "p.safetensors");
  CHECK(is_probe_file(content));
  const auto& w = content.tensors.at(kW);
  CHECK(w.sizes() == at::IntArrayRef{2, 16, 8, 8, 3});
  CHECK(content.tensors.at("mine-yours-empty/all/ridge/b").sizes() == at::IntArrayRef{2, 8, 8, 3});
  CHECK(content.tensors.at("width8/mine-yours-empty/odd/ridge/W").sizes() == at::IntArrayRef{1, 8, 8, 8, 3});
  CHECK(content.tensors.at("width64/mine-yours-empty/odd/ridge/W").sizes() == at::IntArrayRef{1, 64, 8, 8, 3});
  CHECK(content.tensors.at("ply/all/ridge/W").sizes() == at::IntArrayRef{1, 16, 1, 1, 4});
  CHECK(content.tensors.at("mean").sizes() == at::IntArrayRef{1, 16});
  CHECK(content.tensors.at("width8/deviation").sizes() == at::IntArrayRef{1, 8});

  const auto* last = probes.find({kLast}, "mine-yours-empty", "by-parity", "ridge");
  const auto squares = board_squares(kBoard6);
  auto on_board = torch::zeros({8, 8}, at::kBool);
  for (std::size_t i = 0; i < squares.size(); ++i) {
    const auto rank = squares[i] / 8, file = squares[i] % 8;
    on_board[rank][file] = true;
    const auto column = last->readout.weights[0].narrow(1, static_cast<std::int64_t>(i) * 3, 3);
    CHECK(at::equal(w[1].select(1, rank).select(1, file), column.narrow(0, 0, 16)));
  }
  CHECK(w.masked_select(on_board.logical_not().view({1, 1, 8, 8, 1})).count_nonzero().item<std::int64_t>() == 0);
}

TEST_CASE("directions are unit vectors between classes, and nothing off the board") {
  const auto model = small_model(6, 16);
  const auto probes = many_probes(model.model.config());
  const auto* probe = probes.find({kLast}, "mine-yours-empty", "by-parity", "ridge");
  const auto found = directions(*probe, 1, 0, 1, kBoard6);
  const auto w = probe->readout.weights[1].view({17, 36, 3});
  const auto c3 = 2 + 8 * 2;  // the eighth square of 6×6: b2 … g2, b3, c3
  const auto expected = w.select(1, 7).select(1, 0).narrow(0, 0, 16) - w.select(1, 7).select(1, 1).narrow(0, 0, 16);
  CHECK(at::allclose(found[c3], expected / expected.norm(), 1e-6, 1e-7));
  CHECK(found[0].count_nonzero().item<std::int64_t>() == 0);
  CHECK(contains(
      error_of([&] { directions(*probes.find({kLast}, "mine-yours-empty", "even", "ridge"), 0, 1, 1, kBoard6); }),
      "no weights for odd plies"));
  CHECK(contains(error_of([&] { directions(*probes.find({kLast}, "ply", "all", "ridge"), 0, 1, 1, kBoard6); }),
                 "one label per position"));
}

TEST_CASE("probes of another model, checkpoint or width are refused with the difference") {
  const auto model = small_model(6, 16);
  const TemporaryFolder folder;
  const auto file = folder / "p.safetensors";
  write_probes(file, many_probes(model.model.config()), model);
  const auto refused_by = [&](const LoadedModel& other) { return error_of([&] { read_probes(file, other); }); };
  CHECK(contains(refused_by(small_model(6, 24)), "d_model 16, but model.safetensors has 24"));
  CHECK(contains(refused_by(small_model(8, 16)), "board 6, but model.safetensors has 8"));
  auto later = small_model(6, 16);
  later.sha256 = "another";
  CHECK(contains(refused_by(later), "another model or checkpoint"));
  CHECK(refused_by(model).empty());
}

TEST_CASE("a damaged file of probes is refused, wherever it is damaged") {
  const auto model = small_model(6, 16);
  CHECK(contains(refusal(model, [](SafeTensors& c) { c.tensors.erase(kW); }), kW));
  CHECK(contains(refusal(model, [](SafeTensors& c) { c.tensors["more/all/ridge/W"] = at::ones({1}); }), "do not name"));
  CHECK(contains(refusal(model, [](SafeTensors& c) { c.tensors[kW][0][3][4][4][1] = NAN; }), "not finite"));
  CHECK(contains(refusal(model, [](SafeTensors& c) { c.tensors[kW][0][3][0][0][1] = 1; }), "not on the board"));
  CHECK(contains(refusal(model, [](SafeTensors& c) { c.tensors[kW] = c.tensors[kW].narrow(1, 0, 15); }), "shape"));
  CHECK(contains(refusal(model, [](SafeTensors& c) { c.tensors[kW] = c.tensors[kW].to(at::kDouble); }), "fp32"));
  CHECK(contains(refusal(model, [](SafeTensors& c) { c.metadata.clear(); }), "not a file of probes"));
  CHECK(contains(refusal(model, [](SafeTensors& c) { c.metadata["config"] = "{\"d_model\": -1}"; }), "d_model"));
  const auto with_contents = [&](const std::string& from, const std::string& to) {
    return refusal(model, [&](SafeTensors& c) {
      auto& text = c.metadata.at("contents");
      REQUIRE(contains(text, from));
      text.replace(text.find(from), from.size(), to);
    });
  };
  CHECK(contains(with_contents("blocks.1.hook_resid_post", "blocks.1.hook_resid_past"),
                 "the nearest is 'blocks.1.hook_resid_post'"));
  CHECK(contains(with_contents("blocks.1.attn.hook_z.1", "blocks.1.attn.hook_z.2"), "heads"));
  CHECK(contains(with_contents("\"blocks.1.hook_resid_post\"", "7"), "malformed"));
  CHECK(contains(with_contents("\"by-parity\"", "\"by-purity\""), "by-parity"));
  CHECK(contains(with_contents("\"mine-yours-empty\"", "\"../../elsewhere\""), "cannot be the target"));
  CHECK(contains(with_contents("\"groups\"", "\"grapes\""), "malformed"));
  CHECK(contains(with_contents("\"mine\",\"yours\"", "\"mine\",\"yours\",\"ours\""), "shape"));
  CHECK(contains(with_contents("\"width\":16", "\"width\":17"), "17"));

  const TemporaryFolder folder;
  write_probes(folder / "whole", many_probes(model.model.config()), model);
  const auto bytes = read_file(folder / "whole");
  for (std::size_t length = 0; length < bytes.size(); length += bytes.size() / 97 + 1) {
    write_file(folder / "part", std::string_view(bytes).substr(0, length));
    CHECK(contains(error_of([&] { read_probes(folder / "part", model); }), "part"));
  }
}

TEST_CASE("one bit that is not what was written is noticed, but in files of before there were checksums") {
  const auto model = small_model(6, 16);
  const auto flip = [](SafeTensors& c) {
    // The lowest of a weight on the board: still finite, and next to what it was.
    *static_cast<std::uint8_t*>(c.tensors[kW][0][0][3][3][0].data_ptr()) ^= 1;
  };
  CHECK(contains(refusal(model, flip), "checksum"));
  CHECK(refusal(model, [&](SafeTensors& c) {
          flip(c);
          c.metadata.erase("tensors_sha256");
        }).empty());
}

TEST_CASE("probes are not written over anything but probes") {
  const auto model = small_model(6, 16);
  const TemporaryFolder folder;
  const auto refused = [&](const std::filesystem::path& file) {
    return error_of([&] { require_place_for_probes(file); });
  };
  CHECK(refused(folder / "new.safetensors").empty());
  write_probes(folder / "probes", many_probes(model.model.config()), model);
  CHECK(refused(folder / "probes").empty());
  write_file(folder / "notes.txt", "dear diary");
  CHECK(contains(refused(folder / "notes.txt"), "not a file of probes"));
  write_safetensors(folder / "weights", {{{"w", at::ones({2})}}, {}});
  CHECK(contains(refused(folder / "weights"), "not a file of probes"));
  std::filesystem::create_directory(folder / "sub");
  CHECK(contains(refused(folder / "sub"), "is a folder"));
  CHECK(contains(refused(folder / "nowhere" / "probes"), "there is no folder"));
}

TEST_CASE("what is no probe of the model is not written") {
  const auto model = small_model(6, 16);
  const TemporaryFolder folder;
  const auto refused = [&](const auto& change) {
    auto probes = many_probes(model.model.config());
    change(probes);
    return error_of([&] { write_probes(folder / "p", probes, model); });
  };
  CHECK(contains(refused([](ProbeSet& p) { p.probes.push_back(p.probes[0]); }), "two of"));
  CHECK(contains(refused([](ProbeSet& p) { p.probes[0].readout.weights[1] = Tensor(); }), "no fp32 weights"));
  CHECK(contains(refused([](ProbeSet& p) { p.probes[0].readout.weights[0][2][2] = INFINITY; }), "not finite"));
  CHECK(contains(refused([](ProbeSet& p) { p.probes[0].kind = "a/b"; }), "kind"));
  CHECK(contains(refused([](ProbeSet& p) { p.probes[0].frame = "parity"; }), "another frame"));
  CHECK(contains(refused([](ProbeSet& p) { p.deviation.clear(); }), "deviation"));
  CHECK(folder.entries() == 0);
}

TEST_CASE("places that probes read have names, and a wrong name leads to the nearest") {
  const auto config = small_model(8, 16).model.config();
  for (const auto& [name, width] : std::map<std::string, std::int64_t>{{"blocks.1.hook_resid_post", 16},
                                                                       {"blocks.0.attn.hook_z", 16},
                                                                       {"blocks.0.attn.hook_z.1", 8},
                                                                       {"blocks.0.attn.hook_q.0", 8},
                                                                       {"blocks.1.mlp.hook_post", 64},
                                                                       {"ln_final.hook_scale", 1}}) {
    const auto site = parse_probe_site(name, config);
    CHECK(site_name(site) == name);
    CHECK(site_width(site, config) == width);
  }
  const auto wrong = [&](const char* name) { return error_of([&] { parse_probe_site(name, config); }); };
  CHECK(contains(wrong("blocks.0.attn.hook_z.2"), "'blocks.0.attn.hook_z.1'"));
  CHECK_FALSE(wrong("blocks.0.attn.hook_z.01").empty());
  CHECK_FALSE(wrong("blocks.0.attn.hook_z.99999999999").empty());
  CHECK(contains(wrong("blocks.0.hook_resid_post.1"), "nearest is 'blocks.0.hook_resid_post'"));
  CHECK(contains(wrong("blocks.1.hook_resid_prost"), "nearest is 'blocks.1.hook_resid_post'"));
  CHECK(contains(wrong("blocks.1.attn.hook_pattern"), "'blocks.1.attn.hook_z'"));
}

TEST_CASE("probes as .npy files have the numbers and shapes of the tensors") {
  const auto model = small_model(6, 16);
  const TemporaryFolder folder;
  write_probes(folder / "p", many_probes(model.model.config()), model);
  const auto index = export_probes_numpy(folder / "p", folder / "out");
  CHECK(index == parse_json(read_file(folder / "out/probes.json"), "probes.json"));
  CHECK(index["model"]["config"]["d_model"] == 16);
  CHECK(index["sites"].size() == 5);
  CHECK(index["groups"].size() == 18);
  const auto content = read_safetensors(folder / "p");
  CHECK(index["tensors"].size() == content.tensors.size());
  const auto& entry = index["tensors"][kW];
  CHECK(entry["file"] == "mine-yours-empty.by-parity.even.ridge.W.npy");
  CHECK(entry["shape"] == Json({2, 16, 8, 8, 3}));
  const auto bytes = read_file(folder / "out" / entry["file"].get<std::string>());
  const std::string start = std::string("\x93NUMPY\x01\x00\x76\x00", 10) +
                            "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 16, 8, 8, 3), }";
  CHECK(bytes.substr(0, start.size()) == start);
  const auto& w = content.tensors.at(kW);
  REQUIRE(bytes.size() == 128 + w.nbytes());
  CHECK(std::string_view(bytes).substr(128) == std::string_view(static_cast<const char*>(w.data_ptr()), w.nbytes()));
  CHECK_FALSE(error_of([&] { export_probes_numpy(folder / "p", folder / "out"); }).empty());
}

TEST_CASE("published layouts have the letter first, their classes and their plies") {
  // One number for every (parity, square, class) so that any mix-up shows.
  const auto model = small_model(8, 4);
  const auto value = [](int parity, int square, int cls) { return 1000.0F * parity + 10.0F * square + cls; };
  const auto probe_of = [&](const std::string& target, const std::string& mode, const std::vector<std::string>& classes,
                            float offset) {
    Tensor weights[2];
    for (const int parity : {0, 1}) {
      weights[parity] = torch::zeros({5, 64, 3});
      for (int square = 0; square < 64; ++square)
        for (int c = 0; c < 3; ++c) {
          weights[parity][2][square][c] = offset + value(parity, square, c);
          weights[parity][4][square][c] = -value(parity, square, c);  // the bias
        }
    }
    return made_up({kLast}, target, mode, "ridge", classes, weights[0], mode == "all" ? weights[0] : weights[1]);
  };
  constexpr int kMine = 0, kYours = 1, kEmpty = 2, kBlack = 0, kWhite = 1;
  ProbeSet set;
  set.probes = {probe_of("mine-yours-empty", "by-parity", kBoardClasses, 0),
                probe_of("mine-yours-empty", "all", kBoardClasses, 5000)};
  const TemporaryFolder folder;
  const auto file = folder / "p.safetensors", out = folder / "published.safetensors";
  write_probes(file, set, model);
  const auto at_square = [&](const Tensor& t, std::int64_t mode, int square, int cls) {  // a1 = 0, b1 = 1
    return t[mode][2][square % 8][square / 8][cls].item<float>();
  };

  auto answer = export_probes_published(file, PublishedLayout::colors, "blocks.1.hook_resid_post", "", out);
  CHECK(answer["shape"] == Json({3, 4, 8, 8, 3}));
  CHECK(answer["classes"] == Json({"empty", "white", "black"}));
  CHECK(answer["modes"][2] == "none: zeros");
  CHECK_FALSE(is_probe_file(read_safetensors(out)));
  auto linear = read_safetensors(out).tensors.at("linear_probe");
  for (int square = 0; square < 64; ++square) {
    // After an even number of moves black plays: white's discs are yours. After an odd number, white's are mine.
    for (const auto& [mode, cls, ours] : {std::tuple{0, 0, kEmpty},
                                          {0, 1, kYours},
                                          {0, 2, kMine},  //
                                          {1, 0, kEmpty},
                                          {1, 1, kMine},
                                          {1, 2, kYours}})
      CHECK(at_square(linear, mode, square, cls) == value(mode, square, ours));
  }
  CHECK(linear[2].count_nonzero().item<std::int64_t>() == 0);
  // f5 is square 37 here; there row f (5), column 5 (4).
  CHECK(linear[0][2][5][4][0].item<float>() == value(0, 37, kEmpty));
  CHECK(read_safetensors(out).tensors.at("linear_probe_bias")[1][5][4][2].item<float>() == -value(1, 37, kYours));

  answer = export_probes_published(file, PublishedLayout::sides, "blocks.1.hook_resid_post", "ridge", out);
  CHECK(answer["shape"] == Json({1, 4, 8, 8, 3}));
  CHECK(answer["modes"] == Json::array({"all"}));
  linear = read_safetensors(out).tensors.at("linear_probe");
  for (int square = 0; square < 64; ++square)
    for (const auto& [cls, ours] : {std::pair{0, kEmpty}, {1, kYours}, {2, kMine}})
      CHECK(at_square(linear, 0, square, cls) == 5000 + value(0, square, ours));

  const auto refused = [&](const char* site, const char* kind) {
    return error_of([&] { export_probes_published(file, PublishedLayout::colors, site, kind, out); });
  };
  CHECK(contains(refused("blocks.0.hook_resid_post", ""), "there is one at blocks.1.hook_resid_post"));
  CHECK(contains(refused("blocks.1.hook_resid_past", ""), "nearest is 'blocks.1.hook_resid_post'"));
  CHECK(contains(refused("blocks.1.hook_resid_post", "logistic"), "no logistic probe"));

  set.probes.push_back(probe_of("black-white-empty", "all", {"black", "white", "empty"}, 7000));
  write_probes(file, set, model);
  answer = export_probes_published(file, PublishedLayout::colors, "blocks.1.hook_resid_post", "", out);
  CHECK(answer["modes"][2] == "all");
  linear = read_safetensors(out).tensors.at("linear_probe");
  for (const auto& [cls, ours] : {std::pair{0, kEmpty}, {1, kWhite}, {2, kBlack}})
    CHECK(at_square(linear, 2, 37, cls) == 7000 + value(0, 37, ours));
}

}  // namespace othello::test
