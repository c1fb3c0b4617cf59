// A caching allocator for CPU tensors. A training step allocates and frees the same few hundred large blocks; glibc would map and unmap them
// each time, and the page faults (serialised between the threads of a process) cost more than some of the arithmetic.
#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <malloc.h>
#include <sys/mman.h>

#include <cstdlib>
#include <cstring>
#include <new>
#include <vector>

#include "guard.h"

namespace ap {
namespace {

constexpr size_t kAlignment = 64;
constexpr size_t kHugePage = size_t{2} << 20;
// A thread keeps at most this much for itself; what is freed beyond it goes back to the system.
constexpr int64_t kCacheLimit = int64_t{1} << 30;
// Four classes a doubling: at most a quarter of a block is wasted.
constexpr int kClasses = 4 * 40;

struct Counters {
  std::atomic<int64_t> allocations{0}, system{0}, cached{0}, live{0};
} counters;

// Stands before each block and keeps the payload aligned.
struct alignas(kAlignment) Header {
  int64_t size;
  int index;
};
static_assert(sizeof(Header) == kAlignment, "the payload must stay aligned");

int class_of(size_t bytes, size_t *rounded) {
  const size_t needed = bytes < 256 ? 256 : bytes;
  const int log = 63 - __builtin_clzll(needed - 1);
  const size_t quarter = (size_t{1} << log) / 4;
  const size_t steps = (needed - (size_t{1} << log) + quarter - 1) / quarter;
  *rounded = (size_t{1} << log) + steps * quarter;
  return 4 * (log - 7) + static_cast<int>(steps);
}

void *system_allocate(size_t bytes) {
  counters.system.fetch_add(1, std::memory_order_relaxed);
  void *block = nullptr;
  const bool huge = bytes >= kHugePage;
  if (posix_memalign(&block, huge ? kHugePage : kAlignment, bytes) != 0) {
    return nullptr;
  }
  if (huge) {
    madvise(block, bytes, MADV_HUGEPAGE);
  }
  return block;
}

struct Cache {
  std::vector<Header *> free[kClasses];
  int64_t bytes = 0;
  static thread_local bool gone;

  void trim() {
    for (auto &list : free) {
      for (auto *header : list) {
        std::free(header);
      }
      list.clear();
    }
    counters.cached.fetch_sub(bytes, std::memory_order_relaxed);
    bytes = 0;
  }
  ~Cache() {
    trim();
    gone = true;
  }
};

thread_local bool Cache::gone = false;

Cache *cache() {
  if (Cache::gone) {
    return nullptr;
  }
  thread_local Cache instance;
  return &instance;
}

void *take(size_t bytes) {
  size_t rounded;
  const int index = class_of(bytes + sizeof(Header), &rounded);
  TORCH_CHECK(index < kClasses, "an allocation of ", bytes, " bytes was asked for");
  counters.allocations.fetch_add(1, std::memory_order_relaxed);
  counters.live.fetch_add(static_cast<int64_t>(rounded), std::memory_order_relaxed);
  auto *own = cache();
  Header *header = nullptr;
  if (own != nullptr && !own->free[index].empty()) {
    header = own->free[index].back();
    own->free[index].pop_back();
    own->bytes -= header->size;
    counters.cached.fetch_sub(header->size, std::memory_order_relaxed);
  } else {
    header = static_cast<Header *>(system_allocate(rounded));
    if (header == nullptr && own != nullptr) {
      own->trim();
      header = static_cast<Header *>(system_allocate(rounded));
    }
    if (header == nullptr) {
      counters.live.fetch_sub(static_cast<int64_t>(rounded), std::memory_order_relaxed);
      TORCH_CHECK(false, "out of memory: ", bytes, " bytes could not be allocated");
    }
    header->size = static_cast<int64_t>(rounded);
    header->index = index;
  }
  return header + 1;
}

// Blocks go to the cache of the thread that frees them: scopes are per thread, so that is nearly always the one that will ask again.
void give(void *payload) {
  if (payload == nullptr) {
    return;
  }
  auto *header = static_cast<Header *>(payload) - 1;
  counters.live.fetch_sub(header->size, std::memory_order_relaxed);
  auto *own = cache();
  if (own == nullptr || own->bytes + header->size > kCacheLimit) {
    std::free(header);
    return;
  }
  own->free[header->index].push_back(header);
  own->bytes += header->size;
  counters.cached.fetch_add(header->size, std::memory_order_relaxed);
}

struct CachingAllocator final : c10::Allocator {
  // libtorch made the first of these non-const and added the copy between 1.13 and 2.4: whichever the base class has is overridden.
  c10::DataPtr allocate(size_t bytes) const {
    void *payload = bytes == 0 ? nullptr : take(bytes);
    return {payload, payload, &give, c10::Device(c10::DeviceType::CPU)};
  }
  c10::DataPtr allocate(size_t bytes) { return static_cast<const CachingAllocator *>(this)->allocate(bytes); }
  void copy_data(void *to, const void *from, std::size_t bytes) const { std::memcpy(to, from, bytes); }
  c10::DeleterFnPtr raw_deleter() const override { return &give; }
};

}  // namespace

void install_allocator() {
  // For comparing with the allocator of the system; results are the same.
  if (std::getenv("ACTORPRUNE_SYSTEM_ALLOCATOR") != nullptr) {
    return;
  }
  static CachingAllocator allocator;
  c10::SetCPUAllocator(&allocator, 200);
}

}  // namespace ap

void ap_allocator_read(ap_allocator_statistics *statistics) {
  statistics->allocations = ap::counters.allocations.load(std::memory_order_relaxed);
  statistics->system_allocations = ap::counters.system.load(std::memory_order_relaxed);
  statistics->cached_bytes = ap::counters.cached.load(std::memory_order_relaxed);
  statistics->live_bytes = ap::counters.live.load(std::memory_order_relaxed);
  statistics->cache_limit_bytes = ap::kCacheLimit;
}

void ap_allocator_trim(void) {
  if (auto *own = ap::cache()) {
    own->trim();
  }
#ifdef __GLIBC__
  // Freed blocks of medium size stay in the heaps of the C library otherwise, between the few that live on.
  malloc_trim(0);
#endif
}
