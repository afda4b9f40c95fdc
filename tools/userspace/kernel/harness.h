/* SPDX-License-Identifier: GPL-2.0 */
/* What test programs do to the kernel that the module believes to be in. */
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

/* The module's own. */
extern int (*const sim_module_init)(void);
extern void (*const sim_module_exit)(void);
int sim_param_set(const char *name, const char *val);
int sim_param_get(const char *name, char *val);

/* Threads: on @cpu, from which they move if @migrate says so. */
void sim_thread_start(int cpu, bool migrate);
void sim_thread_seed(unsigned int seed);
unsigned int sim_random(void);
int sim_cpu_offline(int cpu);
void sim_cpu_online(int cpu);

/* Locks are, half of the time, somebody else's when they are only tried. */
extern bool sim_contended;

/* Around a free: it must wake nothing and arm no timer. */
static inline void sim_free_begin(void)
{
	current->freeing++;
}

static inline void sim_free_end(void)
{
	current->freeing--;
}

/* Interrupts call @handler, about one in @period places where they may come in; 0 for never. */
void sim_irq_arm(void (*handler)(void), unsigned int period);

/*
 * Failures of page, slab and per-CPU allocations together: of the @nth from now
 * on, of every @every-th; 0 for none. @page_limit is the number of pages that may be out,
 * @charge_limit of those that may be charged to the memory cgroup; 0 for any.
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

/* A place in the module that allocates: how often it did, how often that was made to fail. */
struct sim_site {
	const char *file;
	const char *call;
	int line;
	long calls;
	long failed;
};

/* By the linker; none in a build that does not count. */
extern struct sim_site *__start_sim_sites[] __attribute__((weak));
extern struct sim_site *__stop_sim_sites[] __attribute__((weak));

/* All of them, a line each. What a header has counts once for each file that uses it. */
void sim_sites_print(void);

/* What is out. */
struct sim_usage {
	long pages;
	long objects;		/* of kmalloc() and vmalloc() */
	long percpu;
	long dentries;
	long charged;		/* pages, to the memory cgroup */
	long memcgs;		/* references to it */
};

extern struct sim_usage sim_usage;
bool sim_usage_none(void);

/* kmalloc() takes whole pages for sizes above this. */
extern size_t sim_slab_max;
#define SIM_OBJECT_ALIGN_MAX	(2UL << 20)
bool sim_is_page_memory(const void *p);

/* Asks shrinkers for pages. Return: pages they say they gave. */
unsigned long sim_reclaim(unsigned long pages);

/* Moves time; runs what is due, or what is queued. Return: work items run. */
void sim_advance(unsigned long delta);
unsigned long sim_run_work(void);
void sim_workers_start(unsigned int nr);
void sim_workers_stop(void);

/* The log: this thread's messages by level, errors of all threads, whether messages are shown. */
extern __thread long sim_logged[3];
extern long sim_errors;
extern bool sim_log_shown;
extern char sim_log_last[256];

/* debugfs: the text of a file, to be freed with free(); 0 or an error for writing. */
char *sim_debugfs_read(const char *path);
int sim_debugfs_write(const char *path, const char *text);

/* Where this takes memory of its own, which must not be the module's. */
void *sim_host_alloc(size_t align, size_t size);
void sim_host_free(void *p);

/* Called with a message before the program ends for a fault. */
extern void (*sim_bug_hook)(void);

#endif /* SIM_HARNESS_H */
