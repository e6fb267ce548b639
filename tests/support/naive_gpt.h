// A GPT in plain loops over double, which knows nothing of the code that it is held against.
#pragma once

#include <cmath>
#include <vector>

namespace othello::test {

using Numbers = std::vector<double>;
using Matrix = std::vector<Numbers>;  // [in][out], or rows

struct NaiveBlock {
  Numbers ln1_gain, ln1_offset, ln2_gain, ln2_offset;
  Matrix query, key, value, proj, in, out;
  Numbers query_bias, key_bias, value_bias, proj_bias, in_bias, out_bias;
};

struct NaiveGpt {
  int heads = 1;
  Matrix embedding, positions;
  std::vector<NaiveBlock> blocks;
  Numbers final_gain, final_offset;
  Matrix unembedding;
  Numbers unembedding_bias;

  /// The logits after the last of the tokens.
  Numbers logits(const std::vector<int>& tokens) const {
    Matrix x;  // [pos][d_model]
    for (std::size_t t = 0; t < tokens.size(); ++t)
      x.push_back(sum(embedding[static_cast<std::size_t>(tokens[t])], positions[t]));
    for (const auto& b : blocks) {
      Matrix q, k, v;
      for (const auto& row : x) {
        const auto n = norm(row, b.ln1_gain, b.ln1_offset);
        q.push_back(affine(n, b.query, b.query_bias));
        k.push_back(affine(n, b.key, b.key_bias));
        v.push_back(affine(n, b.value, b.value_bias));
      }
      for (std::size_t t = 0; t < x.size(); ++t) {
        x[t] = sum(x[t], affine(attended(q[t], k, v, t), b.proj, b.proj_bias));
        auto hidden = affine(norm(x[t], b.ln2_gain, b.ln2_offset), b.in, b.in_bias);
        for (auto& h : hidden) h = h / 2 * (1 + std::erf(h / std::sqrt(2.0)));
        x[t] = sum(x[t], affine(hidden, b.out, b.out_bias));
      }
    }
    return affine(norm(x.back(), final_gain, final_offset), unembedding, unembedding_bias);
  }

 private:
  static Numbers sum(Numbers a, const Numbers& b) {
    for (std::size_t i = 0; i < a.size(); ++i) a[i] += b[i];
    return a;
  }
  static Numbers affine(const Numbers& x, const Matrix& w, Numbers y) {
    for (std::size_t i = 0; i < x.size(); ++i)
      for (std::size_t j = 0; j < y.size(); ++j) y[j] += x[i] * w[i][j];
    return y;
  }
  static Numbers norm(Numbers x, const Numbers& gain, const Numbers& offset) {
    const auto n = static_cast<double>(x.size());
    double mean = 0, variance = 0;
    for (const double value : x) mean += value / n;
    for (const double value : x) variance += (value - mean) * (value - mean) / n;
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = (x[i] - mean) / std::sqrt(variance + 1e-5) * gain[i] + offset[i];
    return x;
  }
  /// Position t's query over the keys and values up to t, head by head.
  Numbers attended(const Numbers& q, const Matrix& k, const Matrix& v, std::size_t t) const {
    Numbers z(q.size(), 0.0);
    const std::size_t d_head = q.size() / static_cast<std::size_t>(heads);
    for (std::size_t first = 0; first < q.size(); first += d_head) {
      Numbers weight;
      double total = 0;
      for (std::size_t s = 0; s <= t; ++s) {
        double score = 0;
        for (std::size_t i = first; i < first + d_head; ++i) score += q[i] * k[s][i];
        weight.push_back(std::exp(score / std::sqrt(static_cast<double>(d_head))));
        total += weight.back();
      }
      for (std::size_t s = 0; s <= t; ++s)
        for (std::size_t i = first; i < first + d_head; ++i) z[i] += weight[s] / total * v[s][i];
    }
    return z;
  }
};

}  // namespace othello::test
