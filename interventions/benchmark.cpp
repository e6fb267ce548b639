#include "interventions/benchmark.h"

#include <algorithm>
#include <numeric>

#include "common/statistics.h"
#include "common/threads.h"
#include "engine/notation.h"
#include "interventions/edit.h"
#include "interventions/score.h"

namespace othello {
namespace {

constexpr std::int64_t kBatchCases = 64;
constexpr std::int64_t kLeastCases = 30;
constexpr int kExamples = 3;
const std::vector<double> kScales{0.05, 0.1, 0.2, 0.3, 0.5, 0.8};

enum class Direction { probe, random };

/// Cases of similar length, ready for the model.
struct CaseBatch {
  std::vector<std::size_t> members;  // into the list of cases
  Tensor tokens;                     // [batch, pos] int64
  EditTargets probe, random;
};

/// The ridge probe of the board behind a block.
const FittedProbe& probe_after(const ProbeSet& probes, int layer) {
  const ProbeSite site{{SiteKind::resid_post, layer}};
  for (const char* mode : {"by-parity", "all"})
    if (const auto* found = probes.find(site, "mine-yours-empty", mode, "ridge")) return *found;
  fail(
      "there is no ridge probe of mine-yours-empty at {}; 'othello-gpt probe' without --targets, --sites and --modes "
      "fits those that interventions need",
      site_name(site));
}

class Benchmark {
 public:
  Benchmark(const LoadedModel& loaded, const ProbeSet& probes, const InterveneSettings& settings)
      : model_(loaded.model),
        vocabulary_(model_.config().vocabulary()),
        settings_(settings),
        workers_(settings.workers == 0 ? available_cores() : settings.workers) {
    const GameSource source(vocabulary_.board(), settings.seed, Purpose::cases, settings.player);
    for (int layer = 0; layer < model_.config().layers; ++layer) {
      const auto& probe = probe_after(probes, layer);
      for (const int parity : {0, 1})
        towards_mine_[parity].push_back(directions(probe, static_cast<int>(SquareState::yours),
                                                   static_cast<int>(SquareState::mine), parity, vocabulary_.board()));
    }
    set_ = natural_cases(source, vocabulary_, settings.seed, settings.cases);
  }

  Json run(const std::function<void(double)>& progress) {
    const auto choose_count = set_.cases.size() / 3;
    const auto choose = make_batches(0, choose_count);
    const auto report = make_batches(choose_count, set_.cases.size());
    Json edits = Json::array();
    LinearEdit best;
    double best_error = std::numeric_limits<double>::infinity();
    const int layers = model_.config().layers, ranges = layers * (layers + 1) / 2;
    for (int first = 0; first < layers; ++first)
      for (int last = first; last < layers; ++last) {
        Json row;
        double row_error = std::numeric_limits<double>::infinity();
        for (const double scale : kScales) {
          const LinearEdit edit{first, last, scale};
          const auto errors = error_clusters(choose, edit, Direction::probe);
          const auto error = ratio_of_sums(errors);
          if (error.mean < row_error) row_error = error.mean, row = edit_row(edit, error, "choose", false);
          if (error.mean < best_error) best_error = error.mean, best = edit;
        }
        edits.push_back(row);
        progress(0.9 * static_cast<double>(edits.size()) / ranges);
      }
    const auto edited = error_clusters(report, best, Direction::probe);
    const auto null = error_clusters(report, {}, Direction::probe);
    const auto random = error_clusters(report, best, Direction::random);
    edits.push_back(edit_row(best, ratio_of_sums(edited), "report", true));
    Json out{{"cases", set_.cases.size()},
             {"rejected", set_.rejected},
             {"chosen_on", choose_count},
             {"reported_on", set_.cases.size() - choose_count},
             {"site", "hook_resid_post"},
             {"scales", kScales},
             {"edits", edits}};
    out["controls"] = {{{"name", "null"}, {"error", to_json(ratio_of_sums(null))}},
                       {{"name", "random-direction"},
                        {"error", to_json(ratio_of_sums(random))},
                        {"first_layer", best.first_layer},
                        {"last_layer", best.last_layer},
                        {"scale", best.scale}}};
    out["differences"] = {{"null", to_json(paired_difference(edited, null))},
                          {"random-direction", to_json(paired_difference(edited, random))}};
    out["examples"] = examples(choose_count, best);
    return out;
  }

 private:
  static Json edit_row(const LinearEdit& edit, const Estimate& error, const char* part, bool chosen) {
    return {{"edit", "flip"},
            {"site", "hook_resid_post"},
            {"first_layer", edit.first_layer},
            {"last_layer", edit.last_layer},
            {"scale", edit.scale},
            {"error", to_json(error)},
            {"part", part},
            {"chosen", chosen}};
  }

  std::vector<CaseBatch> make_batches(std::size_t begin, std::size_t end) const {
    std::vector<std::size_t> order(end - begin);
    std::iota(order.begin(), order.end(), begin);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return set_.cases[a].ply() < set_.cases[b].ply(); });
    std::vector<CaseBatch> batches;
    for (std::size_t i = 0; i < order.size(); i += kBatchCases)
      batches.push_back(
          make_batch({order.begin() + static_cast<std::ptrdiff_t>(i),
                      order.begin() + static_cast<std::ptrdiff_t>(std::min(order.size(), i + kBatchCases))}));
    return batches;
  }

