// Tensors whose numbers lie in a file: pages come into memory when they are touched, and go back
// when they are released. What changes them changes the file, in the system's own time.
#include "offload.h"

#include <ATen/EmptyTensor.h>
#include <ATen/ops/from_blob.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

using namespace ctorch;

namespace {

/// A part of a file, mapped.
struct FilePages {
  void *start;
  size_t bytes;

  ~FilePages() { munmap(start, bytes); }
};

void unmap(void *pages) { delete static_cast<FilePages *>(pages); }

size_t page_size() {
  static const auto size = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return size;
}

/// Gives a part of a file its place on the disk, so that writing to its pages cannot fail later.
int allocate(int file, off_t offset, off_t bytes) {
#if defined(__APPLE__)
  fstore_t wanted{F_ALLOCATEALL, F_PEOFPOSMODE, 0, bytes, 0};
  if (fcntl(file, F_PREALLOCATE, &wanted) != 0) return errno;
  return ftruncate(file, offset + bytes) == 0 ? 0 : errno;
#else
  return posix_fallocate(file, offset, bytes);
#endif
}

/// A file without a name in a folder; it is gone with who has it open.
int open_unnamed(const std::string &folder) {
  std::string name = folder + "/.penchant-XXXXXX";
  int file = mkstemp(name.data());
  if (file >= 0) {
    unlink(name.c_str());
    fcntl(file, F_SETFD, FD_CLOEXEC);
  }
  return file;
}

/// Zeros in the part of a file that begins at `offset`.
at::Tensor file_zeros(int file, int64_t offset, at::IntArrayRef sizes, at::ScalarType dtype) {
  size_t bytes = at::detail::computeStorageNbytesContiguous(sizes, at::elementSize(dtype));
  // An empty mapping is none.
  size_t mapped = std::max<size_t>(bytes, 1);
  int failure = allocate(file, offset, static_cast<off_t>(mapped));
  TORCH_CHECK(failure == 0, "no place for ", bytes, " bytes: ", std::strerror(failure));
  void *start = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_SHARED, file, offset);
  TORCH_CHECK(start != MAP_FAILED, "a part of the file cannot be mapped: ", std::strerror(errno));
  return at::for_blob(start, sizes)
      .context(new FilePages{start, mapped}, &unmap)
      .options(at::TensorOptions().dtype(dtype))
      .make_tensor();
}

}  // namespace

namespace ctorch {

void release_pages(const at::Tensor &tensor) {
  if (!tensor.has_storage() || tensor.numel() == 0) return;
  const at::DataPtr &data = tensor.storage().data_ptr();
  if (data.get_deleter() != &unmap) return;
  auto *pages = static_cast<FilePages *>(data.get_context());
  auto first = reinterpret_cast<uintptr_t>(pages->start);
  // Of a view without gaps its own pages, of another one all.
  uintptr_t start = first, end = first + pages->bytes;
  if (tensor.is_contiguous()) {
    start = reinterpret_cast<uintptr_t>(tensor.const_data_ptr()) / page_size() * page_size();
    end = reinterpret_cast<uintptr_t>(tensor.const_data_ptr()) + tensor.nbytes();
  }
  // Only advice: the file has the numbers either way.
  madvise(reinterpret_cast<void *>(start), end - start, MADV_DONTNEED);
}

}  // namespace ctorch

/// Copies to where zeros are: pages that stay so are not touched.
static void copy_to_zeros(char *to, const char *from, size_t bytes) {
  static const char zeros[4096] = {};
  for (size_t at = 0; at < bytes; at += sizeof(zeros)) {
    size_t count = std::min(sizeof(zeros), bytes - at);
    if (std::memcmp(from + at, zeros, count) != 0) std::memcpy(to + at, from + at, count);
  }
}

ctorch_status ctorch_offload_open(const char *folder, int32_t *out_file) {
  return guard([&] {
    *out_file = open_unnamed(folder);
    TORCH_CHECK(*out_file >= 0, folder, ": ", std::strerror(errno));
  });
}

void ctorch_offload_close(int32_t file) { close(file); }

ctorch_status ctorch_offload_zeros(int32_t file, int64_t offset, const int64_t *shape, size_t count,
                                   ctorch_dtype dtype, ctorch_tensor *out) {
  return guard([&] {
    *out = wrap(file_zeros(file, offset, sizes(shape, count), scalar_type(dtype)));
  });
}

ctorch_status ctorch_offload_move(ctorch_tensor tensor, ctorch_tensor place) {
  return guard([&] {
    const at::Tensor &value = get(tensor), &target = get(place);
    TORCH_CHECK(value.is_cpu(), "a tensor on ", value.device(), " stays there");
    at::StorageImpl *storage = value.storage().unsafeGetStorageImpl();
    TORCH_CHECK(storage->nbytes() == target.nbytes(), storage->nbytes(),
                " bytes go to a place of as many, not ", target.nbytes());
    copy_to_zeros(static_cast<char *>(target.mutable_data_ptr()),
                  static_cast<const char *>(storage->data()), storage->nbytes());
    release_pages(target);
    // Under all tensors that share the storage.
    storage->set_data_ptr_noswap(
        target.storage().unsafeGetStorageImpl()->set_data_ptr(at::DataPtr()));
  });
}

ctorch_status ctorch_release_pages(ctorch_tensor tensor) {
  return guard([&] { release_pages(get(tensor)); });
}
