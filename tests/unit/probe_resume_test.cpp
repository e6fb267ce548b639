// If these fail, hours of a probe sweep are lost, or what is taken up again is something else.
#include "common/files.h"
#include "probes/sweep.h"
#include "tests/support/files.h"
#include "tests/support/probe_sets.h"
#include "tests/support/torch_test.h"

namespace othello::test {
namespace {

struct Stop {};

/// Of everything a little; the games that fit make a learning curve of three points.
ProbeSettings settings() {
  ProbeSettings s;
  s.games = 396;
  s.workers = 2;
  s.untrained = 1;
  s.sites = {"blocks.0.hook_resid_pre", "blocks.1.hook_resid_post"};
  s.information.positions = 300;
  s.information.mlp = {4};
  return s;
}

LoadedModel model() {
  auto loaded = small_model(6, 16);
  loaded.facts.seed = 2;
  return loaded;
}

/// The sweep, ended by `Stop` at the call of progress with this number, if it comes to it.
std::optional<ProbeSweep> sweep(Unfinished& unfinished, int stop_at, int* calls = nullptr) {
  static const auto loaded = model();
  int call = 0;
  std::optional<ProbeSweep> done;
  try {
    done = probe_sweep(loaded, settings(), unfinished, [&](double, const std::string&) {
      if (++call == stop_at) throw Stop{};
    });
  } catch (const Stop&) {
  }
  if (calls != nullptr) *calls = call;
  return done;
}

Json timeless(Json document) {
  if (document.is_object()) document.erase("time"), document.erase("seconds");
  if (document.is_structured())
    for (auto& value : document) value = timeless(value);
  return document;
}

void check_same(const ProbeSweep& a, const ProbeSweep& b) {
  CHECK(timeless(a.document) == timeless(b.document));
  REQUIRE(a.probes.probes.size() == b.probes.probes.size());
  for (std::size_t i = 0; i < a.probes.probes.size(); ++i)
    for (const int parity : {0, 1})
      CHECK(at::equal(a.probes.probes[i].readout.weights[parity], b.probes.probes[i].readout.weights[parity]));
}

const Json kIdentity{{"model", "checksum"}};

}  // namespace

TEST_CASE("a sweep that was interrupted anywhere goes on to the same end") {
  int calls = 0;
  Unfinished nothing;
  const auto whole = sweep(nothing, 0, &calls);
  REQUIRE(whole);
  REQUIRE(calls > 20);
  const TemporaryFolder folder;
  const auto leftovers = folder / "probes.safetensors.unfinished";
  // Each time twice as far as the time before, of the calls that are left.
  int ends = 0, stop_at = 2;
  for (bool ended = true; ended; ends += ended, stop_at *= 2) {
    Unfinished unfinished(leftovers, kIdentity);
    CHECK(unfinished.resumed() == (ends > 0));
    ended = !sweep(unfinished, stop_at);
    CHECK(std::filesystem::exists(leftovers));
  }
  CHECK(ends > 2);
  Unfinished unfinished(leftovers, kIdentity);
  const auto resumed = sweep(unfinished, 0);
  REQUIRE(resumed);
  check_same(*resumed, *whole);
  CHECK(std::filesystem::exists(leftovers));  // until the probes are written
  unfinished.finish();
  CHECK_FALSE(std::filesystem::exists(leftovers));
}

TEST_CASE("a sweep that was interrupted late does not begin anew") {
  const TemporaryFolder folder;
  int calls = 0;
  {
    Unfinished unfinished(folder / "late", kIdentity);
    REQUIRE(sweep(unfinished, 0, &calls));
  }
  Unfinished unfinished(folder / "late", kIdentity);
  int left = 0;
  const auto again = sweep(unfinished, 0, &left);
  REQUIRE(again);
  CHECK(left < calls / 3);  // collecting and reading, but no pass of a fit
  for (const auto& of : again->document["information"]["probes"]) CHECK(of.contains("accuracy"));
}

TEST_CASE("leftovers of another sweep are neither taken nor removed, and it is said how to go on") {
  const TemporaryFolder folder;
  const auto leftovers = folder / "of another";
  {
    Unfinished other(leftovers, {{"model", "checksum"}, {"games", 7}, {"version", "abc"}});
    CHECK_FALSE(sweep(other, 4));
  }
  const auto refused = [&](const Json& identity) { return error_of([&] { Unfinished(leftovers, identity); }); };
  CHECK(
      contains(refused({{"model", "checksum"}, {"games", 8}, {"version", "abc"}}), "differs from this one in: games;"));
  const auto later = refused({{"model", "checksum"}, {"games", 7}, {"version", "abd"}});
  CHECK(contains(later, "differs from this one in: version;"));
  for (const char* word : {"of another", "remove the folder", "--probes"}) CHECK(contains(later, word));
  CHECK(std::filesystem::exists(leftovers));
  CHECK(refused({{"model", "checksum"}, {"games", 7}, {"version", "abc"}}).empty());
}

TEST_CASE("a damaged leftover is named, and never taken for a whole one") {
  const TemporaryFolder folder;
  const auto leftovers = folder / "damaged";
  {
    Unfinished unfinished(leftovers, kIdentity);
    CHECK_FALSE(sweep(unfinished, 4));
  }
  const auto sums = leftovers / "sums.safetensors";
  const auto content = read_file(sums);
  for (const std::size_t kept : {std::size_t{0}, std::size_t{20}, content.size() / 2, content.size() - 1}) {
    write_file(sums, content.substr(0, kept));
    const auto error = error_of([&] { Unfinished(leftovers, kIdentity); });
    CHECK(contains(error, "sums.safetensors"));
    CHECK(contains(error, "remove the folder"));
  }
}

}  // namespace othello::test
