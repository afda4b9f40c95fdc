// SPDX-License-Identifier: GPL-2.0
/*
 * Preloaded into a program, this library serves malloc() and related calls with kpool.
 *
 * This code may not call malloc(). Every so often, one of the program's threads trims and
 * validates. When the program ends, it appends a line of figures to the file in
 * KPOOL_SOAK_REPORT.
 */

#include <kpool.h>

#include "harness.h"

#define PRELOAD_CPUS		16
#define PRELOAD_MEMORY		(8UL << 30)
#define PRELOAD_ALIGN		16	/* malloc() must align all objects to this */
#define PRELOAD_CHORES		65536	/* calls of a thread per trim */
#define PRELOAD_VALIDATES	16	/* trims per validate */

#define PRELOAD_EXPORT		__attribute__((visibility("default")))

/* A thread inside this library holds the lock of its slot; a fork holds all locks. */
static pthread_mutex_t preload_lock[PRELOAD_CPUS];
static pthread_once_t preload_once = PTHREAD_ONCE_INIT;
static pthread_mutex_t preload_chores_lock = PTHREAD_MUTEX_INITIALIZER;
static bool preload_ready;
static unsigned long preload_calls, preload_validates, preload_started;
static __thread unsigned int preload_countdown = PRELOAD_CHORES;
static __thread bool preload_inside;

static unsigned long preload_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000UL + now.tv_nsec / 1000000;
}

static void preload_die(const char *what)
{
	sim_bug("kpool preload, pid %d: %s", getpid(), what);
}

static void preload_validate(void)
{
	if (kpool_heap_validate(NULL))
		preload_die("validate found faults");
	preload_validates++;
}

static void preload_prepare(void)
{
	int i;

	for (i = 0; i < PRELOAD_CPUS; i++)
		pthread_mutex_lock(&preload_lock[i]);
	pthread_mutex_lock(&preload_chores_lock);
}

static void preload_parent(void)
{
	int i;

	pthread_mutex_unlock(&preload_chores_lock);
	for (i = 0; i < PRELOAD_CPUS; i++)
		pthread_mutex_unlock(&preload_lock[i]);
}

static void preload_init(void)
{
	const struct sim_machine machine = {
		.cpus = PRELOAD_CPUS, .nodes = 1, .memory = PRELOAD_MEMORY,
	};
	int i;

	for (i = 0; i < PRELOAD_CPUS; i++)
		pthread_mutex_init(&preload_lock[i], NULL);
	sim_slab_max = SIZE_MAX;
	sim_machine_init(&machine);
	if (sim_module_init())
		preload_die("no module");
	preload_started = preload_ms();
	preload_ready = true;
	pthread_atfork(preload_prepare, preload_parent, preload_parent);
}

/* Trim, and at times validate, while other threads continue. */
static void preload_chores(void)
{
	static unsigned long last, nr;
	unsigned long now = preload_ms();

	preload_countdown = PRELOAD_CHORES;
	if (pthread_mutex_trylock(&preload_chores_lock))
		return;
	__atomic_add_fetch(&preload_calls, PRELOAD_CHORES, __ATOMIC_RELAXED);
	sim_advance(last ? now - last : 0);
	last = now;
	sim_run_work();
	if (++nr % PRELOAD_VALIDATES == 0)
		preload_validate();
	pthread_mutex_unlock(&preload_chores_lock);
}

static int preload_enter(void)
{
	int slot;

	pthread_once(&preload_once, preload_init);
	slot = raw_smp_processor_id();
	if (preload_inside)
		preload_die("malloc() from within");
	pthread_mutex_lock(&preload_lock[slot]);
	preload_inside = true;
	return slot;
}

static void preload_leave(int slot)
{
	if (!--preload_countdown)
		preload_chores();
	preload_inside = false;
	pthread_mutex_unlock(&preload_lock[slot]);
}

static void *preload_alloc(size_t size, gfp_t gfp)
{
	int slot = preload_enter();
	void *p = NULL;

	if (size < SIZE_MAX / 2)
		p = kpool_alloc(size ? ALIGN(size, PRELOAD_ALIGN) : PRELOAD_ALIGN, gfp);
	preload_leave(slot);
	if (!p)
		errno = ENOMEM;
	return p;
}

