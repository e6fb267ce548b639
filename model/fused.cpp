#include "model/fused.h"

#include "model/kernels/dispatch.h"
#include "model/operations.h"

namespace othello::fused {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

/// Null for a tensor that is not there, be it undefined or `none()`.
template <class T>
T* data(const Tensor& tensor) {
  return tensor.defined() && tensor.numel() > 0 ? static_cast<T*>(tensor.data_ptr()) : nullptr;
}

/// Stands for an argument that is not there: LibTorch 1.13's Function takes no undefined tensors.
Tensor none() { return at::empty({0}, at::kFloat); }

/// Calls `call.operator()<T>(kernels of T)` with the type of `tensor`'s numbers.
template <class Call>
void by_type(const Tensor& tensor, const Call& call) {
  if (tensor.scalar_type() == at::kBFloat16) call.template operator()<Bf16>(model_kernels().bf16);
  else call.template operator()<float>(model_kernels().fp32);
}

std::size_t count(std::int64_t n) { return static_cast<std::size_t>(n); }
std::size_t row_count(const Tensor& x) { return count(x.size(-1) == 0 ? 0 : x.numel() / x.size(-1)); }
Tensor as_rows(const Tensor& x) { return x.reshape({-1, x.size(-1)}); }

void once_only() {
  if (at::GradMode::is_enabled()) fail("fused operations have no second derivative: run the model on plain operations");
}

struct ResidualNorm : Function<ResidualNorm> {
  /// {out, y}, or {y} without delta.
  static variable_list forward(AutogradContext* context, const Tensor& x, const Tensor& delta, const Tensor& bias,
                               const Tensor& w, const Tensor& b, at::ScalarType precision) {
    const bool residual = delta.numel() > 0;
    const auto in = x.contiguous(), change = delta.contiguous();
    const auto out = residual ? at::empty_like(in) : in;
    const auto y = at::empty(in.sizes(), in.options().dtype(precision));
    const auto rows = static_cast<std::int64_t>(row_count(in));
    const auto mean = at::empty({rows}, in.options()), inverse = at::empty({rows}, in.options());
    by_type(y, [&]<class T>(const TypedKernels<T>& kernels) {
      kernels.norm({.rows = count(rows),
                    .width = count(in.size(-1)),
                    .x = data<float>(in),
                    .delta = data<T>(change),
                    .bias = data<float>(bias),
                    .gain = data<float>(w),
                    .offset = data<float>(b),
                    .epsilon = static_cast<float>(ops::kNormEpsilon),
                    .out = data<float>(out),
                    .y = data<T>(y),
                    .mean = data<float>(mean),
                    .inverse = data<float>(inverse)});
    });
    context->save_for_backward({out, mean, inverse, w});
    context->saved_data["residual"] = residual;
    context->set_materialize_grads(false);
    return residual ? variable_list{out, y} : variable_list{y};
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    once_only();
    const auto saved = context->get_saved_variables();
    const auto &out = saved[0], &mean = saved[1], &inverse = saved[2], &w = saved[3];
    const bool residual = context->saved_data["residual"].toBool();
    auto dout = residual ? gradients[0] : Tensor(), dy = gradients.back();
    if (!dy.defined()) return {dout, dout, dout.defined() ? as_rows(dout).sum(0) : dout, {}, {}, {}};
    dy = dy.contiguous();
    if (dout.defined()) dout = dout.contiguous();
    const auto dx = at::empty_like(out), ddelta = residual ? at::empty_like(dy) : Tensor();
    const auto sums = at::zeros({3, out.size(-1)}, out.options());
    by_type(dy, [&]<class T>(const TypedKernels<T>& kernels) {
      kernels.norm_gradient({.rows = row_count(out),
                             .width = count(out.size(-1)),
                             .out = data<float>(out),
                             .mean = data<float>(mean),
                             .inverse = data<float>(inverse),
                             .gain = data<float>(w),
                             .dy = data<T>(dy),
                             .dout = data<float>(dout),
                             .dx = data<float>(dx),
                             .ddelta = data<T>(ddelta),
                             .dbias = residual ? data<float>(sums[0]) : nullptr,
                             .dgain = data<float>(sums[1]),
                             .doffset = data<float>(sums[2])});
    });
    return {dx, ddelta, residual ? sums[0] : Tensor(), sums[1], sums[2], {}};
  }
};

struct Attention : Function<Attention> {
  static Tensor forward(AutogradContext* context, const Tensor& input, const Tensor& bias, std::int64_t heads) {
    const auto qkv = input.contiguous();
    const auto batch = qkv.size(0), positions = qkv.size(1), d = qkv.size(2) / 3;
    const auto z = at::empty({batch, positions, d}, qkv.options());
    const auto softmax = at::empty({batch, heads, positions, 2}, bias.options());
    run(qkv, bias, heads, softmax, [&]<class T>(const TypedKernels<T>& kernels, AttentionTask<T>& task) {
      task.z = data<T>(z);
      kernels.attention(task);
    });
    context->save_for_backward({qkv, bias, softmax});
    context->saved_data["heads"] = heads;
    return z;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    once_only();
    const auto saved = context->get_saved_variables();
    const auto &qkv = saved[0], &bias = saved[1], &softmax = saved[2];
    const auto dz = gradients[0].contiguous();
    const auto dqkv = at::empty_like(qkv), dbias = at::zeros_like(bias);
    run(qkv, bias, context->saved_data["heads"].toInt(), softmax,
        [&]<class T>(const TypedKernels<T>& kernels, AttentionTask<T>& task) {
          task.dz = data<T>(dz);
          task.dqkv = data<T>(dqkv);
          task.dbias = data<float>(dbias);
          kernels.attention_gradient(task);
        });
    return {dqkv, dbias, {}};
  }

