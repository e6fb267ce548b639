// Configuration: whatever is accepted is in range and comes back the same; --set never harms.
#include "common/config.h"
#include "tests/fuzz/fuzz.h"

using namespace othello;

namespace {

/// Every kind of field that the workbench has.
struct Everything {
  struct Inner {
    std::int64_t whole = 1;
    std::uint64_t seed = 2;
    double real = 0.5;

    template <class Visitor>
    void fields(Visitor& v) {
      v("whole", whole, Range{-10, 10});
      v("seed", seed);
      v("real", real, Range{0, 1});
    }
  };
  bool flag = false;
  int small = 0;
  std::string word = "auto";
  std::string text;
  Inner inner;

  template <class Visitor>
  void fields(Visitor& v) {
    v("flag", flag);
    v("small", small);
    v("word", word, OneOf{{"auto", "fp32"}});
    v("text", text);
    v("inner", inner);
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::run(data, size, [](std::string_view text) {
    Everything config, again;
    read_config(config, parse_json(text, "config.json"));
    fuzz::require(config.inner.whole >= -10 && config.inner.whole <= 10);
    fuzz::require(config.inner.real >= 0 && config.inner.real <= 1);
    fuzz::require(config.word == "auto" || config.word == "fp32");
    read_config(again, parse_json(json_text(to_json(config)), "again"));
    fuzz::require(to_json(again) == to_json(config));
  });
  return fuzz::run(data, size, [](std::string_view text) {
    Json document = Json::object();
    set_by_path(document, text);
    Everything config;
    read_config(config, document);
  });
}
