// Replaces the allocators of a test program, so that any allocation of it and of the libraries it uses can fail:
// operator new, and, without a sanitizer that has its own, malloc and mmap.
#pragma once

namespace trecvit::test {

// Counts allocations from here; number `at`, from 1, fails, and with `lasting` all after it. One at a time.
void fail_allocation(long at, bool lasting);
// Ends the failures; returns whether any allocation failed.
bool end_of_failures();

// Number of allocations that have not been freed.
long live_allocations();

}  // namespace trecvit::test
