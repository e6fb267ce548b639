// Interventions here against the case-by-case procedure of published scripts, on the same cases and with the same
// answers, in one run of about a minute:
//   linear    a vector is added after each block of a range at the last token; one whole forward pass a case (Nanda et
//             al. 2023, arXiv 2309.00941)
//   gradient  after each block, Adam moves the last token's activation down the loss of a linear probe, with autograd;
//             one case at a time (Li et al. 2023, arXiv 2210.13382)
//
//   cmake --preset release -DOTHELLO_BENCH=ON && cmake --build build --target intervene_bench
//   build/othello-gpt probe --model pretrained/small --probes small.safetensors --no-logistic --no-widths
//   build/intervene_bench --model pretrained/small --probes small.safetensors
//
// The scripts are given the better of one thread and all, and time for their first cases alone; the rest would take as
// long in proportion.
#include "model/torch.h"
//
#include <ATen/Parallel.h>
#include <CLI/CLI.hpp>
#include <torch/optim/adam.h>

#include "common/progress.h"
#include "common/threads.h"
#include "interventions/case_scores.h"
#include "interventions/case_set.h"
#include "interventions/edit_family.h"
#include "interventions/gradient_edit.h"
#include "interventions/linear_edit.h"
#include "model/runtime.h"
#include "probes/probe_file.h"

using namespace othello;

namespace {

struct Setup {
  LoadedModel loaded;
  ProbeSet probes;
  std::vector<Case> cases;
  std::vector<Legal> legal;
  Placement at;
  int workers;

  std::vector<ProbeSite> places() const {
    std::vector<ProbeSite> all;
    for (int layer = at.first; layer <= at.last; ++layer) all.push_back(at.site(layer));
    return all;
  }
};

/// The best of three.
template <class Work>
double seconds_of(const Work& work) {
  double best = std::numeric_limits<double>::infinity();
  for (int i = 0; i < 3; ++i) {
    const Stopwatch clock;
    work();
    best = std::min(best, clock.seconds());
  }
  return best;
}

/// One case's answer as a script computes it: a whole pass, an edit of the last token after each block.
using Slow = std::function<Tensor(const CaseBatch& alone)>;

Tensor with_hooks(const Setup& s, const CaseBatch& alone, const std::function<Tensor(const Tensor&, int)>& edit) {
  Trace trace;
  for (int layer = s.at.first; layer <= s.at.last; ++layer)
    trace.edit({s.at.kind, layer}, [&edit, layer](const Tensor& x) {
      auto changed = x.clone();
      changed.select(1, -1).copy_(edit(x.slice(1, x.size(1) - 1), layer).select(1, 0));
      return changed;
    });
  const auto tokens = token_rows(s.loaded.model.config().vocabulary(), {&alone.cases[0]->history});
  return s.loaded.model.forward(tokens, &trace, Operations::plain).select(1, -1);
}

void compare(const char* name, const Setup& s, const Edit& edit, const std::vector<CaseBatch>& batches,
             double prepare_seconds, int slow_cases, const Slow& slow) {
  const double fast = seconds_of([&] { score_edit(s.loaded.model, batches, s.legal, &edit, s.at, s.workers); });
  double best = std::numeric_limits<double>::infinity(), difference = 0;
  int threads = 1;
  for (const int tried : {1, s.workers}) {
    at::set_num_threads(tried);
    const Stopwatch clock;
    std::vector<Tensor> answers;
    for (int i = 0; i < slow_cases; ++i) {
      const at::NoGradGuard no_grad;
      CaseBatch alone;
      alone.cases = {&s.cases[static_cast<std::size_t>(i)]}, alone.members = {static_cast<std::size_t>(i)};
      alone.plies = at::full({1, 1}, s.cases[static_cast<std::size_t>(i)].ply(), at::kLong);
      answers.push_back(slow(alone));
    }
    if (clock.seconds() < best) best = clock.seconds(), threads = tried;
    for (const auto& batch : batches)
      for (std::size_t row = 0; row < batch.members.size(); ++row)
        if (static_cast<int>(batch.members[row]) < slow_cases && tried == 1) {
          const at::NoGradGuard no_grad;
          const auto found = run_edited(s.loaded.model, batch, &edit, s.at)[static_cast<std::int64_t>(row)];
          difference = std::max(difference, (found - answers[batch.members[row]][0]).abs().max().item<double>());
        }
  }
  at::set_num_threads(1);
  const auto count = static_cast<double>(s.cases.size());
  const double whole = best / slow_cases * count;
  fmt::print(
      "{:<9} ours: {:.2f} s for {} cases, {:.2f} s with the unedited passes before it; case by case: {:.1f} ms each "
      "({} "
      "threads), {:.1f} s; ratio {:.0f}, {:.0f} with the passes; largest difference of a logit {:.1e}\n",
      name, fast, s.cases.size(), fast + prepare_seconds, 1000 * best / slow_cases, threads, whole, whole / fast,
      whole / (fast + prepare_seconds), difference);
}

void run(const Setup& s, int slow_cases, int steps) {
  std::vector<CaseBatch> batches;
  const double prepare = seconds_of([&] { batches = make_case_batches(s.loaded.model, s.cases, 1, s.workers); });
  fmt::print("{} cases, blocks {} to {}, {} workers; unedited passes with keys and values: {:.2f} s\n", s.cases.size(),
             s.at.first, s.at.last, s.workers, prepare);
  const Subject subject{&s.loaded.model, &s.probes, nullptr, batches};
  const auto board = s.loaded.model.config().vocabulary().board();

  MethodSettings linear;
  linear.workers = s.workers;
  const auto family = make_family(linear, subject, s.places(), {});
  std::map<ProbeSite, Tensor> tables;
  for (const auto& place : s.places()) tables[place] = direction_table(board_probe(s.probes, place), board);
  compare("linear", s, *family->edit(0.1), batches, prepare, slow_cases, [&](const CaseBatch& alone) {
    const auto change = state_changes(alone, Aim::changes, 1).at(0);
    return with_hooks(s, alone, [&](const Tensor& x, int layer) {
      return x + tables.at(s.at.site(layer))[row_of(change)] * x.norm() * 0.1;
    });
  });

  MethodSettings gradient;
  gradient.name = "gradient", gradient.relative = false, gradient.descent.steps = steps, gradient.workers = s.workers;
  const auto descent = make_family(gradient, subject, s.places(), {});
  compare("gradient", s, *descent->edit(1), batches, prepare, std::max(1, slow_cases / 10),
          [&](const CaseBatch& alone) {
            const Case& c = *alone.cases[0];
            const auto change = state_changes(alone, Aim::changes, 1).at(0);
            const auto squares = board_squares(board);
            std::vector<std::int64_t> labels;
            std::vector<float> weights;
            for (const auto square : squares) {
              labels.push_back(static_cast<std::int64_t>(state(c.after, square)));
              weights.push_back(square == change.square ? 1 : static_cast<float>(kUnchangedWeight));
            }
            const auto wanted = at::tensor(labels, at::kLong), weight = at::tensor(weights, at::kFloat);
            return with_hooks(s, alone, [&](const Tensor& x, int layer) {
              const at::AutoGradMode with_gradient(true);
              const auto& w = board_probe(s.probes, s.at.site(layer)).readout.weights[c.ply() % 2];
              auto moved = x.detach().clone().requires_grad_();
              torch::optim::Adam adam({moved}, torch::optim::AdamOptions(gradient.descent.rate));
              for (int step = 0; step < steps; ++step) {
                const auto scores = (at::matmul(moved, w.slice(0, 0, -1)) + w[-1]).view({-1, kStates});
                const auto loss =
                    (at::nll_loss(at::log_softmax(scores, 1), wanted, {}, at::Reduction::None) * weight).mean();
                moved.mutable_grad() = gradients(loss, {moved})[0];
                adam.step();
              }
              return moved.detach();
            });
          });
}

}  // namespace

