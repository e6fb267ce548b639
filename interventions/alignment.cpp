#include "interventions/alignment.h"

#include <algorithm>
#include <numeric>

#include "common/threads.h"
#include "engine/notation.h"
#include "interventions/case_scores.h"
#include "interventions/replacement.h"

namespace othello {
namespace {

constexpr std::size_t kLeastCases = 90;

/// Each case with a source as its donor: the next one, cyclically, with the same parity of plies whose square is in the
/// state that is wanted.
std::vector<Case> with_sources(const std::vector<Case>& cases, const std::vector<std::size_t>& members, Square square) {
  std::vector<Case> all;
  for (std::size_t i = 0; i < members.size(); ++i) {
    Case c = cases[members[i]];
    const auto wanted = state(c.after, square);
    for (std::size_t step = 1; step < members.size() && !c.donor; ++step) {
      const Case& other = cases[members[(i + step) % members.size()]];
      if (other.ply() % 2 == c.ply() % 2 && state(other.before, square) == wanted) c.donor = other.history;
    }
    if (!c.donor)
      fail("{}: no other case has {} in the state that it shall have; give more cases", c.source, square_name(square));
    all.push_back(std::move(c));
  }
  return all;
}

/// A part of the cases as a model sees it, with the sources' activations.
struct Part {
  std::vector<Case> cases;
  std::vector<CaseBatch> batches;
  std::shared_ptr<const StoredActivations> sources;
  std::vector<Legal> legal;
  std::vector<std::size_t> all;
};

class Alignment {
 public:
  Alignment(const LoadedModel& loaded, const CaseSet& set, const AlignmentSettings& settings,
            const std::function<void(double, const std::string&)>& progress)
      : config_(loaded.model.config()),
        model_(loaded.model),
        untrained_(config_, loaded.facts.seed),
        set_(set),
        settings_(settings),
        progress_(progress),
        workers_(settings.workers == 0 ? available_cores() : settings.workers) {
    std::tie(first_, last_) = settings.layers.value_or(std::pair{0, config_.layers - 1});
    if (first_ > last_ || last_ >= config_.layers)
      fail("blocks {} to {} were to be searched, and the model has blocks 0 to {}", first_, last_, config_.layers - 1);
    if (settings.dimension < 1 || settings.dimension > config_.d_model)
      fail("a subspace of {} dimensions has no place among {}", settings.dimension, config_.d_model);
    if (set.cases.size() < kLeastCases)
      fail("{} cases are too few to search on a third of them: give at least {}", set.cases.size(), kLeastCases);
    for (const auto& c : set.cases)
      if (c.changes.size() != 1 || c.changes[0].change != Change::flip ||
          c.changes[0].square != set.cases[0].changes[0].square)
        fail("{}: all cases must flip one and the same square: give --square", c.source);
  }

  Json run() {
    std::vector<std::size_t> order(set_.cases.size());
    std::iota(order.begin(), order.end(), 0);
    Stream(settings_.seed).child("choosing cases").shuffle(0, std::span(order));
    const auto third = order.size() / 3, held = third / 3;
    const auto slice = [&](std::size_t from, std::size_t to) {
      return std::vector<std::size_t>(order.begin() + static_cast<std::ptrdiff_t>(from),
                                      order.begin() + static_cast<std::ptrdiff_t>(to));
    };
    const auto trained = search(model_, slice(0, third - held), slice(third - held, third), 0);
    const auto other = search(untrained_, slice(0, third - held), slice(third - held, third), 0.45);
    const auto rest = slice(third, order.size());
    const auto part = make_part(model_, rest), part_untrained = make_part(untrained_, rest);

    Json out{{"cases", set_.cases.size()},
             {"rejected", set_.rejected()},
             {"case_set", set_.name},
             {"square", square_name(set_.cases[0].changes[0].square)},
             {"dimension", settings_.dimension},
             {"chosen_on", third},
             {"reported_on", rest.size()},
             {"site", "resid_post"},
             {"balance", set_.balance()},
             {"edits", trained.rows},
             {"controls", Json::array()},
             {"differences", Json::object()}};
    const auto row_of = [&](const Part& of, const CaseScores& scores) {
      auto row = means(scores, of.all);
      std::vector<Cluster> exact;
      for (const auto& cluster : clusters(scores, Score::error, of.all))
        exact.push_back({cluster.sum == 0 ? 1.0 : 0, 1});
      row["interchange_accuracy"] = mean_of(exact);
      return row;
    };
    const int block = trained.block;
    const Placement at{SiteKind::resid_post, block, block};
    const auto swap = [&](const Part& of, const Subspace& subspace) {
      return std::make_shared<SubspaceEdit>(of.sources, std::map<ProbeSite, Subspace>{{at.site(block), subspace}});
    };
    const auto edited = score(model_, part, swap(part, trained.subspace).get(), at);
    Json chosen{
        {"edit", "subspace"}, {"site", "resid_post"}, {"first_layer", block}, {"last_layer", block}, {"scale", 1}};
    chosen.update(row_of(part, edited));
    chosen["part"] = "report", chosen["chosen"] = true;
    out["edits"].push_back(chosen);
    const auto add = [&](const std::string& name, const Part& of, const CaseScores& scores) {
      Json row{{"name", name}};
      row.update(row_of(of, scores));
      out["controls"].push_back(row);
      if (&of != &part) return;  // another model: see below
      out["differences"][name] =
          to_json(paired_difference(clusters(edited, Score::error, part.all), clusters(scores, Score::error, of.all)));
    };
    const auto random = random_subspace(config_.d_model, settings_.dimension, settings_.seed);
    const StoredEdit whole(part.sources);
    const auto null = score(model_, part, nullptr, at);
    add("null", part, null);
    add("random-subspace", part, score(model_, part, swap(part, random).get(), at));
    add("whole-stream", part, score(model_, part, &whole, at));
    const Placement at_other{SiteKind::resid_post, other.block, other.block};
    const SubspaceEdit of_untrained(part_untrained.sources, {{at_other.site(other.block), other.subspace}});
    const auto there = score(untrained_, part_untrained, &of_untrained, at_other),
               null_there = score(untrained_, part_untrained, nullptr, at_other);
    add("untrained", part_untrained, there);
    add("untrained-null", part_untrained, null_there);
    // What the swap changes here and there, for an untrained model's errors are of another size.
    out["differences"]["untrained"] =
        to_json(paired_difference(error_changes(edited, null, part.all), error_changes(there, null_there, part.all)));
    progress_(1, "done");
    return out;
  }

