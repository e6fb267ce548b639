// Games through models once, batch by batch, for any number of readers of their activations.
#pragma once

#include <functional>

#include "data/games.h"
#include "probes/inputs.h"

namespace othello {

/// Computes the positions of games and the activations of several models at several sites. Nothing is stored beyond
/// a few batches, whatever the number of games.
class ActivationStream {
 public:
  ActivationStream(const GameSource& games, const Vocabulary& vocabulary, int workers)
      : games_(games), vocabulary_(vocabulary), workers_(workers) {}

  /// Adds a site of a model (which must outlive this); returns its index into Activations.
  std::size_t add(const Transformer& model, const Site& site);

  /// For games first … first+count−1: `read(reader, positions, activations)` for every reader in [0, readers). Each
  /// reader sees all batches in order, so its sums do not depend on the number of workers; different readers run at
  /// the same time. `progress` gets the share done.
  void run(std::int64_t first, std::int64_t count, int readers,
           const std::function<void(int reader, const Positions&, const Activations&)>& read,
           const std::function<void(double)>& progress) const;

 private:
  struct Source {
    const Transformer* model;
    std::vector<Site> sites;
    std::vector<std::size_t> indices;
  };
  Activations forward(const Positions& positions) const;

  GameSource games_;
  Vocabulary vocabulary_;
  int workers_;
  std::vector<Source> sources_;
  std::size_t count_ = 0;
};

}  // namespace othello