int main(int argc, char** argv) {
  std::string model = "pretrained/mini", probes;
  std::vector<int> layers;
  std::int64_t cases = 1000;
  int slow_cases = 50, steps = 100, workers = available_cores();
  CLI::App app("Interventions: batches that compute the last position alone, against published case-by-case scripts");
  app.add_option("--model", model, "As for othello-gpt intervene");
  app.add_option("--probes", probes, "Probes of that model")->required();
  app.add_option("--layers", layers, "First and last block that is edited (default: from the second on)")
      ->delimiter(',')
      ->expected(2);
  app.add_option("--cases", cases, "Cases");
  app.add_option("--slow-cases", slow_cases, "Cases that the scripts are given (a tenth of them for gradients)");
  app.add_option("--steps", steps, "Steps of gradient descent after each block");
  app.add_option("--workers", workers, "Cores");
  CLI11_PARSE(app, argc, argv);
  try {
    prepare_runtime();
    auto loaded = load_model(model);
    const auto vocabulary = loaded.model.config().vocabulary();
    CaseRecipe recipe;
    recipe.count = cases;
    auto set = draw_cases(GameSource(vocabulary.board(), 1, Purpose::cases), vocabulary, recipe).cases;
    if (layers.empty()) layers = {1, loaded.model.config().layers - 1};
    auto fitted = read_probes(probes, loaded);
    auto legal = legal_tokens(vocabulary, set);
    run({std::move(loaded),
         std::move(fitted),
         std::move(set),
         std::move(legal),
         {SiteKind::resid_post, layers[0], layers[1]},
         workers},
        slow_cases, steps);
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
