#include "shim.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <dlfcn.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <climits>

using namespace ctorch;

const char *ctorch_version(void) { return TORCH_VERSION; }

const char *ctorch_library_path(void) {
  Dl_info info;
  // Any function that lies in libtorch itself, not in its headers.
  if (dladdr(reinterpret_cast<void *>(&at::get_cpu_capability), &info) == 0) return nullptr;
  return info.dli_fname;
}

ctorch_status ctorch_cpu_capability(const char **out) {
  return guard([&] {
    static const std::string capability = at::get_cpu_capability();
    *out = capability.c_str();
  });
}

// Measured with libtorch 2.13 (oneDNN 3.12), 2 threads. AMD multiplies pairs of bfloat16 at twice the
// rate of float32; Intel's AVX-512 does not reach that rate, and its AMX far exceeds it.
int64_t ctorch_least_widened_extent(void) {
#if defined(__x86_64__)
  const bool has_pairs = __builtin_cpu_supports("avx512bf16");
  if (__builtin_cpu_supports("amx-bf16") || (has_pairs && !__builtin_cpu_is("intel"))) {
    return INT64_MAX;
  }
  return has_pairs ? 128 : 8;
#else
  return INT64_MAX;
#endif
}

ctorch_status ctorch_get_num_threads(int32_t *out) {
  return guard([&] { *out = at::get_num_threads(); });
}

ctorch_status ctorch_set_num_threads(int32_t threads) {
  return guard([&] { at::set_num_threads(threads); });
}

ctorch_status ctorch_manual_seed(uint64_t seed) {
  return guard([&] { at::manual_seed(seed); });
}

void ctorch_keep_freed_memory(void) {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, INT_MAX);
#endif
}

void ctorch_return_freed_memory(void) {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

// The program links torch_cpu alone, so that a machine without a GPU needs none of CUDA's
// libraries. Loading libtorch_cuda registers its kernels and hooks with the libtorch in memory.
ctorch_status ctorch_load_cuda(bool *out) {
  return guard([&] {
#ifdef __linux__
    static void *library = dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL);
    if (library == nullptr) {
      const char *reason = dlerror();
      last_error = reason == nullptr ? "libtorch_cuda.so cannot be loaded" : reason;
    }
    *out = library != nullptr && at::hasCUDA();
#else
    *out = false;
#endif
  });
}

ctorch_status ctorch_device_count(ctorch_device_type type, int32_t *out) {
  return guard([&] {
    switch (type) {
    case CTORCH_CPU: *out = 1; return;
    case CTORCH_CUDA: *out = static_cast<int32_t>(at::hasCUDA() ? at::getNumGPUs() : 0); return;
    case CTORCH_MPS: *out = at::hasMPS() ? 1 : 0; return;
    }
    *out = 0;
  });
}
