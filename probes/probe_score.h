// How well a probe reads a target: sums over games of everything that is reported.
#pragma once

#include <memory>

#include "common/statistics.h"
#include "model/torch.h"
#include "probes/probe_batch.h"
#include "probes/targets.h"

namespace othello {

/// What the scores of a probe are.
enum class Scores {
  ranks,   // the largest of a unit's is the answer, and that is all
  logits,  // and their softmax is the probe's distribution
};

/// Games are the clusters of every interval; beyond kMostClusters games, as many runs of games, so that memory does not
/// grow with them. A target whose labels never vary in the games has no measures: they are null, and not 100 %. Several
/// threads may read a score at once; its resamples are made when they are first asked for.
class ProbeScore {
 public:
  static constexpr std::int64_t kMostClusters = 4096;

  /// For the `games` games of a pass.
  ProbeScore(const Target& target, const Vocabulary& vocabulary, std::int64_t games, Scores kind);

  /// The rows of one parity: scores [rows, units·classes] fp32, of equal ones the first counts as the answer; `target`
  /// is the index into batch.labels. Throws Error if the scores have another shape or are not finite.
  void add(const ProbeBatch& batch, std::size_t target, int parity, const Tensor& scores);

  /// The share of labels that are right; not a number if the labels never vary.
  double accuracy() const;
  /// Mean −log₂ p of the true class, in bits per label. Throws Error if the scores were no logits.
  double cross_entropy() const;

  // Of two scores on the same games the difference is paired: H(Y|X) of one minus that of another is V-information, the
  // accuracy of a task minus that of its control is selectivity.
  Sampled sampled_accuracy() const;
  /// Throws Error if the scores were no logits.
  Sampled sampled_cross_entropy() const;
  /// The first five measures of `to_json`, by name, in order.
  std::vector<std::pair<std::string, Sampled>> measures() const;
  /// Accuracy on discs by how often they were turned, [kFlipRungs]; nothing for targets without a label per square.
  std::vector<Sampled> ladder() const;

  /// E = {"mean", "low", "high", "n" games}, null where undefined:
  /// {"undefined": why, if nothing is defined, "accuracy": E, "balanced_accuracy": E, mean recall over the classes that
  ///  occur, "macro_f1": E, over the classes that occur as label or as answer, "colour_on_occupied": E, right where the
  ///  label is not "empty", "cross_entropy": E, "classes": [{"name", "share", "recall", "precision"}…],
  ///  "by_ply": [{"ply", "accuracy", "standard_error", "n"}…], "by_parity": {"even": E, "odd": E}}
  /// and for targets with a label per square
  /// {"per_square": [64 accuracies: null off the board and where the label never varies],
  ///  "by_flips": [{"flips": "0" … "4+", "accuracy": E, "share" of the discs}…], how often the disc of the square has
  ///  been turned in the game, "by_square_class": [{"name", "squares", "accuracy": E}…], null like those of squares}.
  Json to_json() const;
  /// What this has more than `other`, the same target read in the same games, paired: the first five of those, and for
  /// targets with a label per square {"by_flips": [{"flips", "accuracy": E}…]}. Throws Error if target or number of
  /// games differ.
  Json minus(const ProbeScore& other) const;

 private:
  using Statistic = std::function<double(std::span<const double>)>;  // of column sums
  /// Labels of one ply. A game has one row there, so that its right answers are a cluster's.
  struct PlySums {
    double games = 0, right = 0, right_squared = 0;
  };
  struct Resampled;

  template <int kClasses>
  void add_rows(const ProbeBatch& batch, const std::uint8_t* label, int parity, const float* score);
  void add_row(std::int64_t game, int ply, int right, std::span<const std::int32_t> counts, double bits);
  const Bootstrap& bootstrap() const;
  std::vector<double> totals() const;  // [columns]
  std::string undefined() const;       // why nothing is defined; empty if it is
  Sampled sampled(const Statistic& statistic) const;
  Statistic of_accuracy() const;
  Statistic of_cross_entropy() const;

  std::string target_, frame_;
  std::vector<std::string> classes_;
  BoardSize board_;
  std::int64_t units_, games_, clusters_;
  int empty_;  // class, or −1
  Scores kind_;
  bool per_square_;
  std::vector<std::uint8_t> square_class_;  // [units], of targets with a label per square

  // Columns: labels, answers and right answers by class; then these.
  std::size_t parity_, flips_, squares_, bits_, columns_;
  std::vector<double> sums_;  // [clusters, columns]

  std::vector<PlySums> plies_;                // [context]
  std::vector<double> right_of_unit_;         // [units]
  std::vector<std::uint8_t> label_, varies_;  // [units]: the first label, and whether there are others
  double rows_ = 0;
  std::shared_ptr<Resampled> resampled_;
};

}  // namespace othello
