#include "memory.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/ops/clone.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include <cstring>

namespace ctorch {

std::atomic<int64_t> live_handles{0};

at::ScalarType scalar_type(ctorch_dtype dtype) {
  switch (dtype) {
  case CTORCH_FLOAT32: return at::kFloat;
  case CTORCH_FLOAT64: return at::kDouble;
  case CTORCH_FLOAT16: return at::kHalf;
  case CTORCH_BFLOAT16: return at::kBFloat16;
  case CTORCH_INT64: return at::kLong;
  case CTORCH_INT32: return at::kInt;
  case CTORCH_INT16: return at::kShort;
  case CTORCH_INT8: return at::kChar;
  case CTORCH_UINT8: return at::kByte;
  case CTORCH_BOOL: return at::kBool;
  }
  TORCH_CHECK(false, "unknown dtype ", static_cast<int>(dtype));
}

ctorch_dtype from_scalar_type(at::ScalarType type) {
  switch (type) {
  case at::kFloat: return CTORCH_FLOAT32;
  case at::kDouble: return CTORCH_FLOAT64;
  case at::kHalf: return CTORCH_FLOAT16;
  case at::kBFloat16: return CTORCH_BFLOAT16;
  case at::kLong: return CTORCH_INT64;
  case at::kInt: return CTORCH_INT32;
  case at::kShort: return CTORCH_INT16;
  case at::kChar: return CTORCH_INT8;
  case at::kByte: return CTORCH_UINT8;
  case at::kBool: return CTORCH_BOOL;
  default: TORCH_CHECK(false, "dtype ", type, " is not supported");
  }
}

at::Device to_device(ctorch_device device) {
  // Asked here, because libtorch's own answer is a list of everything that it was not built with.
  switch (device.type) {
  case CTORCH_CPU: return at::Device(at::kCPU);
  case CTORCH_CUDA:
    TORCH_CHECK(at::hasCUDA(), "there is no cuda device that libtorch can use");
    TORCH_CHECK(0 <= device.index && device.index <= INT8_MAX, "there is no cuda device ",
                device.index);
    return at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(device.index));
  case CTORCH_MPS:
    TORCH_CHECK(at::hasMPS(), "there is no mps device that libtorch can use");
    TORCH_CHECK(device.index == 0, "there is no mps device ", device.index);
    return at::Device(at::kMPS, 0);
  }
  TORCH_CHECK(false, "unknown device type ", static_cast<int>(device.type));
}

static at::TensorOptions options(ctorch_dtype dtype, ctorch_device device) {
  return at::TensorOptions().dtype(scalar_type(dtype)).device(to_device(device));
}

}  // namespace ctorch

using namespace ctorch;

int64_t ctorch_live_handles(void) { return live_handles.load(std::memory_order_relaxed); }

void ctorch_tensor_free(ctorch_tensor tensor) {
  if (tensor == nullptr) return;
  delete reinterpret_cast<at::Tensor *>(tensor);
  live_handles.fetch_sub(1, std::memory_order_relaxed);
}

ctorch_status ctorch_tensor_dim(ctorch_tensor tensor, int64_t *out) {
  return guard([&] { *out = get(tensor).dim(); });
}

ctorch_status ctorch_tensor_sizes(ctorch_tensor tensor, int64_t *out) {
  return guard([&] {
    for (int64_t size : get(tensor).sizes()) *out++ = size;
  });
}

ctorch_status ctorch_tensor_dtype(ctorch_tensor tensor, ctorch_dtype *out) {
  return guard([&] { *out = from_scalar_type(get(tensor).scalar_type()); });
}

ctorch_status ctorch_tensor_device(ctorch_tensor tensor, ctorch_device *out) {
  return guard([&] {
    at::Device device = get(tensor).device();
    int32_t index = device.has_index() ? device.index() : 0;
    if (device.is_cpu()) *out = {CTORCH_CPU, 0};
    else if (device.is_cuda()) *out = {CTORCH_CUDA, index};
    else if (device.is_mps()) *out = {CTORCH_MPS, index};
    else TORCH_CHECK(false, "device ", device, " is not supported");
  });
}

ctorch_status ctorch_tensor_is_contiguous(ctorch_tensor tensor, bool *out) {
  return guard([&] { *out = get(tensor).is_contiguous(); });
}

