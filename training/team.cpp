#include "training/team.h"

#include "common/interrupt.h"

namespace othello {

Order share(const ProcessGroup& group, Order order) {
  const auto numbers = at::tensor({order.kind, order.score_legal, order.read_loss, order.steps}).to(group.device());
  group.broadcast(numbers);
  const auto number = [all = numbers.cpu()](int i) { return all[i].item<std::int64_t>(); };
  return {number(0), number(1), number(2), number(3)};
}

void lead(Trainer& trainer, const Group& group) {
  group->broadcast(json_text(to_json(trainer.config())));
  trainer.join(group);
}

void dismiss(const ProcessGroup& group, bool interrupted) {
  share(group, {interrupted ? Order::interrupted : Order::end});
}

Trainer enlist(const Group& group) {
  RunConfig config;
  read_config(config, parse_json(group->broadcast(std::string{}), "the configuration that process 0 sent"));
  config.train.device = group->device().str();
  config.resolve();
  Trainer trainer(config);
  trainer.join(group);
  return trainer;
}

bool follow_step(Trainer& trainer, const ProcessGroup& group) {
  const auto order = share(group, {});
  if (order.kind == Order::interrupted) throw Interrupted{};
  if (order.kind == Order::end) return false;
  trainer.set_steps(order.steps);
  trainer.step(order.score_legal != 0, order.read_loss != 0);
  return true;
}

void follow(const Group& group) {
  Trainer trainer = enlist(group);
  while (follow_step(trainer, *group)) {
  }
}

}  // namespace othello
