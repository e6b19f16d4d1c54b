// Memory of tensors on the CPU: how much they may take together, and in what pages.
#include "shim.h"

#include <c10/core/CPUAllocator.h>

#include <limits>

#if defined(__linux__)
#include <sys/mman.h>
#include <unistd.h>
#endif

#if defined(__GLIBC__)
#include <malloc.h>
#elif defined(__APPLE__)
#include <malloc/malloc.h>
#endif

using namespace ctorch;

namespace {

std::atomic<int64_t> limit{std::numeric_limits<int64_t>::max()};
std::atomic<int64_t> used{0};

/// The bytes that an allocation really takes; 0 where the system does not tell.
int64_t size_of(void *memory) {
#if defined(__GLIBC__)
  return static_cast<int64_t>(malloc_usable_size(memory));
#elif defined(__APPLE__)
  return static_cast<int64_t>(malloc_size(memory));
#else
  return 0;
#endif
}

at::Allocator *system_allocator() { return c10::GetDefaultCPUAllocator(); }

void release(void *memory) {
  if (memory != nullptr) used.fetch_sub(size_of(memory), std::memory_order_relaxed);
  system_allocator()->raw_deleter()(memory);
}

/// Asks for pages of 2 MiB, where the system gives them to who asks: fresh ones are there several
/// times as fast as as many of 4 KiB.
void take_large_pages(void *memory, size_t bytes) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  if (bytes < size_t(1) << 20) return;
  static const uintptr_t page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  uintptr_t start = reinterpret_cast<uintptr_t>(memory) / page * page;
  uintptr_t end = reinterpret_cast<uintptr_t>(memory) + bytes;
  // Only advice: a system without such pages refuses, and all is as before.
  madvise(reinterpret_cast<void *>(start), end - start, MADV_HUGEPAGE);
#else
  (void)memory, (void)bytes;
#endif
}

/// libtorch's own allocator, up to a limit. Linux gives memory that it does not have, and ends a
/// program that uses it; so the program itself has to stop before.
struct LimitedAllocator final : at::Allocator {
  at::DataPtr allocate(size_t bytes) override {
    int64_t before = used.load(std::memory_order_relaxed);
    int64_t most = limit.load(std::memory_order_relaxed);
    TORCH_CHECK_WITH(OutOfMemoryError, static_cast<int64_t>(bytes) <= most - before,
                     "tensors take ", before, " bytes and need ", bytes,
                     " more; the limit is ", most);
    void *memory;
    try {
      memory = system_allocator()->raw_allocate(bytes);
    } catch (const c10::Error &error) {
      TORCH_CHECK_WITH(OutOfMemoryError, false, error.what_without_backtrace());
    }
    if (memory != nullptr) {
      used.fetch_add(size_of(memory), std::memory_order_relaxed);
      take_large_pages(memory, bytes);
    }
    return {memory, memory, &release, at::Device(at::DeviceType::CPU)};
  }
  at::DeleterFnPtr raw_deleter() const override { return &release; }
  void copy_data(void *target, const void *source, size_t count) const override {
    default_copy_data(target, source, count);
  }
};

}  // namespace

void ctorch_set_memory_limit(int64_t bytes) {
  static LimitedAllocator allocator;
  static const bool is_set = [] {
    c10::SetCPUAllocator(&allocator, 1);
    return true;
  }();
  (void)is_set;
  limit.store(bytes, std::memory_order_relaxed);
}
