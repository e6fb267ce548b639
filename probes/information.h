// How much a probe tells about a target, in bits: logistic probes of chosen inputs, each beside what the moves tell.
#pragma once

#include "model/transformer.h"
#include "probes/probe_set.h"
#include "probes/reading.h"
#include "probes/unfinished.h"

namespace othello {

struct InformationSettings {
  std::int64_t positions = 400000;  // to fit on, at most; 0 = none of this. Fewer games starve the one-hot control
  bool joint = true;                // conditional V-information: also one-hot inputs and activations together
  bool description_length = true;
  std::vector<std::int64_t> mlp;  // widths of one-hidden-layer probes
};

/// A place whose logistic probe is wanted.
struct InformationSite {
  std::string name;  // of the row: "blocks.3.hook_resid_post"
  const Transformer* model;
  ProbeSite site;
  bool control = false;  // an untrained model's
  bool deep = false;     // also joint with one-hot, its description length, and one-hidden-layer probes
};

struct InformationProbe {
  std::string name, kind;  // of an input: a site, "majority", "one-hot", "one-hot + SITE"; "logistic", "mlp", "prior"
  bool control = false;
  Readout readout;  // of logistic probes
  Json document;    // its row: score, penalty, tolerance reached, passes over the data, …
};

struct Information {
  std::vector<InformationProbe> probes;
  Json document;  // V-information, conditional V-information, description lengths, and of how many games
};

/// Fits multinomial logistic probes of the target at `sites`, of the moves (one-hot) and of both together, on the first
/// games of `reading.split.fit`, as many as `settings.positions` and 500 MB of activations of one site allow; the
/// strength of the penalty is chosen on those of `split.choose`; all is scored on `split.report`. What the first deep
/// site tells beyond the moves is also told of half the games ("at_half"): a figure that still falls from there to all
/// of them is too high, because the moves alone, with thousands of weights, are not yet read as well as they can be.
///
/// V-information (Xu et al. 2020, arXiv 2002.10689): H_V(Y|nothing) − H_V(Y|X), with the class frequencies per unit and
/// ply for nothing. Conditional V-information (Hewitt et al. 2021, arXiv 2109.09234): H_V(Y|B) − H_V(Y|B and X), with B
/// the one-hot moves. Online description length (Voita & Titov 2020, arXiv 2003.12298): games come in blocks, each
/// coded by the probe that was fitted to those before, the first at log₂ classes bits a label.
Information measure_information(const Reading& reading, const std::vector<InformationSite>& sites,
                                const InformationSettings& settings, const Unfinished& unfinished,
                                const SweepProgress& progress);

}  // namespace othello
