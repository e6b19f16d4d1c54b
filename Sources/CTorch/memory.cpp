// Memory of tensors on the CPU: how much they may take together, in what pages, and whose it is.
#include "memory.h"

#include <ATen/EmptyTensor.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/zeros.h>
#include <c10/core/CPUAllocator.h>

#include <limits>
#include <utility>

#include <sys/mman.h>
#include <unistd.h>

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

/// Refuses to go beyond the limit.
void require_room(size_t bytes) {
  int64_t before = used.load(std::memory_order_relaxed);
  int64_t most = limit.load(std::memory_order_relaxed);
  TORCH_CHECK_WITH(OutOfMemoryError, static_cast<int64_t>(bytes) <= most - before,
                   "tensors take ", before, " bytes and need ", bytes,
                   " more; the limit is ", most);
}

at::Allocator *system_allocator() { return c10::GetDefaultCPUAllocator(); }

void release(void *memory) {
  if (memory != nullptr) used.fetch_sub(size_of(memory), std::memory_order_relaxed);
  system_allocator()->raw_deleter()(memory);
}

/// From so many bytes on memory is worth pages of its own.
constexpr size_t large = 1 << 20;

/// Asks for pages of 2 MiB, where the system gives them to who asks: fresh ones are there several
/// times as fast as as many of 4 KiB.
void take_large_pages(void *memory, size_t bytes) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  if (bytes < large) return;
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
    require_room(bytes);
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

/// Pages that a tensor has for itself.
struct Pages {
  void *start;
  size_t bytes;

  ~Pages() {
    munmap(start, bytes);
    used.fetch_sub(static_cast<int64_t>(bytes), std::memory_order_relaxed);
  }
};

/// Memory that somebody else holds.
struct Loan {
  void *context;
  void (*release)(void *context);
  /// What is counted for the memory that will take its place.
  int64_t reserved = 0;

  ~Loan() {
    used.fetch_sub(reserved, std::memory_order_relaxed);
    release(context);
  }

  /// So many bytes, counted in place of what was reserved for them.
  at::Tensor replacement(int64_t bytes) {
    int64_t before = std::exchange(reserved, 0);
    used.fetch_sub(before, std::memory_order_relaxed);
    try {
      return kept_zeros({bytes}, at::kByte);
    } catch (...) {
      reserved = before;
      used.fetch_add(before, std::memory_order_relaxed);
      throw;
    }
  }
};

void end_loan(void *loan) { delete static_cast<Loan *>(loan); }

}  // namespace

namespace ctorch {

at::Tensor kept_zeros(at::IntArrayRef sizes, at::ScalarType dtype) {
  size_t bytes = at::detail::computeStorageNbytesContiguous(sizes, at::elementSize(dtype));
  if (bytes < large) return at::zeros(sizes, dtype);
  require_room(bytes);
  void *start = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  TORCH_CHECK_WITH(OutOfMemoryError, start != MAP_FAILED, "the system does not give ", bytes,
                   " bytes");
  used.fetch_add(static_cast<int64_t>(bytes), std::memory_order_relaxed);
  take_large_pages(start, bytes);
  return at::for_blob(start, sizes)
      .context(new Pages{start, bytes}, [](void *pages) { delete static_cast<Pages *>(pages); })
      .options(at::TensorOptions().dtype(dtype))
      .make_tensor();
}

at::Tensor &to_change(ctorch_tensor tensor) {
  at::Tensor &value = get(tensor);
  if (!value.has_storage()) return value;
  at::StorageImpl *storage = value.storage().unsafeGetStorageImpl();
  if (storage->data_ptr().get_deleter() != &end_loan) return value;
  auto *loan = static_cast<Loan *>(storage->data_ptr().get_context());
  auto count = static_cast<int64_t>(storage->nbytes());
  at::Tensor copy = loan->replacement(count);
  copy.copy_(at::from_blob(const_cast<void *>(storage->data()), {count}, at::kByte));
  // Under all tensors that share the storage.
  storage->set_data_ptr_noswap(
      copy.storage().unsafeGetStorageImpl()->set_data_ptr(at::DataPtr()));
  return value;
}

std::vector<at::Tensor> all_to_change(const ctorch_tensor *tensors, size_t count) {
  std::vector<at::Tensor> result;
  result.reserve(count);
  for (size_t i = 0; i < count; i++) result.push_back(to_change(tensors[i]));
  return result;
}

}  // namespace ctorch

void ctorch_set_memory_limit(int64_t bytes) {
  static LimitedAllocator allocator;
  static const bool is_set = [] {
    c10::SetCPUAllocator(&allocator, 1);
    return true;
  }();
  (void)is_set;
  limit.store(bytes, std::memory_order_relaxed);
}

ctorch_status ctorch_from_loan(const void *data, const int64_t *shape, size_t count,
                               ctorch_dtype dtype, bool changes, void *context,
                               void (*release)(void *context), ctorch_tensor *out) {
  return guard([&] {
    // The tensor's from here on, so that it ends on every way out.
    auto *loan = new Loan{context, release};
    at::Tensor tensor = at::for_blob(const_cast<void *>(data), sizes(shape, count))
                            .context(loan, &end_loan)
                            .options(at::TensorOptions().dtype(scalar_type(dtype)))
                            .make_tensor();
    if (changes) {
      require_room(tensor.nbytes());
      loan->reserved = static_cast<int64_t>(tensor.nbytes());
      used.fetch_add(loan->reserved, std::memory_order_relaxed);
    }
    *out = wrap(tensor);
  });
}
