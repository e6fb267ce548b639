// What each instruction set defines in its own namespace; table.cpp puts the addresses together.
#pragma once

#include "model/kernels/kernels.h"

namespace othello::OTHELLO_ISA_NAMESPACE {

template <class T>
void norm(const NormTask<T>& task);
template <class T>
void norm_gradient(const NormGradientTask<T>& task);
template <class T>
void attention(const AttentionTask<T>& task);
template <class T>
void attention_gradient(const AttentionTask<T>& task);
void attention_tangent(const AttentionTangentTask& task);
template <class T>
void gelu(const GeluTask<T>& task);
template <class T>
void gelu_gradient(const GeluGradientTask<T>& task);
template <class T>
double loss(const LossTask<T>& task);
template <class T>
void sum(float* sums, const T* const* parts, size_t count, size_t n);
void adamw(float* weight, const float* gradient, float* m, float* v, size_t n, const AdamWFactors& factors);
void nesterov(float* momentum, const float* gradient, float* direction, size_t n, float keep);

}  // namespace othello::OTHELLO_ISA_NAMESPACE