 private:
  struct Found {
    int block = 0;
    Subspace subspace;
    Json rows = Json::array();
  };

  Part make_part(const Transformer& model, const std::vector<std::size_t>& members) const {
    Part part;
    part.cases = with_sources(set_.cases, members, set_.cases[0].changes[0].square);
    part.batches = make_case_batches(model, part.cases, 1, workers_);
    std::vector<ProbeSite> places;
    for (int layer = first_; layer <= last_; ++layer) places.push_back({{SiteKind::resid_post, layer}});
    part.sources = std::make_shared<StoredActivations>(donor_activations(model, part.batches, places, workers_));
    part.legal = legal_tokens(config_.vocabulary(), part.cases);
    part.all.resize(part.cases.size());
    std::iota(part.all.begin(), part.all.end(), 0);
    return part;
  }

  CaseScores score(const Transformer& model, const Part& part, const Edit* edit, const Placement& at) const {
    return score_edit(model, part.batches, part.legal, edit, at, workers_);
  }

  /// Uniform distributions over the moves that are legal after the flip: [rows, vocabulary].
  static Tensor wanted(const Part& part, const CaseBatch& batch) {
    auto p = torch::zeros(batch.unedited.sizes(), at::kFloat);
    for (std::int64_t row = 0; row < batch.rows(); ++row)
      for (std::int64_t token = 1; token < p.size(1); ++token)
        if (part.legal[batch.members[static_cast<std::size_t>(row)]].after >> (token - 1) & 1) p[row][token] = 1;
    return p / p.sum(1, true);
  }

  Subspace fit(const Transformer& model, const Part& part, int block) const {
    std::vector<Tensor> targets;
    for (const auto& batch : part.batches) targets.push_back(wanted(part, batch));
    auto search = settings_.search;
    search.seed = settings_.seed;
    const ProbeSite place{{SiteKind::resid_post, block}};
    const auto objective = [&](const Tensor& basis, int step) {
      const auto& batch = part.batches[static_cast<std::size_t>(step) % part.batches.size()];
      const auto x = Subspace{basis}.swap(batch.entering[static_cast<std::size_t>(block) + 1],
                                          part.sources->at(batch.number).at(place));
      Trace trace;
      trace.go_on_from(&batch.prefix);
      const auto logits = model.forward_from(block + 1, x, &trace, Operations::plain).select(1, -1);
      return -(at::log_softmax(logits, -1) * targets[batch.number]).sum() / batch.rows();
    };
    return fit_subspace(config_.d_model, settings_.dimension, search, objective).subspace;
  }

  Found search(const Transformer& model, const std::vector<std::size_t>& fit_on,
               const std::vector<std::size_t>& choose_on, double from) const {
    const auto fit_part = make_part(model, fit_on), choose_part = make_part(model, choose_on);
    const int blocks = last_ - first_ + 1;
    std::vector<Subspace> subspaces(static_cast<std::size_t>(blocks));
    parallel_for(blocks, workers_, [&](int i, int worker) {
      if (worker == 0) progress_(from + 0.45 * i / blocks, "searching subspaces");
      subspaces[static_cast<std::size_t>(i)] = fit(model, fit_part, first_ + i);
    });
    Found found;
    double least = std::numeric_limits<double>::infinity();
    for (int block = first_; block <= last_; ++block) {
      const auto& subspace = subspaces[static_cast<std::size_t>(block - first_)];
      const Placement at{SiteKind::resid_post, block, block};
      const SubspaceEdit edit(choose_part.sources, {{at.site(block), subspace}});
      const auto scores = score(model, choose_part, &edit, at);
      const auto loss = ratio_of_sums(clusters(scores, Score::kl, choose_part.all));
      if (loss.mean < least) least = loss.mean, found.block = block, found.subspace = subspace;
      found.rows.push_back({{"edit", "subspace"},
                            {"site", "resid_post"},
                            {"first_layer", block},
                            {"last_layer", block},
                            {"scale", 1},
                            {"error", mean_of(clusters(scores, Score::error, choose_part.all))},
                            {"kl", to_json(loss)},
                            {"part", "choose"},
                            {"chosen", false}});
    }
    return found;
  }

  ModelConfig config_;
  const Transformer& model_;
  Transformer untrained_;
  const CaseSet& set_;
  const AlignmentSettings& settings_;
  const std::function<void(double, const std::string&)>& progress_;
  int workers_, first_ = 0, last_ = 0;
};

}  // namespace

Json alignment_benchmark(const LoadedModel& loaded, const CaseSet& cases, const AlignmentSettings& settings,
                         const std::function<void(double share, const std::string& what)>& progress) {
  const at::NoGradGuard no_grad;
  return Alignment(loaded, cases, settings, progress).run();
}

}  // namespace othello
