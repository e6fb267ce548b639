// Causal attention over the few positions of a game: one head's queries, keys, values and scores fit into the first
// caches, so scores never reach memory. Numbers are fp32 inside, whatever the type of the activations.
#include <math.h>

#include "model/kernels/table.h"
#include "model/kernels/vector.h"

namespace othello::OTHELLO_ISA_NAMESPACE {
namespace {

#if defined(__AVX512F__)
constexpr size_t kRows = 8;  // of the result, held in registers together with kColumns vectors of each
#else
constexpr size_t kRows = 4;
#endif
constexpr size_t kColumns = 2;

constexpr size_t round_up(size_t n, size_t unit) { return (n + unit - 1) / unit * unit; }

/// One factor of a product: a[row·stride + k], or with Turned a[k·stride + row].
template <bool Turned>
struct Factor {
  const float* a;
  size_t stride;
  float at(size_t row, size_t k) const { return Turned ? a[k * stride + row] : a[row * stride + k]; }
};

/// c[kRows, Columns·kLanes] = Σ over k in [first, last) of factor(row, k)·b[k, …].
template <size_t Columns, bool Turned>
inline void multiply_tile(Factor<Turned> factor, const float* b, size_t b_stride, float* c, size_t c_stride,
                          size_t first, size_t last) {
  Floats sums[kRows][Columns] = {};
  for (size_t k = first; k < last; ++k) {
    Floats right[Columns];
    for (size_t j = 0; j < Columns; ++j) right[j] = load(b + k * b_stride + j * kLanes);
    for (size_t i = 0; i < kRows; ++i) {
      const Floats left = all(factor.at(i, k));
      for (size_t j = 0; j < Columns; ++j) sums[i][j] += left * right[j];
    }
  }
  for (size_t i = 0; i < kRows; ++i)
    for (size_t j = 0; j < Columns; ++j) store(c + i * c_stride + j * kLanes, sums[i][j]);
}

/// The same for a result of `columns` vectors.
template <bool Turned>
inline void multiply_rows(Factor<Turned> factor, const float* b, size_t b_stride, float* c, size_t c_stride,
                          size_t first, size_t last, size_t columns) {
  size_t j = 0;
  for (; j + kColumns <= columns; j += kColumns)
    multiply_tile<kColumns>(factor, b + j * kLanes, b_stride, c + j * kLanes, c_stride, first, last);
  for (; j < columns; ++j) multiply_tile<1>(factor, b + j * kLanes, b_stride, c + j * kLanes, c_stride, first, last);
}

/// Of two rows that exchange blocks of `half` lanes: what the first keeps and gets, and the second.
template <int half>
struct First {
  constexpr int operator()(int lane) const { return (lane & half) != 0 ? kLanes + lane - half : lane; }
};
template <int half>
struct Second {
  constexpr int operator()(int lane) const { return (lane & half) != 0 ? kLanes + lane : lane + half; }
};

/// Transposes kLanes × kLanes numbers: at every stage, blocks off the diagonal change places.
template <int half = kLanes / 2>
inline void transpose(Floats (&rows)[kLanes]) {
#pragma GCC unroll 16
  for (int i = 0; i < kLanes; ++i) {
    if ((i & half) != 0) continue;
    const Floats a = rows[i], b = rows[i + half];
    rows[i] = __builtin_shuffle(a, b, kPattern<First<half>>);
    rows[i + half] = __builtin_shuffle(a, b, kPattern<Second<half>>);
  }
  if constexpr (half > 1) transpose<half / 2>(rows);
}

/// One head of one game in fp32. Rows are positions; what lies behind the last position and the head's width is 0.
struct Head {
  size_t positions, rows, width, padded;  // rows and padded: rounded up to kLanes

