/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CPUs, their private data, and locks.
 *
 * A thread with preemption off holds its CPU's lock, so that it has the CPU to itself. It
 * may change its CPU each time that it turns preemption off. Spinlocks leave preemption
 * on, as on PREEMPT_RT: more interleavings are possible than with other kernels.
 */
#ifndef SIM_CPU_H
#define SIM_CPU_H


#include "compiler.h"

#define NR_CPUS			64
#define MAX_NUMNODES		4
#define NUMA_NO_NODE		(-1)

/* The state of a thread. */
struct task_struct {
	int cpu;
	int preempt;		/* depth of preempt_disable() */
	int irqs_off;		/* depth of local_irq_save() */
	int spinlocks;		/* number held */
	unsigned long locked;	/* times that a spinlock was taken */
	unsigned long resched;	/* calls of cond_resched() */
	int in_irq;
	int rcu;		/* depth of rcu_read_lock() */
	int freeing;		/* depth of sim_free_begin() */
	unsigned int irq_countdown;
	unsigned int seed;
	bool started;
	bool pinned;
	int pid;
	unsigned long what;	/* the test program's operation, for stack traces */
	struct sim_site *site;	/* the module's current call of an allocator */
	char comm[16];
	void *journal_info;
	void *mm;
	struct mem_cgroup *active_memcg[2];	/* of the task, and of an interrupt */
};

extern __thread struct task_struct sim_current;
#define current			(&sim_current)

extern unsigned int nr_cpu_ids;
extern unsigned int nr_node_ids;
extern unsigned int nr_online_nodes;

void sim_cpu_enter(void);
void sim_cpu_leave(void);
void sim_might_sleep(const char *where);

#define task_pid_nr(task)	((task)->pid)
#define preemptible()		(!current->preempt && !irqs_disabled())
#define preempt_count()		(current->preempt)
#define might_sleep()		sim_might_sleep(__func__)
#define in_interrupt()		(current->in_irq)
#define in_task()		(!current->in_irq)
#define in_nmi()		0
#define irqs_disabled()		(current->irqs_off || current->in_irq)
#define in_atomic()		(current->preempt)

static inline void preempt_disable(void)
{
	sim_irq_point();
	if (!current->preempt++)
		sim_cpu_enter();
}

static inline void preempt_enable(void)
{
	if (!--current->preempt)
		sim_cpu_leave();
	sim_irq_point();
}

#define migrate_disable()	(current->pinned = true)
#define migrate_enable()	(current->pinned = false)
#define local_irq_save(flags)	((flags) = current->irqs_off++)
#define local_irq_restore(flags) \
	do { current->irqs_off = (flags); sim_irq_point(); } while (0)
#define local_irq_disable()	(current->irqs_off = 1)
#define local_irq_enable()	do { current->irqs_off = 0; sim_irq_point(); } while (0)

bool cpu_online(int cpu);
int sim_cpu_start(void);

static inline int raw_smp_processor_id(void)
{
	return likely(current->started) ? current->cpu : sim_cpu_start();
}

static inline int smp_processor_id(void)
{
	if (unlikely(!current->preempt && !current->pinned))
		sim_bug("%s() with preemption on", __func__);
	return raw_smp_processor_id();
}

#define get_cpu()		({ preempt_disable(); smp_processor_id(); })
#define put_cpu()		preempt_enable()
#define num_possible_cpus()	nr_cpu_ids
#define for_each_possible_cpu(cpu) \
	for ((cpu) = 0; (cpu) < (int)nr_cpu_ids; (cpu)++)
#define for_each_online_cpu(cpu)						\
	for_each_possible_cpu(cpu)						\
		if (cpu_online(cpu))
unsigned int num_online_cpus(void);
void cpus_read_lock(void);
void cpus_read_unlock(void);

enum cpuhp_state { CPUHP_BP_PREPARE_DYN };
int cpuhp_setup_state_nocalls(enum cpuhp_state state, const char *name,
			      int (*startup)(unsigned int cpu),
			      int (*teardown)(unsigned int cpu));
void cpuhp_remove_state_nocalls(enum cpuhp_state state);

/* Nodes: CPUs and memory are assigned to them in turn. */
#define num_possible_nodes()	nr_node_ids
#define cpu_to_node(cpu)	((int)((cpu) % nr_online_nodes))
#define numa_node_id()		cpu_to_node(raw_smp_processor_id())
#define numa_mem_id()		numa_node_id()
#define node_online(nid)	((unsigned int)(nid) < nr_online_nodes)
#define N_MEMORY		0
#define for_each_node(nid) \
	for ((nid) = 0; (nid) < (int)nr_node_ids; (nid)++)
#define for_each_online_node(nid) \
	for ((nid) = 0; (nid) < (int)nr_online_nodes; (nid)++)
#define for_each_node_state(nid, state)	for_each_online_node(nid)

