// Configuration: a typo must never run for an hour with a default value.
#include "common/config.h"

#include "tests/support/test.h"

using namespace othello;
using othello::test::contains;
using othello::test::error_of;

namespace {

struct Inner {
  double rate = 0.5;
  std::string kind = "linear";
  template <class Visitor>
  void fields(Visitor& v) {
    v("rate", rate, Range{0, 1});
    v("kind", kind, OneOf{{"linear", "mlp"}});
  }
};

struct Outer {
  int layers = 6;
  std::uint8_t small = 3;
  bool fast = true;
  Inner probe;
  template <class Visitor>
  void fields(Visitor& v) {
    v("layers", layers, Range{1, 64});
    v("small", small);
    v("fast", fast);
    v("probe", probe);
  }
};

/// The message for reading `text` into a default Outer; it must leave the struct as it was.
std::string problem(const char* text) {
  Outer config;
  const Json before = to_json(config);
  const auto message = error_of([&] { read_config(config, parse_json(text, "test")); });
  if (!message.empty()) CHECK(to_json(config) == before);
  return message;
}

}  // namespace

TEST_CASE("A configuration may have comments, other documents may not") {
  CHECK(parse_json("{ // why\n \"a\": 1}", "x", true)["a"] == 1);
  CHECK(contains(error_of([] { parse_json("{ // why\n \"a\": 1}", "x"); }), "not valid JSON"));
}

TEST_CASE("A written configuration reads back and keys that are left out keep their value") {
  Outer config;
  read_config(config, parse_json(R"({"layers": 2, "probe": {"rate": 1, "kind": "mlp"}})", "test"));
  CHECK(config.layers == 2);
  CHECK(config.small == 3);
  CHECK(config.probe.rate == 1.0);
  CHECK(config.probe.kind == "mlp");
  Outer again;
  read_config(again, to_json(config));
  CHECK(to_json(again) == to_json(config));
  CHECK(to_json(config).dump() == R"({"layers":2,"small":3,"fast":true,"probe":{"rate":1.0,"kind":"mlp"}})");
}

TEST_CASE("An unknown key is refused by name and the nearest valid one is offered") {
  CHECK(contains(problem(R"({"layrs": 2})"), "'layrs'; the nearest valid one is 'layers'"));
  CHECK(contains(problem(R"({"probe": {"rte": 0.1}})"), "'probe.rte'; the nearest valid one is 'probe.rate'"));
}

TEST_CASE("A value of the wrong type is refused and names its key") {
  for (const char* text : {R"({"layers": "6"})", R"({"layers": 6.5})", R"({"layers": true})", R"({"layers": null})"})
    CHECK(contains(problem(text), "'layers' must be a whole number"));
  CHECK(contains(problem(R"({"fast": 1})"), "'fast' must be true or false"));
  CHECK(contains(problem(R"({"probe": 3})"), "'probe' must be an object"));
  CHECK(contains(problem(R"({"probe": {"rate": "high"}})"), "'probe.rate' must be a number"));
  CHECK(contains(problem(R"({"probe": {"kind": 3}})"), "'probe.kind' must be a string"));
  CHECK(contains(problem("[1]"), "must be an object"));
}

TEST_CASE("A value out of range is refused instead of wrapping around") {
  CHECK(contains(problem(R"({"layers": 0})"), "'layers' is 0, but must lie between 1 and 64"));
  CHECK(contains(problem(R"({"layers": 65})"), "must lie between"));
  CHECK(contains(problem(R"({"layers": 4294967302})"), "'layers' must be"));
  CHECK(contains(problem(R"({"layers": -9223372036854775808})"), "'layers' must be"));
  CHECK(contains(problem(R"({"small": 256})"), "'small' must be"));
  CHECK(contains(problem(R"({"small": -1})"), "'small' must be"));
  CHECK(contains(problem(R"({"probe": {"rate": 1.01}})"), "'probe.rate' is 1.01"));
  CHECK(contains(problem(R"({"probe": {"kind": "cubic"}})"), "must be one of: linear, mlp"));
}

TEST_CASE("Assignments on the command line reach nested keys and win over the file") {
  Json document = parse_json(R"({"probe": {"rate": 0.1}})", "test");
  set_by_path(document, "probe.rate=0.25");
  set_by_path(document, "probe.kind=mlp");
  set_by_path(document, "layers=3");
  set_by_path(document, "fast=false");
  Outer config;
  read_config(config, document);
  CHECK(config.probe.rate == 0.25);
  CHECK(config.probe.kind == "mlp");
  CHECK(config.layers == 3);
  CHECK_FALSE(config.fast);
}

TEST_CASE("A malformed assignment is a usage error") {
  Json document = parse_json(R"({"layers": 3})", "test");
  for (const char* text : {"layers", "=3", "layers.deep=3", ".layers=3", "probe..rate=1", "probe.=1"})
    CHECK_THROWS_AS(set_by_path(document, text), UsageError);
}

TEST_CASE("A broken JSON file is refused with its name and the byte") {
  const auto message = error_of([] { parse_json("{\"a\": 1,}", "run/config.json"); });
  CHECK(contains(message, "run/config.json"));
  CHECK(contains(message, "byte 9"));
  CHECK_FALSE(error_of([] { parse_json("", "x"); }).empty());
  CHECK(error_of([] { parse_json(R"({"a": {"b": 1, "c": 2, "b": 3}})", "x"); }) == "x: it has the key 'b' twice");
  CHECK_FALSE(error_of([] { parse_json("{\"a\": 1e999}", "x"); }).empty());
}
