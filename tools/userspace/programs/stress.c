// SPDX-License-Identifier: GPL-2.0
/*
 * Threads that allocate, verify and free in all the ways there are, hand blocks
 * to each other, and are interrupted, while memory goes back, heaps come and
 * go, CPUs go offline and everything is validated. Ends by itself, and
 * demands that everything is back then.
 */
#include <kpool.h>
#include <kpool_inline.h>

#include "harness.h"

#define STRESS_THREADS_MAX	32
#define STRESS_LIVE		512
#define STRESS_IRQ_LIVE		32
#define STRESS_MAILBOXES	64
#define STRESS_HEAPS		6
#define STRESS_BULK		70

static struct {
	unsigned int threads, cpus, nodes, seed, fail_every, irq_period;
	unsigned long ops, seconds;
} option = {
	.threads = 4, .cpus = 3, .nodes = 1, .seed = 1, .irq_period = 300, .ops = 100000,
};

/* What is known of a block that somebody holds. */
struct stress_block {
	u8 *p;
	unsigned int size;
	u8 heap;
	u8 seed;
};

/* An object that readers look at under RCU. */
struct stress_object {
	struct rcu_head rcu;
	unsigned long value, inverse;
};

/* What heaps there are; the first is the default heap. */
static const unsigned int stress_flags[STRESS_HEAPS] = {
	0, 0, KPOOL_HEAP_PIN_CLASSES, KPOOL_HEAP_DEBUG, KPOOL_HEAP_RANDOM,
	KPOOL_HEAP_TYPESAFE_RCU | KPOOL_HEAP_ACCOUNT,
};

static struct kpool_heap *stress_heap[STRESS_HEAPS];	/* NULL is the default heap */
static struct stress_block *stress_mailbox[STRESS_MAILBOXES];
static struct stress_object *stress_object;
static struct stress_irq {
	struct stress_block live[STRESS_IRQ_LIVE];
	unsigned int nr;
} stress_irq[STRESS_THREADS_MAX];
static __thread struct stress_irq *stress_my_irq;
static time_t stress_end;
static unsigned long stress_done, stress_failed;

static unsigned int stress_random(unsigned int n)
{
	return sim_random() % n;
}

/* Mostly small, as objects are. */
static unsigned int stress_size(void)
{
	unsigned int size = 1 + stress_random(stress_random(4) ? 128 : KPOOL_MAX_SIZE);

	return stress_random(500) ? size : size * 20;
}

static void stress_fill(struct stress_block *block)
{
	unsigned int i;

	block->seed = sim_random();
	for (i = 0; i < block->size; i++)
		block->p[i] = block->seed + i;
}

static void stress_check(const struct stress_block *block)
{
	unsigned int i;

	for (i = 0; i < block->size; i++)
		if (block->p[i] != (u8)(block->seed + i))
			sim_bug("byte %u of %u changed in heap %u", i, block->size, block->heap);
}

static bool stress_alloc(struct stress_block *block, gfp_t gfp)
{
	struct kpool_heap *heap;

	block->heap = stress_random(STRESS_HEAPS);
	block->size = stress_size();
	heap = stress_heap[block->heap];
	if (heap)
		block->p = kpool_heap_alloc(heap, block->size, gfp);
	else if (stress_random(4))
		block->p = kpool_alloc(block->size, gfp);
	else if (stress_random(2))
		block->p = kpool_alloc_inline(block->size, gfp);
	else
		block->p = kpool_alloc_node(block->size, gfp, stress_random(MAX_NUMNODES));
	if (!block->p) {
		if (!option.fail_every)
			sim_bug("%u bytes are not to be had", block->size);
		__atomic_add_fetch(&stress_failed, 1, __ATOMIC_RELAXED);
		return false;
	}
	if (gfp & __GFP_ZERO && memchr_inv(block->p, 0, block->size))
		sim_bug("%u bytes are not zero", block->size);
	stress_fill(block);
	return true;
}

