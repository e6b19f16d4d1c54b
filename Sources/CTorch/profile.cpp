// Where the time of a thread goes, operation by operation.
#include "shim.h"

#include <ATen/record_function.h>
#include <c10/core/Allocator.h>
#include <c10/util/ThreadLocalDebugInfo.h>

#include <algorithm>
#include <chrono>
#include <map>

using namespace ctorch;

namespace {

using Clock = std::chrono::steady_clock;

/// Counts the bytes of tensors.
struct MemoryCount : c10::MemoryReportingInfoBase {
  int64_t now = 0, most = 0;

  void reportMemoryUsage(void *, int64_t bytes, size_t, size_t, c10::Device) override {
    now += bytes;
    most = std::max(most, now);
  }
  bool memoryProfilingEnabled() const override { return true; }
};

struct Sum {
  double seconds = 0;
  int64_t calls = 0;
};

/// An operation that runs: what it calls is not counted as its own time.
struct Running {
  Clock::time_point start;
  double inner;
};

struct Profile {
  at::CallbackHandle handle;
  std::shared_ptr<MemoryCount> memory = std::make_shared<MemoryCount>();
  std::map<std::pair<int32_t, std::string>, Sum> sums;
  std::vector<Running> running;
};

thread_local std::unique_ptr<Profile> profile;
thread_local int32_t section = 0;

std::unique_ptr<at::ObserverContext> began(const at::RecordFunction &) {
  if (profile) profile->running.push_back({Clock::now(), 0});
  return nullptr;
}

void ended(const at::RecordFunction &function, at::ObserverContext *) {
  if (!profile || profile->running.empty()) return;
  Running operation = profile->running.back();
  profile->running.pop_back();
  double seconds = std::chrono::duration<double>(Clock::now() - operation.start).count();
  Sum &sum = profile->sums[{section, function.name()}];
  sum.seconds += seconds - operation.inner;
  sum.calls++;
  if (!profile->running.empty()) profile->running.back().inner += seconds;
}

}  // namespace

ctorch_status ctorch_profile_begin(void) {
  return guard([&] {
    TORCH_CHECK(!profile, "a profile of this thread is being taken already");
    auto begun = std::make_unique<Profile>();
    c10::ThreadLocalDebugInfo::_push(c10::DebugInfoKind::PROFILER_STATE, begun->memory);
    begun->handle = at::addThreadLocalCallback(
        at::RecordFunctionCallback(began, ended).scopes({at::RecordScope::FUNCTION}));
    profile = std::move(begun);
  });
}

int32_t ctorch_profile_section(int32_t next) {
  int32_t before = section;
  section = next;
  return before;
}

ctorch_status ctorch_profile_end(ctorch_profile_receiver receive, void *context,
                                 int64_t *out_peak_bytes) {
  return guard([&] {
    TORCH_CHECK(profile, "no profile of this thread is being taken");
    auto ended = std::move(profile);
    at::removeCallback(ended->handle);
    c10::ThreadLocalDebugInfo::_pop(c10::DebugInfoKind::PROFILER_STATE);
    for (auto &[key, sum] : ended->sums) {
      receive(context, key.first, key.second.c_str(), sum.seconds, sum.calls);
    }
    *out_peak_bytes = ended->memory->most;
  });
}