 private:
  template <class Call>
  static void run(const Tensor& qkv, const Tensor& bias, std::int64_t heads, const Tensor& softmax, const Call& call) {
    const auto positions = count(qkv.size(1)), head_width = count(qkv.size(2) / 3 / heads);
    const auto scratch = at::empty({static_cast<std::int64_t>(attention_scratch(positions, head_width))}, at::kFloat);
    by_type(qkv, [&]<class T>(const TypedKernels<T>& kernels) {
      AttentionTask<T> task{};
      task.games = count(qkv.size(0));
      task.positions = positions;
      task.heads = count(heads);
      task.head_width = head_width;
      task.qkv = data<T>(qkv);
      task.bias = data<float>(bias);
      task.softmax = data<Softmax>(softmax);
      task.scratch = data<float>(scratch);
      call(kernels, task);
    });
  }
};

/// x·W as rows, shaped as x.
Tensor product(const Tensor& rows, const Tensor& w, const Tensor& x) {
  auto shape = x.sizes().vec();
  shape.back() = w.size(1);
  return at::mm(rows, w).view(shape);
}

struct Linear : Function<Linear> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& w) {
    const auto rows = as_rows(x);
    context->save_for_backward({rows, w});
    return product(rows, w, x);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    once_only();
    const auto saved = context->get_saved_variables();
    const auto &rows = saved[0], &w = saved[1];
    const auto dy = as_rows(gradients[0]);
    return {product(dy, w.t(), gradients[0]), at::mm(rows.t(), dy)};
  }
};