/*
 * A per-CPU variable has a copy at each multiple of a stride. Operations without "raw"
 * in the name are atomic and may be called with preemption on.
 */
#define SIM_PERCPU_STRIDE	(32 * 1024)

void *sim_alloc_percpu(size_t size);
void free_percpu(void *p);
#define alloc_percpu(type)		((type __percpu *)sim_alloc_percpu(sizeof(type)))
#define alloc_percpu_gfp(type, gfp)	alloc_percpu(type)
#define __alloc_percpu(size, align)	sim_alloc_percpu(size)
#define per_cpu_ptr(p, cpu) \
	((typeof(p))((unsigned long)(p) + (unsigned long)(cpu) * SIM_PERCPU_STRIDE))
#define raw_cpu_ptr(p)		per_cpu_ptr(p, raw_smp_processor_id())
#define this_cpu_ptr(p)		per_cpu_ptr(p, smp_processor_id())
#define get_cpu_ptr(p)		({ preempt_disable(); this_cpu_ptr(p); })
#define put_cpu_ptr(p)		preempt_enable()
#define raw_cpu_read(v)		READ_ONCE(*raw_cpu_ptr(&(v)))
#define raw_cpu_write(v, x)	WRITE_ONCE(*raw_cpu_ptr(&(v)), x)
#define raw_cpu_add(v, x)	raw_cpu_write(v, raw_cpu_read(v) + (x))
#define raw_cpu_inc(v)		raw_cpu_add(v, 1)
#define this_cpu_read(v)	raw_cpu_read(v)
#define this_cpu_write(v, x)	raw_cpu_write(v, x)
#define this_cpu_add(v, x) \
	((void)__atomic_add_fetch(raw_cpu_ptr(&(v)), x, __ATOMIC_RELAXED))
#define this_cpu_inc(v)		this_cpu_add(v, 1)
#define this_cpu_dec(v)		this_cpu_add(v, -1)
#define this_cpu_xchg(v, x)	xchg(raw_cpu_ptr(&(v)), x)

/* Spinlocks: the holder may not sleep, nor take the lock again. */
typedef struct spinlock {
	pthread_mutex_t mutex;
	struct task_struct *owner;
} spinlock_t;

typedef spinlock_t raw_spinlock_t;

#define SIM_SPINLOCK_INIT	{ PTHREAD_MUTEX_INITIALIZER, NULL }
#define __SPIN_LOCK_UNLOCKED(x)	(spinlock_t)SIM_SPINLOCK_INIT
#define DEFINE_SPINLOCK(x)	spinlock_t x = SIM_SPINLOCK_INIT
#define DEFINE_RAW_SPINLOCK(x)	DEFINE_SPINLOCK(x)
void spin_lock_init(spinlock_t *lock);
void spin_lock(spinlock_t *lock);
bool spin_trylock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);
#define spin_lock_irqsave(lock, flags) \
	do { local_irq_save(flags); spin_lock(lock); } while (0)
#define spin_trylock_irqsave(lock, flags)					\
({										\
	bool __locked;								\
										\
	local_irq_save(flags);							\
	__locked = spin_trylock(lock);						\
	if (!__locked)								\
		local_irq_restore(flags);					\
	__locked;								\
})
#define spin_unlock_irqrestore(lock, flags) \
	do { spin_unlock(lock); local_irq_restore(flags); } while (0)
#define spin_lock_irq(lock)	do { local_irq_disable(); spin_lock(lock); } while (0)
#define spin_unlock_irq(lock)	do { spin_unlock(lock); local_irq_enable(); } while (0)
#define spin_lock_bh		spin_lock_irq
#define spin_unlock_bh		spin_unlock_irq
#define raw_spin_lock_init		spin_lock_init
#define raw_spin_lock_irqsave		spin_lock_irqsave
#define raw_spin_unlock_irqrestore	spin_unlock_irqrestore
#define spin_is_locked(l)		((l)->owner)
#define lockdep_assert_held(l) \
	((void)((l)->owner == current ? 0 : (sim_bug("%s: lock is not held", __func__), 0)))
#define lockdep_assert_irqs_disabled()	((void)0)
#define lockdep_set_class(l, k)		((void)0)
struct lock_class_key { };

struct mutex {
	pthread_mutex_t mutex;
	struct task_struct *owner;
};

#define DEFINE_MUTEX(x)		struct mutex x = { PTHREAD_MUTEX_INITIALIZER, NULL }
void mutex_init(struct mutex *lock);
void mutex_destroy(struct mutex *lock);
void mutex_lock(struct mutex *lock);
bool mutex_trylock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

/* Scheduling. */
void sim_resched(void);
#define cond_resched()		({ might_sleep(); sim_resched(); 0; })
#define cpu_relax()		sim_resched()
#define schedule_timeout_uninterruptible(j)	sim_resched()
#define msleep(ms)		sim_resched()

#endif /* SIM_CPU_H */
