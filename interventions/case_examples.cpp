#include "interventions/case_examples.h"

#include <algorithm>

#include "engine/notation.h"
#include "interventions/score.h"

namespace othello {
namespace {

constexpr std::size_t kExamples = 3;

Json names(Bits squares) {
  Json list = Json::array();
  for_each_square(squares, [&](Square s) { list.push_back(square_name(s)); });
  return list;
}

Json probabilities(const Vocabulary& vocabulary, const Tensor& logits) {
  const auto p = at::softmax(logits, -1);
  Json squares = std::vector<Json>(64);
  for (int token = 1; token < vocabulary.size(); ++token)
    squares[static_cast<std::size_t>(vocabulary.square(static_cast<Token>(token)))] = p[token].item<double>();
  return squares;
}

int error_of(const Vocabulary& vocabulary, const Tensor& logits, Bits legal) {
  return top_n_error({logits.data_ptr<float>(), static_cast<std::size_t>(logits.numel())},
                     vocabulary.token_bits(legal));
}

}  // namespace

std::string discs_text(const Position& p) {
  std::string text(64, '-');
  for_each_square(p.black(), [&](Square s) { text[static_cast<std::size_t>(s)] = 'X'; });
  for_each_square(p.white(), [&](Square s) { text[static_cast<std::size_t>(s)] = 'O'; });
  return text;
}

Json case_examples(const Transformer& model, const std::vector<Case>& cases, const std::vector<CaseBatch>& batches,
                   const std::vector<std::size_t>& members, const Edit& edit, const Placement& placement) {
  const auto vocabulary = model.config().vocabulary();
  Json list = Json::array();
  for (std::size_t i = 0; i < std::min(kExamples, members.size()); ++i) {
    const Case& c = cases[members[i]];
    for (const auto& batch : batches) {
      const auto found = std::find(batch.members.begin(), batch.members.end(), members[i]);
      if (found == batch.members.end()) continue;
      const auto row = found - batch.members.begin();
      const auto before = batch.unedited[row].contiguous(),
                 after = run_edited(model, batch, &edit, placement)[row].contiguous();
      Json changes = Json::array();
      for (const auto& change : c.changes) changes.push_back(word_of(change.change) + " " + square_name(change.square));
      list.push_back({{"history", game_text(c.history)},
                      {"square", square_name(lowest(c.changed() == 0 ? bit(c.history.moves().back()) : c.changed()))},
                      {"changes", changes},
                      {"to_move", c.before.to_move == Color::black ? "black" : "white"},
                      {"discs_before", discs_text(c.before)},
                      {"discs_after", discs_text(c.after)},
                      {"legal_before", names(c.legal_before)},
                      {"legal_after", names(c.legal_after)},
                      {"probabilities_before", probabilities(vocabulary, before)},
                      {"probabilities_after", probabilities(vocabulary, after)},
                      {"error_before", error_of(vocabulary, before, c.legal_after)},
                      {"error_after", error_of(vocabulary, after, c.legal_after)}});
    }
  }
  return list;
}

}  // namespace othello