  /// out[row, …] = (x[row, …] + bias)·scale
  template <class T>
  void read(const T* x, size_t stride, const float* bias, float scale, float* out) const {
    for (size_t row = 0; row < rows; ++row)
      for (size_t i = 0; i < padded; i += kLanes) {
        Floats v{};
        if (row < positions) {
          v = load_at(x + row * stride, i, width);
          if (bias != nullptr) v += load_at(bias, i, width);
        }
        store(out + row * padded + i, v * scale);
      }
  }

  /// Writes x·scale out and adds its rows to `sums`.
  template <class T>
  void write(const float* x, float scale, T* out, size_t stride, float* sums) const {
    for (size_t i = 0; i < width; i += kLanes) {
      Floats total{};
      for (size_t row = 0; row < positions; ++row) {
        const Floats v = load(x + row * padded + i) * scale;
        store_at(out + row * stride, i, width, v);
        total += v;
      }
      if (sums != nullptr) add_at(sums, i, width, total);
    }
  }

  /// out[width, rows] = xᵀ
  void transpose_into(const float* x, float* out) const {
    for (size_t row = 0; row < rows; row += kLanes)
      for (size_t i = 0; i < padded; i += kLanes) {
        Floats block[kLanes];
        for (size_t j = 0; j < kLanes; ++j) block[j] = load(x + (row + j) * padded + i);
        transpose(block);
        for (size_t j = 0; j < kLanes; ++j) store(out + (i + j) * rows + row, block[j]);
      }
  }

  /// c[query, key] = a·bᵀ for keys up to the query's block, given bᵀ.
  void scores(const float* a, const float* b_transposed, float* c) const {
    for (size_t row = 0; row < rows; row += kRows)
      multiply_rows(Factor<false>{a + row * padded, padded}, b_transposed, rows, c + row * rows, rows, 0, width,
                    round_up(row + kRows, kLanes) / kLanes);
  }

  /// c[query, …] = p·b, sums over the keys up to each query. p is 0 behind the diagonal within a block of kRows.
  void mix(const float* p, const float* b, float* c) const {
    for (size_t row = 0; row < rows; row += kRows)
      multiply_rows(Factor<false>{p + row * rows, rows}, b, padded, c + row * padded, padded, 0, row + kRows,
                    padded / kLanes);
  }

