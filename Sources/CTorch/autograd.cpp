#include "shim.h"

#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

using namespace ctorch;

namespace {

/// The caller's side of a custom function, held by the graph.
struct CallerFunction : torch::CustomClassHolder {
  void *state;
  ctorch_backward_function backward;
  void (*release_state)(void *);

  CallerFunction(void *state, ctorch_backward_function backward, void (*release)(void *))
      : state(state), backward(backward), release_state(release) {}
  ~CallerFunction() override { release_state(state); }
};

/// What `apply` hands to `forward` without taking it for differentiable inputs.
struct Call {
  c10::intrusive_ptr<CallerFunction> function;
  std::vector<at::Tensor> outputs;
};

struct CustomFunction : torch::autograd::Function<CustomFunction> {
  static torch::autograd::variable_list forward(torch::autograd::AutogradContext *context,
                                                const std::shared_ptr<Call> &call,
                                                at::TensorList inputs) {
    context->saved_data["function"] = at::IValue::make_capsule(call->function);
    context->saved_data["inputs"] = static_cast<int64_t>(inputs.size());
    return call->outputs;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context,
                                                 torch::autograd::variable_list gradients) {
    auto held = context->saved_data.find("function");
    TORCH_CHECK(held != context->saved_data.end(),
                "a custom function is differentiated a second time, but its graph is let go");
    // Let go when it has run, with the tensors it holds, as libtorch's own nodes do:
    // `ctorch_backward` never keeps a graph.
    auto capsule = held->second.toCapsule();
    context->saved_data.erase(held);
    auto *function = static_cast<CallerFunction *>(capsule.get());
    auto count = static_cast<size_t>(context->saved_data["inputs"].toInt());

    std::vector<ctorch_tensor> handles;
    for (auto &gradient : gradients) handles.push_back(reinterpret_cast<ctorch_tensor>(&gradient));
    // `apply` counts its first argument, the call, as an input without gradient; of the edges
    // that the graph asks about, it counts tensors alone.
    std::unique_ptr<bool[]> needs(new bool[count]);
    for (size_t i = 0; i < count; i++) needs[i] = context->needs_input_grad(i);

    std::vector<ctorch_tensor> results(count, nullptr);
    ctorch_status status = function->backward(function->state, handles.data(), handles.size(),
                                              needs.get(), results.data(), count);
    torch::autograd::variable_list inputs(1);
    for (auto result : results) inputs.push_back(result ? unwrap(result) : at::Tensor());
    TORCH_CHECK_WITH(OutOfMemoryError, status != CTORCH_OUT_OF_MEMORY, last_error);
    TORCH_CHECK(status == CTORCH_OK, last_error);
    return inputs;
  }
};

/// The caller's function that a leaf calls when its gradient was added to.
struct CallerHook : torch::autograd::PostAccumulateGradHook {
  ctorch_status (*hook)(void *);
  void *state;
  void (*release)(void *);

  CallerHook(ctorch_status (*hook)(void *), void *state, void (*release)(void *))
      : hook(hook), state(state), release(release) {}
  ~CallerHook() override { release(state); }

  void operator()(const torch::autograd::Variable &) override {
    ctorch_status status = hook(state);
    TORCH_CHECK_WITH(OutOfMemoryError, status != CTORCH_OUT_OF_MEMORY, last_error);
    TORCH_CHECK(status == CTORCH_OK, last_error);
  }
};

}  // namespace

ctorch_status ctorch_get_grad_enabled(bool *out) {
  return guard([&] { *out = at::GradMode::is_enabled(); });
}

ctorch_status ctorch_set_grad_enabled(bool enabled) {
  return guard([&] { at::GradMode::set_enabled(enabled); });
}

ctorch_status ctorch_requires_grad(ctorch_tensor tensor, bool *out) {
  return guard([&] { *out = get(tensor).requires_grad(); });
}

ctorch_status ctorch_set_requires_grad(ctorch_tensor tensor, bool value) {
  return guard([&] { get(tensor).requires_grad_(value); });
}

ctorch_status ctorch_is_leaf(ctorch_tensor tensor, bool *out) {
  return guard([&] { *out = get(tensor).is_leaf(); });
}

ctorch_status ctorch_grad(ctorch_tensor tensor, ctorch_tensor *out) {
  return guard([&] {
    const at::Tensor &gradient = get(tensor).grad();
    *out = gradient.defined() ? wrap(gradient) : nullptr;
  });
}

ctorch_status ctorch_set_grad(ctorch_tensor tensor, ctorch_tensor gradient) {
  return guard([&] {
    if (gradient != nullptr) {
      TORCH_CHECK(get(gradient).sizes() == get(tensor).sizes() &&
                      get(gradient).scalar_type() == get(tensor).scalar_type() &&
                      get(gradient).device() == get(tensor).device(),
                  "a gradient has the shape, dtype and device of its tensor");
    }
    get(tensor).mutable_grad() = gradient == nullptr ? at::Tensor() : get(gradient);
  });
}

ctorch_status ctorch_set_gradient_hook(ctorch_tensor leaf, ctorch_status (*hook)(void *state),
                                       void *state, void (*release)(void *state)) {
  return guard([&] {
    std::unique_ptr<torch::autograd::PostAccumulateGradHook> held;
    if (hook != nullptr) held = std::make_unique<CallerHook>(hook, state, release);
    torch::autograd::impl::set_post_acc_grad_hooks(get(leaf), std::move(held));
  });
}

ctorch_status ctorch_detach(ctorch_tensor a, ctorch_tensor *out) {
  return guard([&] { *out = wrap(get(a).detach()); });
}

ctorch_status ctorch_backward(ctorch_tensor scalar) {
  return guard([&] { get(scalar).backward(); });
}

ctorch_status ctorch_backward_from(const ctorch_tensor *tensors, const ctorch_tensor *gradients,
                                   size_t count) {
  return guard([&] { torch::autograd::backward(list(tensors, count), list(gradients, count)); });
}

ctorch_status ctorch_custom_function(const ctorch_tensor *inputs, size_t input_count,
                                     const ctorch_tensor *outputs, size_t output_count,
                                     void *state, ctorch_backward_function backward,
                                     void (*release)(void *state), ctorch_tensor *results) {
  return guard([&] {
    auto function = c10::make_intrusive<CallerFunction>(state, backward, release);
    auto call = std::make_shared<Call>(Call{function, list(outputs, output_count)});
    // The history goes to tensors of its own: the caller's get none, even where they are kept, by
    // the backward itself or elsewhere.
    for (auto &output : call->outputs) output = output.detach();
    auto variables = CustomFunction::apply(call, at::TensorList(list(inputs, input_count)));
    for (size_t i = 0; i < output_count; i++) results[i] = wrap(variables[i]);
  });
}
