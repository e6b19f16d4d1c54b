#include "memory.h"

#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/_fused_sgd.h>

using namespace ctorch;

/// Gradients as the fused kernels need them: those for the CPU walk over memory and look at neither
/// shapes nor strides.
static std::vector<at::Tensor> fitted(const ctorch_tensor *gradients,
                                      const std::vector<at::Tensor> &parameters) {
  std::vector<at::Tensor> result;
  result.reserve(parameters.size());
  for (size_t i = 0; i < parameters.size(); i++) {
    const at::Tensor &parameter = parameters[i], &gradient = get(gradients[i]);
    TORCH_CHECK(parameter.is_contiguous(), "parameter ", i, " is not contiguous");
    TORCH_CHECK(gradient.sizes() == parameter.sizes() &&
                    gradient.scalar_type() == parameter.scalar_type(),
                "gradient ", i, " is ", gradient.scalar_type(), gradient.sizes(),
                ", its parameter ", parameter.scalar_type(), parameter.sizes());
    result.push_back(gradient.contiguous());
  }
  return result;
}

ctorch_status ctorch_fused_adamw_(const ctorch_tensor *parameters, const ctorch_tensor *gradients,
                                  const ctorch_tensor *averages,
                                  const ctorch_tensor *squared_averages,
                                  const ctorch_tensor *steps, size_t count, double learning_rate,
                                  double beta1, double beta2, double weight_decay, double epsilon) {
  return guard([&] {
    if (count == 0) return;
    auto values = all_to_change(parameters, count);
    at::_fused_adamw_(values, fitted(gradients, values), list(averages, count),
                      list(squared_averages, count), {}, list(steps, count), learning_rate, beta1,
                      beta2, weight_decay, epsilon, /*amsgrad=*/false, /*maximize=*/false);
  });
}

ctorch_status ctorch_fused_sgd_(const ctorch_tensor *parameters, const ctorch_tensor *gradients,
                                const ctorch_tensor *momenta, size_t count, double learning_rate,
                                double momentum, double weight_decay, bool nesterov) {
  return guard([&] {
    if (count == 0) return;
    auto values = all_to_change(parameters, count);
    auto buffers = momenta == nullptr ? std::vector<at::Tensor>() : list(momenta, count);
    at::_fused_sgd_(values, fitted(gradients, values), buffers, weight_decay, momentum,
                    learning_rate, /*dampening=*/0.0, nesterov, /*maximize=*/false,
                    /*is_first_step=*/false);
  });
}