static void stress_free(const struct stress_block *block)
{
	struct kpool_heap *heap = stress_heap[block->heap];

	stress_check(block);
	sim_free_begin();
	switch (stress_random(6)) {
	case 0:
		if (heap)
			kpool_heap_free_sized(heap, block->p, block->size);
		else
			kpool_free_sized(block->p, block->size);
		break;
	case 1:
		if (heap)
			kpool_heap_free(heap, block->p);
		else
			kpool_free_inline(block->p);
		break;
	case 2:
		if (block->size >= sizeof(struct rcu_head))
			kpool_rcu_free((struct rcu_head *)block->p, block->p);
		else
			kpool_free(block->p);
		break;
	case 3:
		kpool_free_sensitive(block->p);
		break;
	default:
		kpool_free(block->p);
	}
	sim_free_end();
}

/* An interrupt of this thread. */
static void stress_irq_handler(void)
{
	struct stress_irq *irq = stress_my_irq;

	if (!irq)
		return;
	if (irq->nr < STRESS_IRQ_LIVE && stress_random(2)) {
		if (stress_alloc(&irq->live[irq->nr], GFP_ATOMIC))
			irq->nr++;
	} else if (irq->nr) {
		stress_free(&irq->live[--irq->nr]);
	}
}

/* Hands a block over to whoever looks there next, and takes what is there. */
static void stress_exchange(struct stress_block *block)
{
	struct stress_block *letter = kpool_alloc(sizeof(*letter), GFP_KERNEL), *other;

	if (!letter)
		return;
	*letter = *block;
	other = xchg(&stress_mailbox[stress_random(STRESS_MAILBOXES)], letter);
	block->p = NULL;
	if (other) {
		*block = *other;
		kpool_free(other);
		stress_check(block);
	}
}

static void stress_realloc(struct stress_block *block)
{
	unsigned int size = stress_size(), kept = min(size, block->size);
	struct kpool_heap *heap = stress_heap[block->heap];
	u8 *p = heap ? kpool_heap_realloc(heap, block->p, size, GFP_KERNEL) :
		       kpool_realloc(block->p, size, GFP_KERNEL);

	if (!p)
		return;
	block->p = p;
	block->size = kept;
	stress_check(block);
	block->size = size;
	stress_fill(block);
}

static void stress_bulk(void)
{
	unsigned int nr = 1 + stress_random(STRESS_BULK), size = stress_size(), i;
	struct kpool_heap *heap = stress_heap[stress_random(STRESS_HEAPS)];
	void *blocks[STRESS_BULK];

	if (heap)
		nr = kpool_heap_alloc_bulk(heap, size, GFP_KERNEL, nr, blocks);
	else
		nr = kpool_alloc_bulk(size, GFP_KERNEL, nr, blocks);
	for (i = 0; i < nr; i++)
		memset(blocks[i], i, size);
	for (i = 0; i < nr; i++)
		if (memchr_inv(blocks[i], i, size))
			sim_bug("block %u of %u in bulk changed", i, nr);
	if (heap && stress_random(2))
		kpool_heap_free_bulk(heap, nr, blocks);
	else
		kpool_free_bulk(nr, blocks);
}

static void stress_publish(void)
{
	struct stress_object *object = kpool_alloc_obj(struct stress_object, GFP_KERNEL);

	if (object) {
		object->value = sim_random();
		object->inverse = ~object->value;
	}
	object = xchg(&stress_object, object);
	kpool_free_rcu(object, rcu);
}

static void stress_look(void)
{
	struct stress_object *object;

	rcu_read_lock();
	object = rcu_dereference(stress_object);
	if (object && object->value != ~object->inverse)
		sim_bug("an object changed under its reader");
	rcu_read_unlock();
}

