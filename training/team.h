// Training in several processes: process 0 leads the run as if it were alone, the others compute their parts of its
// steps. Only process 0 reads and writes the run folder, logs, and decides when to stop, so no folder need be shared.
#pragma once

#include "training/process_group.h"
#include "training/trainer.h"

namespace othello {

using Group = std::shared_ptr<const ProcessGroup>;

/// Process 0: sends the others the configuration, weights, optimizer and step of `trainer`, whose steps all processes
/// compute from now on. A signal to any of them interrupts the run of all. Throws Error if the shards of a batch cannot
/// be divided among them.
void lead(Trainer& trainer, const Group& group);

/// Process 0: there is no further step.
void dismiss(const ProcessGroup& group, bool interrupted);

/// The other processes: the trainer of process 0 as it stands.
Trainer enlist(const Group& group);

/// The other processes: takes part in the next step of process 0. False if there is none; throws Interrupted if the run
/// was interrupted.
bool follow_step(Trainer& trainer, const ProcessGroup& group);

/// The other processes: all of the above.
void follow(const Group& group);

/// What process 0 tells the others before each step.
struct Order {
  enum Kind : std::int64_t { step, end, interrupted };
  std::int64_t kind = step;
  std::int64_t score_legal = 0;
  std::int64_t read_loss = 1;
  std::int64_t steps = 0;  // the length of the run, once it is known
};

/// Process 0's order for all.
Order share(const ProcessGroup& group, Order order);

}  // namespace othello
