// Do probes that were fitted to one player's games read another's?
#pragma once

#include "model/transformer.h"
#include "probes/probe_site.h"
#include "probes/reading.h"

namespace othello {

/// Ridge probes of a site, of the one-hot moves and of nothing but the ply, fitted to the games of `here` and to those
/// of `there`, each read on both: [{"name", "fitted_on", "read_on", "accuracy": E, …}], with the names of the players.
Json transfer(const Reading& here, const std::string& name_here, const Reading& there, const std::string& name_there,
              const Transformer& model, const ProbeSite& site, const SweepProgress& progress);

}  // namespace othello
