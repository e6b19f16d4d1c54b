#include "shim.h"

#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/_fused_sgd.h>

using namespace ctorch;

ctorch_status ctorch_fused_adamw_(const ctorch_tensor *parameters, const ctorch_tensor *gradients,
                                  const ctorch_tensor *averages,
                                  const ctorch_tensor *squared_averages,
                                  const ctorch_tensor *steps, size_t count, double learning_rate,
                                  double beta1, double beta2, double weight_decay, double epsilon) {
  return guard([&] {
    at::_fused_adamw_(list(parameters, count), list(gradients, count), list(averages, count),
                      list(squared_averages, count), {}, list(steps, count), learning_rate, beta1,
                      beta2, weight_decay, epsilon, /*amsgrad=*/false, /*maximize=*/false);
  });
}

ctorch_status ctorch_fused_sgd_(const ctorch_tensor *parameters, const ctorch_tensor *gradients,
                                const ctorch_tensor *momenta, size_t count, double learning_rate,
                                double momentum, double weight_decay, bool is_first_step) {
  return guard([&] {
    auto buffers = momenta == nullptr ? std::vector<at::Tensor>() : list(momenta, count);
    at::_fused_sgd_(list(parameters, count), list(gradients, count), buffers, weight_decay,
                    momentum, learning_rate, /*dampening=*/0.0, /*nesterov=*/false,
                    /*maximize=*/false, is_first_step);
  });
}
