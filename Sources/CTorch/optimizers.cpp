#include "memory.h"
#include "offload.h"

#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/_fused_sgd.h>

#include <algorithm>

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

/// Numbers of a piece: a multiple of what any processor's vector holds, so that each is computed as it
/// would be among all.
constexpr int64_t piece_size = 1 << 22;

/// Calls `body` with lists that have a tensor for each parameter, a piece of one parameter at a time:
/// of what lies in files a piece alone is in memory. What `body` does has to go number by number. On
/// other devices than the CPU, which have no such tensors, all of them go at once.
template <class Body>
static void for_pieces(const std::vector<std::vector<at::Tensor>> &lists, Body &&body) {
  if (!lists[0][0].is_cpu()) return body(lists, 0, lists[0].size());
  std::vector<std::vector<at::Tensor>> piece(lists.size());
  for (size_t i = 0; i < lists[0].size(); i++) {
    int64_t size = lists[0][i].numel();
    for (int64_t first = 0; first < size; first += piece_size) {
      for (size_t list = 0; list < lists.size(); list++) {
        piece[list].clear();
        if (lists[list].empty()) continue;
        piece[list].push_back(
            lists[list][i].view({-1}).narrow(0, first, std::min(piece_size, size - first)));
      }
      body(piece, i, 1);
      for (auto &list : piece) {
        for (const at::Tensor &tensor : list) release_pages(tensor);
      }
    }
  }
}

ctorch_status ctorch_fused_adamw_(const ctorch_tensor *parameters, const ctorch_tensor *gradients,
                                  const ctorch_tensor *averages,
                                  const ctorch_tensor *squared_averages,
                                  const ctorch_tensor *steps, size_t count, double learning_rate,
                                  double beta1, double beta2, double weight_decay, double epsilon) {
  return guard([&] {
    if (count == 0) return;
    auto values = all_to_change(parameters, count);
    auto slopes = fitted(gradients, values), updates = list(steps, count);
    for_pieces({values, slopes, list(averages, count), list(squared_averages, count)},
               [&](auto &lists, size_t first, size_t some) {
                 at::_fused_adamw_(lists[0], lists[1], lists[2], lists[3], {},
                                   at::TensorList(updates).slice(first, some), learning_rate,
                                   beta1, beta2, weight_decay, epsilon, /*amsgrad=*/false,
                                   /*maximize=*/false);
               });
  });
}

ctorch_status ctorch_fused_sgd_(const ctorch_tensor *parameters, const ctorch_tensor *gradients,
                                const ctorch_tensor *momenta, size_t count, double learning_rate,
                                double momentum, double weight_decay, bool nesterov) {
  return guard([&] {
    if (count == 0) return;
    auto values = all_to_change(parameters, count);
    auto buffers = momenta == nullptr ? std::vector<at::Tensor>() : list(momenta, count);
    for_pieces({values, fitted(gradients, values), buffers},
               [&](auto &lists, size_t, size_t) {
                 at::_fused_sgd_(lists[0], lists[1], lists[2], weight_decay, momentum,
                                 learning_rate, /*dampening=*/0.0, nesterov, /*maximize=*/false,
                                 /*is_first_step=*/false);
               });
  });
}
