// Three questions about a model, answered from result documents alone: is the board represented, linearly beyond
// what the moves give, and used?
#pragma once

#include <string>
#include <vector>

#include "common/config.h"

namespace othello {

enum class Answer { yes, partly, no, unknown };

/// Texts may hold line breaks. `answer` starts with a word and a colon ("yes: …", "only a little: …"); every figure
/// stands with its 95 % interval and its number of games or cases.
struct VerdictRow {
  std::string question, answer, figure, control;
  Answer level = Answer::unknown;
};

struct Verdict {
  std::string trained_on;  // what the model was trained on, the board, the games, its legal top-1
  std::vector<VerdictRow> rows;
  // Where a shipped model was measured beside a run, all that is about the shipped one, and this about the run's own.
  std::string own_trained_on;
  std::vector<VerdictRow> own;
};

/// The result documents of a run; those that are missing are null.
struct Findings {
  const Json* config = nullptr;
  const Json* train = nullptr;
  const Json* evaluate = nullptr;
  const Json* probe = nullptr;
  const Json* intervene = nullptr;
  std::string model = "RUN";  // what the commands that make missing results call the model
  std::string who = "The model";
};

/// "yes" only if the 95 % interval of the paired difference from every control named leaves out 0 in the right
/// direction. "partly" (in words "only a little" for probes): clear of the controls, but less than a third of what
/// was left to gain. Throws Error naming file and field if a document is malformed.
Verdict verdict(const Findings& findings);
Verdict verdict(const Json* evaluate, const Json* probe, const Json* intervene, const Json* train = nullptr,
                const Json* config = nullptr);

/// All answers in one sentence, for the head of the report.
std::string verdict_sentence(const Verdict& verdict);

/// For a terminal of `columns`: the first line, then a table with wrapped cells.
std::string verdict_table(const Verdict& verdict, int columns = 100);

/// The command that makes results/NAME.json.
std::string result_command(const std::string& name, const std::string& model);

}  // namespace othello
