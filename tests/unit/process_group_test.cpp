// If these fail, several processes train another model than one does, or each a different one. The processes are
// threads here, each with its own connections; tests/integration/several_processes_test.cpp starts real ones.
#include <cmath>
#include <map>
#include <thread>

#include "common/interrupt.h"
#include "common/threads.h"
#include "tests/support/ports.h"
#include "tests/support/torch_test.h"
#include "training/gradient_sum.h"
#include "training/team.h"

namespace othello::test {
namespace {

/// Calls `work` in `size` threads, each with its place in a group.
template <class Work>
void in_group(int size, const Work& work) {
  Place place;
  place.size = size;
  place.address = "127.0.0.1";
  place.store_port = static_cast<std::uint16_t>(free_port());
  place.timeout_seconds = 20;
  parallel_for(size, size, [&](int rank, int) {
    Place own = place;
    own.rank = rank;
    work(std::make_shared<const ProcessGroup>(own));
  });
}

RunConfig tiny(const std::string& precision) {
  RunConfig config;
  config.model = {.board = 6, .layers = 2, .d_model = 16, .heads = 2};
  config.train.batch_games = 16;
  config.train.precision = precision == "linearised" ? "fp32" : precision;
  config.train.linearised = precision == "linearised";
  config.train.workers = 1;
  config.train.minutes = 1;  // the number of steps becomes known on the way
  config.resolve();
  return config;
}

constexpr int kSteps = 20;

/// The scores of a run of so many steps.
std::vector<StepScore> curve(Trainer& trainer) {
  std::vector<StepScore> scores;
  for (int i = 0; i < kSteps; ++i) {
    if (i == 7) trainer.set_steps(kSteps + 1);
    scores.push_back(trainer.step(true));
  }
  return scores;
}

std::optional<Place> place_in(const std::map<std::string, std::string>& variables) {
  return place_among_processes([&](const char* name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return {};
    return found->second;
  });
}

}  // namespace

TEST_CASE("torchrun, mpirun and srun all say who is who, and one process is no group") {
  CHECK_FALSE(place_in({}));
  CHECK_FALSE(place_in({{"RANK", "0"}, {"WORLD_SIZE", "1"}}));
  CHECK_FALSE(place_in({{"SLURM_PROCID", "0"}, {"SLURM_NTASKS", "1"}}));
  const auto torchrun = place_in({{"RANK", "5"},
                                  {"WORLD_SIZE", "8"},
                                  {"LOCAL_RANK", "1"},
                                  {"LOCAL_WORLD_SIZE", "4"},
                                  {"MASTER_ADDR", "node1"},
                                  {"MASTER_PORT", "1234"}});
  REQUIRE(torchrun);
  CHECK(torchrun->rank == 5);
  CHECK(torchrun->size == 8);
  CHECK(torchrun->local_rank == 1);
  CHECK(torchrun->core_sharers == 4);
  CHECK(torchrun->address == "node1");
  CHECK(torchrun->store_port == 1235);
  const auto slurm =
      place_in({{"SLURM_PROCID", "2"}, {"SLURM_NTASKS", "3"}, {"MASTER_ADDR", "node1"}, {"OTHELLO_STORE_PORT", "77"}});
  REQUIRE(slurm);
  CHECK(slurm->rank == 2);
  CHECK(slurm->store_port == 77);
  const auto mpirun = place_in({{"OMPI_COMM_WORLD_RANK", "1"},
                                {"OMPI_COMM_WORLD_SIZE", "2"},
                                {"OMPI_COMM_WORLD_LOCAL_SIZE", "2"},
                                {"MASTER_ADDR", "::1"}});
  REQUIRE(mpirun);
  CHECK(mpirun->rank == 1);
  CHECK(mpirun->core_sharers == 2);
  CHECK(mpirun->store_port == 29501);
}

TEST_CASE("a launcher's variables that are missing or make no sense are named") {
  const auto error = [](const std::map<std::string, std::string>& variables) {
    return error_of([&] { place_in(variables); });
  };
  CHECK(contains(error({{"RANK", "0"}, {"WORLD_SIZE", "2"}}), "MASTER_ADDR"));
  CHECK(contains(error({{"RANK", "0"}}), "WORLD_SIZE is missing"));
  CHECK(contains(error({{"WORLD_SIZE", "2"}}), "RANK is missing"));
  CHECK(contains(error({{"RANK", "2"}, {"WORLD_SIZE", "2"}}), "RANK='2' should be a whole number from 0 to 1"));
  CHECK(contains(error({{"RANK", "x"}, {"WORLD_SIZE", "2"}}), "RANK='x'"));
  CHECK(contains(error({{"RANK", "0"}, {"WORLD_SIZE", "0"}}), "WORLD_SIZE='0'"));
  CHECK(contains(error({{"RANK", "0"}, {"WORLD_SIZE", "2"}, {"MASTER_ADDR", "a"}, {"MASTER_PORT", "65535"}}),
                 "MASTER_PORT='65535'"));
}

TEST_CASE("gradients of several shards and processes add up, whatever tap or order they come by") {
  // One weight larger than a bucket, and some that share one.
  const TensorList weights{torch::zeros({7}), torch::zeros({600, 500}), torch::zeros({3, 5}), torch::zeros({1})};
  const auto gradient = [&](int rank, int shard, std::size_t weight) {
    auto g = at::arange(weights[weight].numel(), at::kFloat).remainder_(97).view_as(weights[weight]);
    return g.add_(rank * 10 + shard);  // whole numbers: their sums are exact in any order
  };
  in_group(2, [&](const Group& group) {
    for (int step = 0; step < 2; ++step) {
      GradientSum sums(weights, 3, *group);
      parallel_for(3, 3, [&](int shard, int) {
        TensorList all;
        for (std::size_t w = 0; w < weights.size(); ++w) all.push_back(gradient(group->rank(), shard, w));
        sums.add(shard, all);
        sums.add(shard, all);  // what has been added is left out
      });
      for (std::size_t w = 0; w < weights.size(); ++w) {
        auto expected = torch::zeros_like(weights[w]);
        for (int rank = 0; rank < 2; ++rank)
          for (int shard = 0; shard < 3; ++shard) expected += gradient(rank, shard, w);
        if (!at::equal(sums.wait(w), expected)) fail("weight {} differs", w);
      }
    }
  });
}

TEST_CASE("a tapped network reports every gradient during the backward pass, so that sums start before its end") {
  const auto config = tiny("fp32");
  const auto network = Transformer(config.model, 1).compute_copy(at::kFloat, true);
  const auto leaves = network.parameters().list();
  const auto loss = [](const Transformer& any) { return any.forward(at::full({2, 5}, 3, at::kLong)).square().sum(); };
  const auto expected = gradients(loss(network), leaves);
  in_group(1, [&](const Group& group) {
    GradientSum sums(leaves, 1, *group);
    gradients(loss(sums.tap(network, 0)), leaves);
    for (std::size_t w = 0; w < leaves.size(); ++w)
      if (!at::equal(sums.wait(w), expected[w])) fail("the gradient of weight {} was not reported", w);
  });
}

// The games of a step are the same, so the first step, from the same weights, finds the same figures but for the order
// in which 16 numbers are added in fp64. From then on the weights differ by the order in which 4 fp32 gradients are
// added: 2 roundings of 2⁻²⁴ of a gradient, which Muon's five steps enlarge by at most 3.4445⁵ ≈ 485 in directions that
// the gradient hardly has: 6e-5 of an update. The updates of 20 steps move the loss by less than 1 nat, so 1e-3 nats
// hold the curves together with room; in bf16 a weight that rounds the other way is 2⁻⁹ off, one in some thousands.
TEST_CASE("2 and 4 processes have the loss curve of one, on the same games, and all end with the same weights") {
  for (const char* precision : {"fp32", "bf16", "linearised"}) {
    INFO(precision);
    Trainer single(tiny(precision));
    single.step(false);  // what process 0 starts from is not what fresh processes have
    const auto alone = curve(single);
    for (const int size : {2, 4}) {
      INFO(size << " processes");
      std::vector<StepScore> together;
      std::vector<TensorList> weights(static_cast<std::size_t>(size));
      in_group(size, [&](const Group& group) {
        auto& own = weights[static_cast<std::size_t>(group->rank())];
        if (group->rank() > 0) {
          Trainer trainer = enlist(group);
          while (follow_step(trainer, *group)) own = trainer.model().parameters().list();
          return;
        }
        Trainer trainer(tiny(precision));
        trainer.step(false);
        lead(trainer, group);
        together = curve(trainer);
        dismiss(*group, false);
        own = trainer.model().parameters().list();
      });
      double largest = 0;
      for (std::size_t i = 0; i < kSteps; ++i) {
        const auto &a = alone[i], &b = together[i];
        CHECK(a.positions == b.positions);
        CHECK(a.floor == Approx(b.floor).epsilon(1e-12));
        largest = std::max(largest, std::abs(a.loss - b.loss) / a.positions);
        if (i == 0) CHECK(largest < 1e-12);
      }
      CAPTURE(largest);
      CHECK(largest < 1e-3);
      for (const auto& other : weights) {
        REQUIRE(other.size() == weights[0].size());
        for (std::size_t w = 0; w < other.size(); ++w) CHECK(at::equal(other[w], weights[0][w]));
      }
    }
  }
}

TEST_CASE("an interrupted run interrupts those that follow it") {
  in_group(2, [](const Group& group) {
    Trainer trainer = group->rank() == 0 ? Trainer(tiny("fp32")) : enlist(group);
    if (group->rank() == 0) {
      lead(trainer, group);
      dismiss(*group, true);
      return;
    }
    try {
      follow_step(trainer, *group);
    } catch (const Interrupted&) {
      return;
    }
    fail("it went on");
  });
}

TEST_CASE("shards that cannot be divided among the processes are an error that names the key") {
  std::vector<std::string> errors(3);
  in_group(3, [&](const Group& group) {
    Trainer trainer(tiny("fp32"));
    errors[static_cast<std::size_t>(group->rank())] = error_of([&] { trainer.join(group); });
  });
  for (const auto& error : errors) CHECK(contains(error, "'train.shards' is 4, which is not a multiple of the 3"));
}

TEST_CASE("a text and numbers reach every process") {
  in_group(2, [](const Group& group) {
    const std::string text(100'000, 'x');
    if (group->broadcast(group->rank() == 0 ? text : "mine") != text) fail("another text");
    if (!group->broadcast(std::string{}).empty()) fail("an empty text grew");
    double numbers[] = {1.5, group->rank() * 2.0};
    group->sum(numbers);
    if (numbers[0] != 3 || numbers[1] != 2) fail("another sum");
  });
}

TEST_CASE("a process whose others do not come says where it waited") {
  Place place;
  place.rank = 1, place.size = 2;
  place.address = "127.0.0.1";
  place.store_port = static_cast<std::uint16_t>(free_port());
  place.timeout_seconds = 1;
  const auto error = error_of([&] { ProcessGroup{place}; });
  CHECK(contains(error, "process 1 of 2 cannot connect to the others at 127.0.0.1:"));
}

}  // namespace othello::test