ctorch_status ctorch_tensor_data(ctorch_tensor tensor, void **out) {
  return guard([&] { *out = get(tensor).data_ptr(); });
}

ctorch_status ctorch_tensor_copy_to_host(ctorch_tensor tensor, void *out, size_t bytes) {
  return guard([&] {
    at::Tensor host = get(tensor).detach().to(at::kCPU).contiguous();
    TORCH_CHECK(host.nbytes() == bytes, "the tensor has ", host.nbytes(), " bytes, not ", bytes);
    if (bytes > 0) std::memcpy(out, host.const_data_ptr(), bytes);
  });
}

ctorch_status ctorch_empty(const int64_t *shape, size_t count, ctorch_dtype dtype,
                           ctorch_device device, ctorch_tensor *out) {
  return guard([&] { *out = wrap(at::empty(sizes(shape, count), options(dtype, device))); });
}

ctorch_status ctorch_full(const int64_t *shape, size_t count, double value, ctorch_dtype dtype,
                          ctorch_device device, ctorch_tensor *out) {
  return guard([&] { *out = wrap(at::full(sizes(shape, count), value, options(dtype, device))); });
}

ctorch_status ctorch_kept_zeros(const int64_t *shape, size_t count, ctorch_dtype dtype,
                                ctorch_device device, ctorch_tensor *out) {
  return guard([&] {
    *out = wrap(device.type == CTORCH_CPU
                    ? kept_zeros(sizes(shape, count), scalar_type(dtype))
                    : at::zeros(sizes(shape, count), options(dtype, device)));
  });
}

ctorch_status ctorch_randn(const int64_t *shape, size_t count, ctorch_dtype dtype,
                           ctorch_device device, ctorch_tensor *out) {
  return guard([&] { *out = wrap(at::randn(sizes(shape, count), options(dtype, device))); });
}

ctorch_status ctorch_rand_seeded(const int64_t *shape, size_t count, uint64_t seed,
                                 ctorch_device device, ctorch_tensor *out) {
  return guard([&] {
    at::Device place = to_device(device);
    at::Generator generator =
        device.type == CTORCH_CPU
            ? at::detail::createCPUGenerator(seed)
            : at::globalContext().getAcceleratorHooksInterface(place.type()).getNewGenerator(
                  place.index());
    if (device.type != CTORCH_CPU) generator.set_current_seed(seed);
    *out = wrap(at::rand(sizes(shape, count), generator, options(CTORCH_FLOAT32, device)));
  });
}

ctorch_status ctorch_from_host(const void *data, const int64_t *shape, size_t count,
                               ctorch_dtype dtype, ctorch_device device, ctorch_tensor *out) {
  return guard([&] {
    at::Tensor host = at::empty(sizes(shape, count), options(dtype, {CTORCH_CPU, 0}));
    if (host.nbytes() > 0) std::memcpy(host.mutable_data_ptr(), data, host.nbytes());
    *out = wrap(device.type == CTORCH_CPU ? host : host.to(to_device(device)));
  });
}

ctorch_status ctorch_to(ctorch_tensor a, ctorch_dtype dtype, ctorch_device device,
                        ctorch_tensor *out) {
  return guard([&] { *out = wrap(get(a).to(to_device(device), scalar_type(dtype))); });
}

ctorch_status ctorch_clone(ctorch_tensor a, ctorch_tensor *out) {
  return guard([&] { *out = wrap(at::clone(get(a))); });
}

ctorch_status ctorch_contiguous(ctorch_tensor a, ctorch_tensor *out) {
  return guard([&] { *out = wrap(get(a).contiguous()); });
}

ctorch_status ctorch_copy_(ctorch_tensor a, ctorch_tensor source) {
  return guard([&] { to_change(a).copy_(get(source)); });
}

ctorch_status ctorch_fill_(ctorch_tensor a, double value) {
  return guard([&] { to_change(a).fill_(value); });
}

ctorch_status ctorch_equal(ctorch_tensor a, ctorch_tensor b, bool *out) {
  return guard([&] {
    *out = get(a).scalar_type() == get(b).scalar_type() && at::equal(get(a), get(b));
  });
}
