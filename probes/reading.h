// What is read of a target, from which games: what the parts of a sweep have in common.
#pragma once

#include "probes/activation_stream.h"

namespace othello {

/// Disjoint parts of the games of a stream.
struct GameSplit {
  GameRange fit, choose, report;
};

using SweepProgress = std::function<void(double share, const std::string& what)>;

/// The games outlive it.
struct Reading {
  const ProbeGames& games;
  Vocabulary vocabulary;
  PlyWindow window;
  Target target;
  Mode mode;
  bool bias;
  GameSplit split;
  int workers;

  ActivationStream stream() const {
    ActivationStream made(games, vocabulary, window, workers);
    made.add(target);
    return made;
  }
};

}  // namespace othello