static void stress_private_heap(int id)
{
	struct kpool_heap_attr attr = { .flags = stress_random(8) | KPOOL_HEAP_REGION };
	struct kpool_heap *heap;
	char name[] = "own00";
	unsigned int i;

	name[3] += id / 10;
	name[4] += id % 10;
	heap = kpool_heap_create(name, &attr);
	if (IS_ERR(heap))
		return;
	for (i = 0; i < 200; i++)
		kpool_free(kpool_heap_zalloc(heap, stress_size(), GFP_KERNEL));
	/* The region takes these. */
	for (i = 0; i < 50 && kpool_heap_zalloc(heap, stress_size(), GFP_KERNEL); i++)
		;
	kpool_heap_destroy(heap);
}

/* What happens once in a while. */
static void stress_seldom(int id)
{
	static const char *const files[] = { "stats", "classes", "arenas" };
	struct kpool_heap *heap = stress_heap[stress_random(STRESS_HEAPS)];
	struct kpool_stats stats;
	char path[64];
	int cpu, err;

	switch (stress_random(12)) {
	case 0:
		kpool_heap_shrink(heap);
		break;
	case 1:
	case 2:
		err = kpool_heap_validate(heap);
		if (err && (err != -ENOMEM || !option.fail_every))
			sim_bug("validate says %d", err);
		break;
	case 3:
		kpool_heap_stats(heap, &stats);
		if (stats.bytes_used + stats.bytes_cached + stats.bytes_free + stats.bytes_tail +
		    stats.bytes_header + stats.bytes_returned != stats.arenas * stats.arena_size)
			sim_bug("the bytes do not add up");
		break;
	case 4:
	case 5:
		sim_reclaim(stress_random(1000));
		break;
	case 6:
		scnprintf(path, sizeof(path), "kpool/heaps/default/%s", files[stress_random(3)]);
		free(sim_debugfs_read(path));
		free(sim_debugfs_read("kpool/destroyed"));
		break;
	case 7:
		stress_private_heap(id);
		break;
	case 8:
		cpu = stress_random(nr_cpu_ids);
		sim_cpu_offline(cpu);
		sim_cpu_online(cpu);
		break;
	case 9:
		kpool_rcu_barrier();
		break;
	default:
		stress_publish();
	}
}

static void stress_step(struct stress_block *block, int id)
{
	unsigned int what = stress_random(2000);

	if (what == 0) {
		stress_seldom(id);
	} else if (what < 20) {
		stress_bulk();
	} else if (what < 40) {
		stress_look();
	} else if (!block->p) {
		if (!stress_alloc(block, stress_random(8) ? GFP_KERNEL : GFP_KERNEL | __GFP_ZERO))
			block->p = NULL;
	} else if (what < 400) {
		stress_exchange(block);
	} else if (what < 500) {
		stress_realloc(block);
	} else {
		stress_free(block);
		block->p = NULL;
	}
}

static bool stress_goes_on(unsigned long i)
{
	if (!option.seconds)
		return i < option.ops;
	return i % 256 || time(NULL) < stress_end;
}

static void *stress_thread(void *arg)
{
	static struct stress_block live[STRESS_THREADS_MAX][STRESS_LIVE];
	int id = (long)arg, k;
	unsigned long i;

	sim_thread_start(id % option.cpus, true);
	sim_thread_seed(option.seed * 1000 + id);
	stress_my_irq = &stress_irq[id];
	/* The set that is live grows and shrinks. */
	for (i = 0; stress_goes_on(i); i++)
		stress_step(&live[id][stress_random(i / 5000 % 3 ? STRESS_LIVE : 32)], id);
	stress_my_irq = NULL;
	for (k = 0; k < STRESS_LIVE; k++)
		if (live[id][k].p)
			stress_free(&live[id][k]);
	while (stress_irq[id].nr)
		stress_free(&stress_irq[id].live[--stress_irq[id].nr]);
	__atomic_add_fetch(&stress_done, i, __ATOMIC_RELAXED);
	return NULL;
}

