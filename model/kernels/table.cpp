// The table of one instruction set: OTHELLO_ISA_TABLE, named OTHELLO_ISA_NAME.
#include "model/kernels/table.h"

namespace othello {
namespace isa = OTHELLO_ISA_NAMESPACE;

template <class T>
constexpr TypedKernels<T> kTyped = {isa::norm<T>, isa::norm_gradient<T>, isa::attention<T>, isa::attention_gradient<T>,
                                    isa::gelu<T>, isa::gelu_gradient<T>, isa::loss<T>,      isa::sum<T>};

extern const ModelKernels OTHELLO_ISA_TABLE = {OTHELLO_ISA_NAME,       kTyped<float>, kTyped<Bf16>,
                                               isa::attention_tangent, isa::adamw,    isa::nesterov};

}  // namespace othello
