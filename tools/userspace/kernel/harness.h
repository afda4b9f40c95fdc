/* SPDX-License-Identifier: GPL-2.0 */
/* Functions by which test programs control the simulated kernel. */
#ifndef SIM_HARNESS_H
#define SIM_HARNESS_H

#include "sim.h"

/* The machine, set up once before anything else. */
struct sim_machine {
	unsigned int cpus;
	unsigned int nodes;	/* with memory, and online */
	unsigned int nodes_off;	/* possible, but offline */
	size_t memory;
};

void sim_machine_init(const struct sim_machine *machine);
void sim_machine_nodes(unsigned int nodes, unsigned int nodes_off);
void sim_machine_cpus(unsigned int cpus);

/* Entry points and parameters of the module. */
extern int (*const sim_module_init)(void);
extern void (*const sim_module_exit)(void);
int sim_param_set(const char *name, const char *val);
int sim_param_get(const char *name, char *val);

/* Threads start on @cpu; with @migrate they may move to other CPUs. */
void sim_thread_start(int cpu, bool migrate);
void sim_thread_seed(unsigned int seed);
unsigned int sim_random(void);
int sim_cpu_offline(int cpu);
void sim_cpu_online(int cpu);

/* If set, half of the attempts to trylock a spinlock or a mutex fail. */
extern bool sim_contended;

/* Enclose a free: it must wake no task and arm no timer. */
static inline void sim_free_begin(void)
{
	current->freeing++;
}

static inline void sim_free_end(void)
{
	current->freeing--;
}

/* Call @handler about once per @period places where interrupts may come in; 0: never. */
void sim_irq_arm(void (*handler)(void), unsigned int period);

/*
 * Failures of page, slab and per-CPU allocations, counted together: the @nth from now on
 * fails, and every @every-th; 0 for none. @page_limit is the largest number of allocated
 * pages, @charge_limit the largest number of pages charged to the memory cgroup; 0 for any.
 */
struct sim_fail {
	long nth;
	long every;
	long calls;
	long failed;
	long page_limit;
	long charge_limit;
};

extern struct sim_fail sim_fail;
void sim_fail_set(long nth, long every);
bool sim_fail_now(gfp_t gfp);

/* A place in the module that allocates: number of its calls, and of those made to fail. */
struct sim_site {
	const char *file;
	const char *call;
	int line;
	long calls;
	long failed;
};

/* Defined by the linker; missing in a build that does not count. */
extern struct sim_site *__start_sim_sites[] __attribute__((weak));
extern struct sim_site *__stop_sim_sites[] __attribute__((weak));

/* Print a line for each place. A place in a header counts once per file that includes it. */
void sim_sites_print(void);

/* Memory in use. */
struct sim_usage {
	long pages;
	long objects;		/* from kmalloc() and vmalloc() */
	long percpu;
	long dentries;
	long charged;		/* pages charged to the memory cgroup */
	long memcgs;		/* references to the memory cgroup */
};

extern struct sim_usage sim_usage;
bool sim_usage_none(void);

/* kmalloc() takes whole pages for sizes above this. */
extern size_t sim_slab_max;
#define SIM_OBJECT_ALIGN_MAX	(2UL << 20)
bool sim_is_page_memory(const void *p);

/* Ask shrinkers for pages. Return: pages that they report as freed. */
unsigned long sim_reclaim(unsigned long pages);

/* Advance the time and queue the work that is due; run queued work. Return: work items run. */
void sim_advance(unsigned long delta);
unsigned long sim_run_work(void);
void sim_workers_start(unsigned int nr);
void sim_workers_stop(void);

/*
 * The log: number of this thread's messages by level, number of all threads' errors, whether
 * messages are shown, the last message.
 */
extern __thread long sim_logged[3];
extern long sim_errors;
extern bool sim_log_shown;
extern char sim_log_last[256];

/* debugfs: sim_debugfs_read() returns text to free with free(); a write returns 0 or an error. */
char *sim_debugfs_read(const char *path);
int sim_debugfs_write(const char *path, const char *text);

/* Memory of the simulation itself, which the module may not use. */
void *sim_host_alloc(size_t align, size_t size);
void sim_host_free(void *p);

/* Called when a fault is reported, before the program ends. */
extern void (*sim_bug_hook)(void);

#endif /* SIM_HARNESS_H */