/* kpool and kmalloc() align a power of two to its size. */
static void *preload_aligned(size_t align, size_t size)
{
	if (align > PRELOAD_ALIGN && size < SIZE_MAX / 4 && align < SIZE_MAX / 4)
		size = roundup_pow_of_two(max(max(size, align), (size_t)2));
	if (align > SIM_OBJECT_ALIGN_MAX)
		preload_die("memory aligned to more than 2 MiB");
	return preload_alloc(size, GFP_KERNEL);
}

PRELOAD_EXPORT void *malloc(size_t size)
{
	return preload_alloc(size, GFP_KERNEL);
}

PRELOAD_EXPORT void *calloc(size_t n, size_t size)
{
	return preload_alloc(size_mul(n, size), GFP_KERNEL | __GFP_ZERO);
}

PRELOAD_EXPORT void free(void *p)
{
	int error = errno, slot;

	if (!p)
		return;
	slot = preload_enter();
	kpool_free(p);
	preload_leave(slot);
	errno = error;
}

PRELOAD_EXPORT void *realloc(void *p, size_t size)
{
	void *new = NULL;
	int slot;

	if (!p)
		return malloc(size);
	if (!size) {
		free(p);
		return NULL;
	}
	slot = preload_enter();
	if (size < SIZE_MAX / 2)
		new = kpool_realloc(p, ALIGN(size, PRELOAD_ALIGN), GFP_KERNEL);
	preload_leave(slot);
	if (!new)
		errno = ENOMEM;
	return new;
}

PRELOAD_EXPORT void *reallocarray(void *p, size_t n, size_t size)
{
	return realloc(p, size_mul(n, size));
}

PRELOAD_EXPORT int posix_memalign(void **p, size_t align, size_t size)
{
	int saved = errno, error = EINVAL;

	if (is_power_of_2(align) && align % sizeof(void *) == 0) {
		*p = preload_aligned(align, size);
		error = *p ? 0 : ENOMEM;
		errno = saved;
	}
	return error;
}

PRELOAD_EXPORT void *aligned_alloc(size_t align, size_t size)
{
	return preload_aligned(align, size);
}

PRELOAD_EXPORT void *memalign(size_t align, size_t size)
{
	return preload_aligned(align, size);
}

PRELOAD_EXPORT void *valloc(size_t size)
{
	return preload_aligned(PAGE_SIZE, size);
}

PRELOAD_EXPORT void *pvalloc(size_t size)
{
	return preload_aligned(PAGE_SIZE, PAGE_ALIGN(size));
}

PRELOAD_EXPORT size_t malloc_usable_size(void *p)
{
	size_t size;
	int slot;

	if (!p)
		return 0;
	slot = preload_enter();
	size = kpool_usable_size(p);
	preload_leave(slot);
	return size;
}

/* At the regular end of the program; its threads may still run. */
__attribute__((destructor)) static void preload_report(void)
{
	const char *name = getenv("KPOOL_SOAK_REPORT");
	struct kpool_stats stats;
	int slot, file, len;
	char line[256];

	if (!preload_ready)
		return;
	slot = preload_enter();
	pthread_mutex_lock(&preload_chores_lock);
	kpool_heap_shrink(NULL);
	preload_validate();
	kpool_heap_stats(NULL, &stats);
	pthread_mutex_unlock(&preload_chores_lock);
	if (stats.corruptions || READ_ONCE(sim_errors))
		preload_die("errors were logged");
	len = scnprintf(line, sizeof(line),
			"%s: %llu blocks, %llu large, %llu arenas at most, %lu validates, %lu ms\n",
			program_invocation_short_name, stats.allocs, stats.large,
			stats.arenas_created, preload_validates, preload_ms() - preload_started);
	file = name ? open(name, O_WRONLY | O_APPEND | O_CREAT, 0644) : -1;
	if (file >= 0 && (write(file, line, len) != len || close(file)))
		preload_die("the report cannot be written");
	preload_leave(slot);
}