  CaseBatch make_batch(std::vector<std::size_t> members) const {
    const auto& config = model_.config();
    const auto batch = static_cast<std::int64_t>(members.size());
    const std::int64_t positions = set_.cases[members.back()].ply();
    CaseBatch made{.members = std::move(members),
                   .tokens = torch::zeros({batch, positions}, at::kLong),
                   .probe = {},
                   .random = {}};
    made.probe.positions = made.random.positions = torch::zeros({batch}, at::kLong);
    for (int layer = 0; layer < config.layers; ++layer) {
      made.probe.directions.push_back(torch::zeros({batch, config.d_model}, at::kFloat));
      made.random.directions.push_back(torch::zeros({batch, config.d_model}, at::kFloat));
    }
    const auto stream = Stream(settings_.seed).child("random directions");
    for (std::int64_t row = 0; row < batch; ++row) {
      const auto index = made.members[static_cast<std::size_t>(row)];
      const Case& c = set_.cases[index];
      for (int t = 0; t < c.ply(); ++t)
        made.tokens[row][t] = vocabulary_.token(c.history.squares[static_cast<std::size_t>(t)]);
      made.probe.positions[row] = c.ply() - 1;
      for (int layer = 0; layer < config.layers; ++layer) {
        const auto l = static_cast<std::size_t>(layer);
        const auto towards_mine = towards_mine_[c.ply() % 2][l][c.square];
        made.probe.directions[l][row] = c.mine() ? -towards_mine : towards_mine;
        auto random = torch::empty({config.d_model}, at::kFloat);
        stream.normal(index * static_cast<std::size_t>(config.layers) + l,
                      {random.data_ptr<float>(), static_cast<std::size_t>(config.d_model)});
        made.random.directions[l][row] = random / random.norm();
      }
    }
    return made;
  }

  /// Logits at the last position of each case: [batch, vocabulary].
  Tensor last_logits(const CaseBatch& batch, const LinearEdit& edit, Direction direction) const {
    const at::NoGradGuard no_grad;
    Trace trace;
    const auto& targets = direction == Direction::probe ? batch.probe : batch.random;
    if (edit.scale != 0) add_edit(trace, edit, targets);
    const auto logits = model_.forward(batch.tokens, &trace);
    return logits.index({torch::arange(logits.size(0), at::kLong), targets.positions}).contiguous();
  }

  /// One cluster per case: its error against the edited board's legal moves.
  std::vector<Cluster> error_clusters(const std::vector<CaseBatch>& batches, const LinearEdit& edit,
                                      Direction direction) const {
    std::vector<std::vector<Cluster>> parts(batches.size());
    parallel_for(static_cast<int>(batches.size()), workers_, [&](int index, int) {
      const auto& batch = batches[static_cast<std::size_t>(index)];
      const auto logits = last_logits(batch, edit, direction);
      for (std::size_t row = 0; row < batch.members.size(); ++row)
        parts[static_cast<std::size_t>(index)].push_back(
            {static_cast<double>(
                 error_of(logits[static_cast<std::int64_t>(row)], set_.cases[batch.members[row]].legal_after)),
             1});
    });
    std::vector<Cluster> all;
    for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
    return all;
  }

  int error_of(const Tensor& logits, Bits legal) const {
    return top_n_error({logits.data_ptr<float>(), static_cast<std::size_t>(logits.numel())},
                       vocabulary_.token_bits(legal));
  }

  static std::string discs(const Position& p) {
    std::string text(64, '-');
    for_each_square(p.black(), [&](Square s) { text[static_cast<std::size_t>(s)] = 'X'; });
    for_each_square(p.white(), [&](Square s) { text[static_cast<std::size_t>(s)] = 'O'; });
    return text;
  }

  static Json names(Bits squares) {
    Json list = Json::array();
    for_each_square(squares, [&](Square s) { list.push_back(square_name(s)); });
    return list;
  }

  Json probabilities(const Tensor& logits) const {
    const auto p = at::softmax(logits, -1);
    Json squares = std::vector<Json>(64);
    for (int token = 1; token < vocabulary_.size(); ++token)
      squares[static_cast<std::size_t>(vocabulary_.square(static_cast<Token>(token)))] = p[token].item<double>();
    return squares;
  }

  /// The first cases of the reported part, not picked by how well they went.
  Json examples(std::size_t begin, const LinearEdit& edit) const {
    Json list = Json::array();
    for (std::size_t i = begin; i < std::min(begin + kExamples, set_.cases.size()); ++i) {
      const Case& c = set_.cases[i];
      const auto batch = make_batch({i});
      const auto before = last_logits(batch, {}, Direction::probe)[0],
                 after = last_logits(batch, edit, Direction::probe)[0];
      list.push_back({{"history", game_text(c.history)},
                      {"square", square_name(c.square)},
                      {"to_move", c.before.to_move == Color::black ? "black" : "white"},
                      {"discs_before", discs(c.before)},
                      {"discs_after", discs(c.after)},
                      {"legal_before", names(c.legal_before)},
                      {"legal_after", names(c.legal_after)},
                      {"probabilities_before", probabilities(before)},
                      {"probabilities_after", probabilities(after)},
                      {"error_before", error_of(before, c.legal_after)},
                      {"error_after", error_of(after, c.legal_after)}});
    }
    return list;
  }

  const Transformer& model_;
  Vocabulary vocabulary_;
  TensorList towards_mine_[2];  // by parity, by block: [64, d_model]
  InterveneSettings settings_;
  int workers_;
  CaseSet set_;
};

}  // namespace

Json intervention_benchmark(const LoadedModel& loaded, const ProbeSet& probes, const InterveneSettings& settings,
                            const std::function<void(double)>& progress) {
  if (settings.cases < kLeastCases)
    fail("{} cases are too few to choose and report on different ones; give at least {}", settings.cases, kLeastCases);
  const at::NoGradGuard no_grad;
  return Benchmark(loaded, probes, settings).run(progress);
}

}  // namespace othello
