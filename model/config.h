// Sizes of a model.
#pragma once

#include "common/config.h"
#include "data/vocabulary.h"

namespace othello {

struct ModelConfig {
  int board = 8;  // 8 or 6: fixes vocabulary and context
  int layers = 6;
  int d_model = 128;
  int heads = 4;
  int d_mlp = 0;  // 0 = 4·d_model

  template <class Visitor>
  void fields(Visitor& v) {
    v("board", board, Range{6, 8});
    v("layers", layers, Range{1, 64});
    v("d_model", d_model, Range{4, 8192});
    v("heads", heads, Range{1, 128});
    v("d_mlp", d_mlp, Range{0, 65536});
  }

  /// Fills in what is derived; throws Error if the sizes do not fit together.
  void resolve();
  Vocabulary vocabulary() const { return Vocabulary(board_size(board)); }
  int d_head() const { return d_model / heads; }
  friend bool operator==(const ModelConfig&, const ModelConfig&) = default;
};

}  // namespace othello
