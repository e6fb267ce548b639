// If these fail, the world-model metrics are not what their definitions say. The models are made by hand, their scores
// known.
#include "model/world_model.h"

#include <cmath>

#include "data/batch.h"
#include "data/labels.h"
#include "model/decoder.h"
#include "tests/support/torch_test.h"

namespace othello::test {
namespace {

const Vocabulary kVocabulary(kBoard6);

/// A generator that knows each row's moves and says which tokens (bit k−1 = token k) may come next, all alike.
template <class Next>
GeneratorFactory made_by_hand(const Next& next) {
  return [next]() -> Generator {
    return [next](const Tensor& tokens) {
      auto log_p = at::full({tokens.size(0), kVocabulary.size()}, -100.0);
      const Tensor rows = tokens.contiguous();
      for (std::int64_t r = 0; r < rows.size(0); ++r) {
        std::vector<std::uint8_t> moves;
        for (std::int64_t t = 0; t < rows.size(1); ++t) {
          const auto token = rows[r][t].item<std::int64_t>();
          if (token == kPadding) break;
          moves.push_back(static_cast<std::uint8_t>(kVocabulary.square(static_cast<Token>(token))));
        }
        const std::uint64_t allowed = next(moves);
        for_each_square(allowed, [&](int k) { log_p[r][k + 1] = -std::log(static_cast<double>(count(allowed))); });
      }
      return log_p.to(at::kFloat);
    };
  };
}

/// The legal tokens after moves; none after an illegal one, which only a model that accepts too much asks about.
std::uint64_t legal_tokens(const std::vector<std::uint8_t>& moves) {
  try {
    return kVocabulary.token_bits(replay(kBoard6, moves).back().legal);
  } catch (const Error&) {
    return 0;
  }
}

constexpr std::uint64_t kEverything = (std::uint64_t{1} << 32) - 1;  // all 32 tokens of moves

struct Scores {
  Json compression, precision, recall;
};
Scores score(const GeneratorFactory& make, int workers = 2, std::int64_t pairs = 12) {
  static const auto games = take_games(GameSource(kBoard6, 3, Purpose::evaluation), 0, 400);
  WorldModelSettings settings;
  settings.pairs = pairs, settings.suffixes = 10, settings.workers = workers;
  const auto found =
      world_model_score(make, kVocabulary, games, world_model_pairs(kBoard6, games, settings), settings).to_json();
  return {found["compression"], found["distinction_precision"], found["distinction_recall"]};
}

}  // namespace

TEST_CASE("a generator that knows the rules has a whole world model") {
  const auto found = score(made_by_hand(legal_tokens));
  CHECK(found.compression["mean"] == 1);
  CHECK(found.compression["n"] == 12);
  CHECK(found.precision["mean"] == 1);
  CHECK(found.recall["mean"] == 1);
  CHECK(found.recall["n"] == 12);
}

TEST_CASE("a generator that accepts everything compresses all and tells nothing apart") {
  const auto found = score(made_by_hand([](const auto&) { return kEverything; }));
  CHECK(found.compression["mean"] == 1);
  CHECK(found.precision.is_null());  // it has no boundary
  CHECK(found.recall["mean"] == 0);
}

TEST_CASE("a generator that goes by the order of the moves does not see that two ways lead to one state") {
  const auto found = score(made_by_hand([](const auto& moves) {
    std::uint64_t hash = 0;
    for (const auto move : moves) hash = hash * 31 + move;
    return kEverything & ~(std::uint64_t{0xff} << hash % 25);  // eight moves in a row refused
  }));
  CHECK(found.compression["mean"] == 0);
  CHECK(found.precision["mean"].get<double>() < 0.5);
}

TEST_CASE("legal moves but for one that is refused by one's own history cost compression, not recall alone") {
  // Refuses the lowest legal move where the first move was the first of the four.
  const auto forgetful = score(made_by_hand([](const std::vector<std::uint8_t>& moves) {
    const auto legal = legal_tokens(moves);
    return moves.front() == 19 && count(legal) > 1 ? legal & (legal - 1) : legal;
  }));
  CHECK(forgetful.compression["mean"].get<double>() < 1);
  CHECK(forgetful.compression["mean"].get<double>() > 0);
  CHECK(forgetful.recall["mean"].get<double>() < 1);
}

TEST_CASE("knowing which squares are taken is enough to compress, and for a part of the distinctions") {
  const auto found = score(empty_squares_generator(kVocabulary), 2, 40);
  CHECK(found.compression["mean"] == 1);
  CHECK(found.precision["mean"].get<double>() < 0.9);  // what is empty after A need not be legal there
  CHECK(found.recall["mean"].get<double>() > 0.02);
  CHECK(found.recall["mean"].get<double>() < 0.9);
}

TEST_CASE("an untrained network tells nothing apart, whatever the number of workers") {
  const Transformer model(ModelConfig{.board = 6, .layers = 1, .d_model = 16, .heads = 2}, 1);
  const auto one = score(generator_of(model), 1, 6), three = score(generator_of(model), 3, 6);
  CHECK(one.compression == three.compression);
  CHECK(one.precision == three.precision);
  CHECK(one.recall == three.recall);
  CHECK(one.recall["mean"].get<double>() < 0.2);
  const auto plain = score([&]() -> Generator {
    return [&](const Tensor& tokens) { return at::log_softmax(model.forward(tokens).select(1, -1), -1); };
  });
  CHECK(plain.compression["mean"] == one.compression["mean"]);
}

TEST_CASE("a model that goes on move by move says what it says of whole sequences") {
  const Transformer model(ModelConfig{.board = 6, .layers = 3, .d_model = 32, .heads = 4}, 5);
  const auto batch = take_batch(kVocabulary, GameSource(kBoard6, 9, Purpose::evaluation), 0, 5);
  const auto tokens = at::tensor(batch.tokens, at::kLong).view({5, 31});
  const auto whole = at::log_softmax(model.forward(tokens), -1);
  Decoder decoder(model);
  for (const std::int64_t length : {4, 5, 6, 7, 3, 4, 20, 21, 31}) {
    INFO(length);
    const auto next = decoder(tokens.slice(1, 0, length));
    CHECK((next - whole.select(1, length - 1)).abs().max().item<float>() < 1e-5);
  }
  decoder(tokens.slice(1, 0, 5));
  const auto others = tokens.flip(0).slice(1, 0, 6);  // other rows: nothing of the last call may be kept
  CHECK((decoder(others) - whole.flip(0).select(1, 5)).abs().max().item<float>() < 1e-5);
  CHECK(contains(error_of([&] { decoder(at::ones({5, 32}, at::kLong)); }), "1 to 31 moves"));
}

}  // namespace othello::test