  /// c[key, …] = pᵀ·b, sums over the queries from each key on.
  void mix_back(const float* p, const float* b, float* c) const {
    for (size_t row = 0; row < rows; row += kRows)
      multiply_rows(Factor<true>{p + row, rows}, b, padded, c + row * padded, padded, row, rows, padded / kLanes);
  }
};

/// Vectors of a row of scores that mix and mix_back read.
inline size_t score_vectors(size_t query) { return round_up(query / kRows * kRows + kRows, kLanes) / kLanes; }

inline Floats only_keys_up_to(size_t query, size_t first, Floats v, Floats otherwise) {
  return lane_numbers() <= (float)query - (float)first ? v : otherwise;
}

/// Scores of a query → exponentials relative to the largest.
inline Softmax exponentials(float* row, size_t query) {
  const size_t vectors = score_vectors(query);
  Floats best = all(-INFINITY);
  for (size_t i = 0; i < vectors; ++i)
    best = max(best, only_keys_up_to(query, i * kLanes, load(row + i * kLanes), all(-INFINITY)));
  const float top = largest(best);
  Floats total{};
  for (size_t i = 0; i < vectors; ++i) {
    const Floats e = only_keys_up_to(query, i * kLanes, exp(load(row + i * kLanes) - top), Floats{});
    store(row + i * kLanes, e);
    total += e;
  }
  return {top, 1 / sum(total)};
}

template <class T>
Head head_of(const AttentionTask<T>& t) {
  return {t.positions, round_up(t.positions, kLanes), t.head_width, round_up(t.head_width, kLanes)};
}

/// Where a head's queries begin in its game; keys and values follow one and two widths of the model later.
template <class T>
size_t offset_of(const AttentionTask<T>& t, size_t game, size_t head, size_t stride) {
  return game * t.positions * stride + head * t.head_width;
}

/// What scores are multiplied by; queries carry it.
template <class T>
float scale_of(const AttentionTask<T>& t) {
  return 1 / sqrtf((float)t.head_width);
}

/// One head's scaled queries, keys and values.
template <class T>
void read_inputs(const AttentionTask<T>& t, const Head& h, size_t game, size_t head, float* q, float* k, float* v) {
  const size_t model = t.heads * t.head_width, stride = 3 * model;
  const T* qkv = t.qkv + offset_of(t, game, head, stride);
  const float* bias = t.bias + head * t.head_width;
  h.read(qkv, stride, bias, scale_of(t), q);
  h.read(qkv + model, stride, bias + model, 1, k);
  h.read(qkv + 2 * model, stride, bias + 2 * model, 1, v);
}

}  // namespace

template <class T>
void attention(const AttentionTask<T>& t) {
  const Head h = head_of(t);
  const size_t model = t.heads * t.head_width, plane = h.rows * h.padded;
  float* q = t.scratch;
  float* k = q + plane;
  float* k_transposed = k + plane;
  float* v = k_transposed + plane;
  float* z = v + plane;
  float* p = z + plane;
  for (size_t game = 0; game < t.games; ++game)
    for (size_t head = 0; head < t.heads; ++head) {
      read_inputs(t, h, game, head, q, k, v);
      h.transpose_into(k, k_transposed);
      h.scores(q, k_transposed, p);
      Softmax* softmax = t.softmax + (game * t.heads + head) * t.positions;
      for (size_t query = 0; query < t.positions; ++query) softmax[query] = exponentials(p + query * h.rows, query);
      h.mix(p, v, z);
      T* out = t.z + offset_of(t, game, head, model);
      for (size_t query = 0; query < t.positions; ++query)
        for (size_t i = 0; i < t.head_width; i += kLanes)
          store_at(out + query * model, i, t.head_width, load(z + query * h.padded + i) * softmax[query].inverse_sum);
    }
}

/// With P the pattern and dP = dz·vᵀ: dS = P∘(dP − Σ P∘dP), dq = dS·k, dk = dSᵀ·q, dv = Pᵀ·dz.
template <class T>
void attention_gradient(const AttentionTask<T>& t) {
  const Head h = head_of(t);
  const size_t model = t.heads * t.head_width, stride = 3 * model, plane = h.rows * h.padded;
  const float scale = scale_of(t);
  float* q = t.scratch;
  float* k = q + plane;
  float* transposed = k + plane;  // of keys, then of values
  float* v = transposed + plane;
  float* dz = v + plane;
  float* result = dz + plane;
  float* p = result + plane;
  float* dp = p + h.rows * h.rows;
  for (size_t game = 0; game < t.games; ++game)
    for (size_t head = 0; head < t.heads; ++head) {
      read_inputs(t, h, game, head, q, k, v);
      h.read(t.dz + offset_of(t, game, head, model), model, nullptr, 1, dz);
      h.transpose_into(k, transposed);
      h.scores(q, transposed, p);
      h.transpose_into(v, transposed);
      h.scores(dz, transposed, dp);
      const Softmax* softmax = t.softmax + (game * t.heads + head) * t.positions;
      for (size_t query = 0; query < h.rows; ++query) {
        float* row = p + query * h.rows;
        float* drow = dp + query * h.rows;
        const size_t vectors = score_vectors(query);
        const Softmax known = query < t.positions ? softmax[query] : Softmax{0, 0};  // rows of padding become 0
        Floats total{};
        for (size_t i = 0; i < vectors; ++i) {
          const Floats e =
              only_keys_up_to(query, i * kLanes, exp(load(row + i * kLanes) - known.top) * known.inverse_sum, Floats{});
          store(row + i * kLanes, e);
          total += e * load(drow + i * kLanes);
        }
        const float mean = sum(total);
        for (size_t i = 0; i < vectors; ++i)
          store(drow + i * kLanes, load(row + i * kLanes) * (load(drow + i * kLanes) - mean));
      }
      T* dqkv = t.dqkv + offset_of(t, game, head, stride);
      float* dbias = t.dbias + head * t.head_width;
      h.mix(dp, k, result);
      h.write(result, scale, dqkv, stride, dbias);
      h.mix_back(dp, q, result);
      h.write(result, 1, dqkv + model, stride, dbias + model);
      h.mix_back(p, dz, result);
      h.write(result, 1, dqkv + 2 * model, stride, dbias + 2 * model);
    }
}

/// With P the pattern: dS = dq·kᵀ + q·dkᵀ, dP = P∘(dS − Σ P∘dS), dz = dP·v + P·dv.
void attention_tangent(const AttentionTangentTask& t) {
  const Head h{t.positions, round_up(t.positions, kLanes), t.head_width, round_up(t.head_width, kLanes)};
  const size_t model = t.heads * t.head_width, stride = 3 * model, plane = h.rows * h.padded, square = h.rows * h.rows;
  const float scale = 1 / sqrtf((float)t.head_width);
  float* q = t.scratch;
  float* dq = q + plane;
  float* keys = dq + plane;  // transposed, as dkeys
  float* dkeys = keys + plane;
  float* v = dkeys + plane;
  float* dv = v + plane;
  float* z = dv + plane;
  float* more = z + plane;
  float* p = more + plane;
  float* dp = p + square;
  float* of_keys = dp + square;
  for (size_t game = 0; game < t.games; ++game)
    for (size_t head = 0; head < t.heads; ++head) {
      const size_t in = game * t.positions * stride + head * t.head_width;
      const size_t out = game * t.positions * model + head * t.head_width;
      h.read(t.qkv + in, stride, nullptr, scale, q);
      h.read(t.dqkv + in, stride, nullptr, scale, dq);
      h.read(t.qkv + in + model, stride, nullptr, 1, more);
      h.transpose_into(more, keys);
      h.read(t.dqkv + in + model, stride, nullptr, 1, more);
      h.transpose_into(more, dkeys);
      h.read(t.qkv + in + 2 * model, stride, nullptr, 1, v);
      h.read(t.dqkv + in + 2 * model, stride, nullptr, 1, dv);
      h.scores(q, keys, p);
      h.scores(dq, keys, dp);
      h.scores(q, dkeys, of_keys);
      for (size_t query = 0; query < t.positions; ++query) {
        float* row = p + query * h.rows;
        float* drow = dp + query * h.rows;
        const float* keys_row = of_keys + query * h.rows;
        const size_t vectors = score_vectors(query);
        const Softmax softmax = exponentials(row, query);
        Floats total{};
        for (size_t i = 0; i < vectors * kLanes; i += kLanes) {
          const Floats probability = load(row + i) * softmax.inverse_sum, moved = load(drow + i) + load(keys_row + i);
          store(row + i, probability);
          store(drow + i, moved);
          total += probability * moved;
        }
        const float mean = sum(total);
        for (size_t i = 0; i < vectors * kLanes; i += kLanes) store(drow + i, load(row + i) * (load(drow + i) - mean));
      }
      h.mix(p, v, z);
      h.write(z, 1, t.z + out, model, nullptr);
      h.mix(dp, v, z);
      h.mix(p, dv, more);
      for (size_t i = 0; i < plane; i += kLanes) store(z + i, load(z + i) + load(more + i));
      h.write(z, 1, t.dz + out, model, nullptr);
    }
}

template void attention(const AttentionTask<float>&);
template void attention(const AttentionTask<Bf16>&);
template void attention_gradient(const AttentionTask<float>&);
template void attention_gradient(const AttentionTask<Bf16>&);

}  // namespace othello::OTHELLO_ISA_NAMESPACE