static void stress_run(void)
{
	pthread_t thread[STRESS_THREADS_MAX];
	unsigned int i;

	sim_irq_arm(stress_irq_handler, option.irq_period);
	sim_fail_set(0, option.fail_every);
	sim_workers_start(2);
	for (i = 0; i < option.threads; i++)
		if (pthread_create(&thread[i], NULL, stress_thread, (void *)(long)i))
			sim_bug("no thread");
	for (i = 0; i < option.threads; i++)
		pthread_join(thread[i], NULL);
	sim_workers_stop();
	sim_fail_set(0, 0);
	sim_irq_arm(stress_irq_handler, 0);
}

static void stress_clean(void)
{
	struct kpool_stats stats;
	unsigned int i;

	for (i = 0; i < STRESS_MAILBOXES; i++) {
		if (stress_mailbox[i])
			stress_free(stress_mailbox[i]);
		kpool_free(stress_mailbox[i]);
	}
	kpool_free(stress_object);
	kpool_rcu_barrier();
	for (i = 0; i < STRESS_HEAPS; i++) {
		kpool_heap_shrink(stress_heap[i]);
		kpool_heap_stats(stress_heap[i], &stats);
		if (stats.blocks_used || stats.arenas || kpool_heap_validate(stress_heap[i]))
			sim_bug("heap %u: %llu blocks out, %llu arenas", i, stats.blocks_used,
				stats.arenas);
		kpool_heap_destroy(stress_heap[i]);
	}
}

static const char stress_usage[] =
	"usage: stress [-t threads] [-c CPUs] [-N nodes] [-s seed]\n"
	"              [-n operations of a thread, or -T seconds]\n"
	"              [-f N: every N-th allocation fails]\n"
	"              [-i N: an interrupt in about N places]\n";

static void stress_options(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "t:c:n:N:s:f:i:T:")) > 0) {
		unsigned long value = strtoul(optarg ?: "", NULL, 0);

		switch (c) {
		case 't':
			option.threads = clamp_t(unsigned long, value, 1, STRESS_THREADS_MAX);
			break;
		case 'c':
			option.cpus = clamp_t(unsigned long, value, 1, NR_CPUS);
			break;
		case 'n':
			option.ops = value;
			break;
		case 'N':
			option.nodes = clamp_t(unsigned long, value, 1, MAX_NUMNODES);
			break;
		case 's':
			option.seed = value;
			break;
		case 'f':
			option.fail_every = value;
			break;
		case 'i':
			option.irq_period = value;
			break;
		case 'T':
			option.seconds = value;
			break;
		default:
			fputs(stress_usage, stderr);
			exit(1);
		}
	}
}

static void stress_make_heaps(void)
{
	unsigned int i;

	for (i = 1; i < STRESS_HEAPS; i++) {
		struct kpool_heap_attr attr = { .flags = stress_flags[i] };
		char name[] = "heap0";

		name[4] += i;
		stress_heap[i] = kpool_heap_create(name, &attr);
		if (IS_ERR(stress_heap[i]))
			sim_bug("no heap with flags %#x", attr.flags);
	}
}

int main(int argc, char **argv)
{
	struct sim_machine machine = { .memory = 256UL << 20 };
	long errors;

	stress_options(argc, argv);
	machine.cpus = option.cpus;
	machine.nodes = option.nodes;
	stress_end = time(NULL) + option.seconds;
	sim_machine_init(&machine);
	sim_thread_start(0, true);
	sim_thread_seed(option.seed);
	if (sim_param_set("trim_ms", "10") || sim_module_init())
		sim_bug("no module");
	stress_make_heaps();
	errors = sim_logged[SIM_ERR];
	stress_run();
	stress_clean();
	sim_module_exit();
	if (!sim_usage_none() || sim_logged[SIM_ERR] > errors)
		sim_bug("lost: %ld pages, %ld objects, %ld per CPU, %ld files; errors: %ld",
			sim_usage.pages, sim_usage.objects, sim_usage.percpu, sim_usage.dentries,
			sim_logged[SIM_ERR]);
	printf("stress: %lu operations, %u threads, %u CPUs, %u nodes, seed %u, %lu failed\n",
	       stress_done, option.threads, option.cpus, option.nodes, option.seed, stress_failed);
	return 0;
}
