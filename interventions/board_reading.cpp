#include "interventions/board_reading.h"

#include "common/threads.h"

namespace othello {

BoardReading read_board(const Transformer& model, const std::vector<CaseBatch>& batches, std::size_t count,
                        const Edit* edit, const Placement& placement, const FittedProbe& probe, int workers) {
  const auto squares = board_squares(board_size(model.config().board));
  BoardReading reading{std::vector<Cluster>(count), std::vector<Cluster>(count)};
  parallel_for(static_cast<int>(batches.size()), workers, [&](int index, int) {
    const at::NoGradGuard no_grad;
    const auto& batch = batches[static_cast<std::size_t>(index)];
    Trace trace;
    trace.record(probe.site.site);
    run_edited(model, batch, edit, placement, &trace);
    const auto x = trace.value(probe.site.site).select(1, -1);  // [rows, width]
    for (std::int64_t row = 0; row < batch.rows(); ++row) {
      const auto i = static_cast<std::size_t>(row);
      const Case& c = *batch.cases[i];
      const auto& w = probe.readout.weights[c.ply() % 2];  // [width + 1, squares·classes]
      const auto width = w.size(0) - 1;
      const auto scores = (at::mv(w.narrow(0, 0, width).t(), x[row]) + w[width]).contiguous();
      const auto answers = scores.view({-1, kStates}).argmax(1).contiguous();
      const auto* answer = answers.data_ptr<std::int64_t>();
      for (const auto square : squares) {
        auto& cluster = (c.changed() & bit(square) ? reading.changed : reading.untouched)[batch.members[i]];
        cluster.count += 1;
        cluster.sum += *answer++ == static_cast<std::int64_t>(state(c.after, square)) ? 1 : 0;
      }
    }
  });
  return reading;
}

}  // namespace othello
