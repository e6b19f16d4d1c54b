// Tensors whose numbers lie in a file.
#pragma once

#include "shim.h"

namespace ctorch {

/// Takes the pages of a tensor's numbers out of memory, where they lie in a file; they come again
/// when they are touched. Does nothing for other tensors.
void release_pages(const at::Tensor &tensor);

/// Calls `body` with the tensors one by one, so that of those in files one alone is in memory at a
/// time; on other devices than the CPU, which have none, with all at once.
template <class Body> void for_each_kept(const std::vector<at::Tensor> &tensors, Body &&body) {
  if (tensors.empty()) return;
  if (!tensors[0].is_cpu()) return body(at::TensorList(tensors));
  for (const at::Tensor &tensor : tensors) {
    body(at::TensorList(tensor));
    release_pages(tensor);
  }
}

}  // namespace ctorch
