// What the .cpp files share: handles, guards and conversions. Not part of the C interface.
#pragma once

#ifdef CTORCH_LIBTORCH_NOT_FOUND
#error "libtorch not found: run `make setup`, or set LIBTORCH=… or LIBTORCH_USE_PYTORCH=1"
#else

#include <ATen/core/Tensor.h>
#include <c10/util/Exception.h>
#include <torch/version.h>

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "ctorch.h"

#ifndef CTORCH_BYPASS_VERSION_CHECK
static_assert(TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 11,
              "libtorch 2.11 or a later 2.x is needed (LIBTORCH_BYPASS_VERSION_CHECK=1 to try)");
#endif

namespace ctorch {

extern thread_local std::string last_error;
extern std::atomic<int64_t> live_handles;

/// Runs a body so that no C++ exception reaches the caller.
template <class Body> ctorch_status guard(Body &&body) noexcept {
  try {
    body();
    return CTORCH_OK;
  } catch (const c10::OutOfMemoryError &e) {
    last_error = e.what_without_backtrace();
    return CTORCH_OUT_OF_MEMORY;
  } catch (const c10::Error &e) {
    last_error = e.what_without_backtrace();
  } catch (const std::exception &e) {
    last_error = e.what();
  } catch (...) {
    last_error = "unknown C++ exception";
  }
  return CTORCH_ERROR;
}

inline at::Tensor &get(ctorch_tensor tensor) { return *reinterpret_cast<at::Tensor *>(tensor); }

inline std::optional<at::Tensor> get_optional(ctorch_tensor tensor) {
  return tensor == nullptr ? std::nullopt : std::optional<at::Tensor>(get(tensor));
}

inline ctorch_tensor wrap(at::Tensor tensor) {
  auto *handle = new at::Tensor(std::move(tensor));
  live_handles.fetch_add(1, std::memory_order_relaxed);
  return reinterpret_cast<ctorch_tensor>(handle);
}

/// Takes the tensor out of an owned handle and lets the handle go.
inline at::Tensor unwrap(ctorch_tensor tensor) {
  at::Tensor result = std::move(get(tensor));
  ctorch_tensor_free(tensor);
  return result;
}

inline std::vector<at::Tensor> list(const ctorch_tensor *tensors, size_t count) {
  std::vector<at::Tensor> result;
  result.reserve(count);
  for (size_t i = 0; i < count; i++) result.push_back(get(tensors[i]));
  return result;
}

inline at::IntArrayRef sizes(const int64_t *values, size_t count) {
  return at::IntArrayRef(values, count);
}

at::ScalarType scalar_type(ctorch_dtype dtype);
ctorch_dtype from_scalar_type(at::ScalarType type);
at::Device to_device(ctorch_device device);

}  // namespace ctorch

#endif
