/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by the files of this directory. */
#ifndef SIM_INTERNAL_H
#define SIM_INTERNAL_H

#include "harness.h"

#ifdef SIM_ASAN
#include <sanitizer/asan_interface.h>
#define sim_poison(p, size)	__asan_poison_memory_region(p, size)
#define sim_unpoison(p, size)	__asan_unpoison_memory_region(p, size)
#else
#define sim_poison(p, size)	((void)(p), (void)(size))
#define sim_unpoison(p, size)	((void)(p), (void)(size))
#endif

/* Locks of the simulation: no interrupt comes in while a thread holds one. */
static inline void sim_lock(pthread_mutex_t *lock)
{
	current->irqs_off++;
	pthread_mutex_lock(lock);
}

static inline void sim_unlock(pthread_mutex_t *lock)
{
	pthread_mutex_unlock(lock);
	current->irqs_off--;
}

#define sim_count(counter, by)	__atomic_fetch_add(&(counter), by, __ATOMIC_RELAXED)

#ifdef SIM_PRELOAD
/* glibc's own malloc(), by the names that the preloaded library does not replace. */
void *__libc_memalign(size_t align, size_t size);
void __libc_free(void *p);
#endif

void sim_pages_init(size_t memory);
void sim_pages_deal(void);
void sim_cpus_init(void);
void sim_assert_may_allocate(gfp_t gfp, bool pages);
bool sim_reclaim_for(gfp_t gfp);
void *sim_page_object_alloc(size_t size, int nid);
bool sim_page_object_free(const void *p);
size_t sim_page_object_size(const void *p);

/* Run a function as if in a worker of @cpu. */
void sim_cpu_run(int cpu, void (*fn)(void *arg), void *arg);

#endif /* SIM_INTERNAL_H */
