// Loops on libtorch's threads.
#pragma once

#include <c10/util/FunctionRef.h>

#include <cstdint>

namespace ctorch {

/// Cuts 0..<count into as many ranges as there are threads, or fewer of at least about `grain`
/// numbers, and does each on a thread:
/// `body` gets the first number and the one behind the last. An exception reaches the caller.
void in_parallel(int64_t count, int64_t grain,
                 c10::function_ref<void(int64_t, int64_t)> body);

}  // namespace ctorch