struct LinearGelu : Function<LinearGelu> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& w, const Tensor& b) {
    const auto rows = as_rows(x);
    const auto pre = product(rows, w, x);  // becomes the derivative
    const auto y = at::empty_like(pre);
    by_type(pre, [&]<class T>(const TypedKernels<T>& kernels) {
      kernels.gelu({.rows = row_count(pre),
                    .width = count(w.size(1)),
                    .x = data<T>(pre),
                    .bias = data<float>(b),
                    .y = data<T>(y)});
    });
    context->save_for_backward({rows, w, pre});
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    once_only();
    const auto saved = context->get_saved_variables();
    const auto &rows = saved[0], &w = saved[1], &derivative = saved[2];
    const auto dy = gradients[0].contiguous(), dpre = at::empty_like(dy), db = at::zeros({w.size(1)}, at::kFloat);
    by_type(dpre, [&]<class T>(const TypedKernels<T>& kernels) {
      kernels.gelu_gradient({.rows = row_count(dpre),
                             .width = count(w.size(1)),
                             .derivative = data<T>(derivative),
                             .dy = data<T>(dy),
                             .dx = data<T>(dpre),
                             .dbias = data<float>(db)});
    });
    const auto dpre_rows = as_rows(dpre);
    return {product(dpre_rows, w.t(), dpre), at::mm(rows.t(), dpre_rows), db};
  }
};

struct CrossEntropySum : Function<CrossEntropySum> {
  static Tensor forward(AutogradContext* context, const Tensor& input, const Tensor& targets, const Tensor& p) {
    const auto logits = input.contiguous();
    const auto dlogits = at::empty_like(logits);
    double total = 0;
    by_type(logits, [&]<class T>(const TypedKernels<T>& kernels) {
      total = kernels.loss({.rows = count(logits.size(0)),
                            .width = count(logits.size(1)),
                            .logits = data<T>(logits),
                            .targets = data<std::int64_t>(targets),
                            .p = data<float>(p),
                            .dlogits = data<T>(dlogits)});
    });
    context->save_for_backward({dlogits});
    return at::scalar_tensor(total, at::kDouble);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    once_only();
    const auto factor = gradients[0].item<double>();
    const auto dlogits = context->get_saved_variables()[0];
    return {factor == 1 ? dlogits : dlogits * factor, {}, {}};
  }
};

}  // namespace

bool supports(const Tensor& x) {
  return x.is_cpu() && (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16);
}

std::pair<Tensor, Tensor> residual_norm(const Tensor& x, const Tensor& delta, const Tensor& bias, const Tensor& w,
                                        const Tensor& b) {
  auto both = ResidualNorm::apply(x, delta, bias, w, b, delta.scalar_type());
  return {both[0], both[1]};
}

Tensor layer_norm(const Tensor& x, const Tensor& w, const Tensor& b, at::ScalarType precision) {
  return ResidualNorm::apply(x, none(), none(), w, b, precision)[0];
}

Tensor attention(const Tensor& qkv, const Tensor& bias, std::int64_t heads) {
  return Attention::apply(qkv, bias, heads);
}

std::pair<Tensor, Tensor> attention_with_tangent(const Tensor& qkv, const Tensor& dqkv, std::int64_t heads) {
  const auto in = qkv.contiguous(), moved = dqkv.contiguous();
  const auto positions = count(in.size(1)), head_width = count(in.size(2) / 3 / heads);
  const auto z = at::empty({in.size(0), in.size(1), in.size(2) / 3}, in.options()), dz = at::empty_like(z);
  const auto scratch = at::empty({static_cast<std::int64_t>(attention_scratch(positions, head_width))}, in.options());
  model_kernels().attention_tangent({.games = count(in.size(0)),
                                     .positions = positions,
                                     .heads = count(heads),
                                     .head_width = head_width,
                                     .qkv = data<float>(in),
                                     .dqkv = data<float>(moved),
                                     .z = data<float>(z),
                                     .dz = data<float>(dz),
                                     .scratch = data<float>(scratch)});
  return {z, dz};
}

Tensor linear(const Tensor& x, const Tensor& w) { return Linear::apply(x, w); }

Tensor linear_gelu(const Tensor& x, const Tensor& w, const Tensor& b) { return LinearGelu::apply(x, w, b); }

Tensor cross_entropy_sum(const Tensor& logits, const Tensor& targets) {
  return CrossEntropySum::apply(logits, targets, none());
}

Tensor cross_entropy_sum_expected(const Tensor& logits, const Tensor& p) {
  return CrossEntropySum::apply(logits, none(), p);
}

}  // namespace othello::fused
