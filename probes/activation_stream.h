// Games through models once, batch by batch, for any number of readers of their activations.
#pragma once

#include <functional>

#include "model/transformer.h"
#include "probes/probe_batch.h"
#include "probes/probe_games.h"
#include "probes/targets.h"

namespace othello {

/// Games in a batch.
inline constexpr std::int64_t kStreamBatchGames = 64;

/// How a pass is cut into batches.
enum class Cut {
  even,
  fine,  // smaller ones first, of 4, 4, 8, 16 and 32 games: for whoever wants to stop after a few
};

/// A run of games, [first, first + count) of those that probes use.
struct GameRange {
  std::int64_t first = 0;
  std::int64_t count = 0;
};

/// Computes the positions of games, their labels and the activations of several models at several sites. Nothing is
/// stored beyond a few batches, whatever the number of games.
class ActivationStream {
 public:
  ActivationStream(const ProbeGames& games, const Vocabulary& vocabulary, const PlyWindow& window, int workers)
      : games_(games), vocabulary_(vocabulary), window_(window), workers_(workers) {}

  /// Adds a site of a model (which must outlive this), of all heads or, for sites with heads, of one of them; returns
  /// its index into ProbeBatch::activations.
  std::size_t add(const Transformer& model, const Site& site, int head = -1);
  /// Adds a target; returns its index into ProbeBatch::labels.
  std::size_t add(Target target);
  const std::vector<Target>& targets() const { return targets_; }
  /// From now on only these sites are computed, by index; the activations of others are undefined.
  void only(const std::vector<std::size_t>& sites);
  /// From now on all of them are, as in the beginning.
  void all();
  const ProbeGames& games() const { return games_; }
  const Vocabulary& vocabulary() const { return vocabulary_; }
  int workers() const { return workers_; }

  /// For the batches of a range: `read(reader, batch)` for every reader in [0, readers). Each reader sees all batches
  /// in order, so its sums do not depend on the number of workers; different readers run at the same time. `progress`
  /// gets the number of games done, of which every reader has seen all.
  void run(const GameRange& range, int readers,
           const std::function<void(int reader, const std::shared_ptr<const ProbeBatch>&)>& read,
           const std::function<void(std::int64_t games)>& progress, Cut cut = Cut::even) const;

  /// Seconds that all runs so far spent in the models' forward passes, and in all, summed over workers.
  double forward_seconds() const { return forward_seconds_; }

 private:
  struct Wanted {
    Site site;
    int head;
    std::size_t index;
    bool on = true;
  };
  struct Source {
    const Transformer* model;
    std::vector<Wanted> wanted;
  };
  std::shared_ptr<const ProbeBatch> make_batch(const GameRange& range, std::int64_t offset, std::int64_t count,
                                               double& forward_seconds) const;

  const ProbeGames& games_;
  Vocabulary vocabulary_;
  PlyWindow window_;
  int workers_;
  std::vector<Source> sources_;
  std::vector<Target> targets_;
  std::size_t count_ = 0;
  mutable double forward_seconds_ = 0;
};

}  // namespace othello
