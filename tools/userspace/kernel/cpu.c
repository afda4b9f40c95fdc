// SPDX-License-Identifier: GPL-2.0
/* CPUs, interrupts, per-CPU memory, locks. */

#include "internal.h"

static struct {
	pthread_mutex_t lock;	/* held by the thread on this CPU that has preemption off */
	bool online;
} sim_cpu[NR_CPUS];

__thread struct task_struct sim_current;
unsigned int nr_cpu_ids = 1, nr_node_ids = 1, nr_online_nodes = 1;
static int sim_threads;
static pthread_rwlock_t sim_hotplug = PTHREAD_RWLOCK_INITIALIZER;
static int (*sim_cpuhp_teardown)(unsigned int cpu);

bool sim_irqs_armed;
bool sim_contended;
static void (*sim_irq_handler)(void);
static unsigned int sim_irq_period;

void sim_cpus_init(void)
{
	unsigned int cpu;

	for (cpu = 0; cpu < NR_CPUS; cpu++) {
		pthread_mutex_init(&sim_cpu[cpu].lock, NULL);
		sim_cpu[cpu].online = true;
	}
}

/* A thread without sim_thread_start() gets the next CPU. */
int sim_cpu_start(void)
{
	current->pid = sim_count(sim_threads, 1);
	current->cpu = current->pid % nr_cpu_ids;
	current->pinned = true;
	current->started = true;
	return current->cpu;
}

void sim_thread_start(int cpu, bool migrate)
{
	sim_cpu_start();
	current->cpu = cpu;
	current->pinned = !migrate;
	sim_thread_seed(current->pid + 1);
}

void sim_thread_seed(unsigned int seed)
{
	current->seed = seed * 2654435761U | 1;
	current->irq_countdown = sim_irq_period;
}

unsigned int sim_random(void)
{
	unsigned int x = current->seed | !current->seed;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return current->seed = x;
}

bool cpu_online(int cpu)
{
	return (unsigned int)cpu < nr_cpu_ids &&
	       __atomic_load_n(&sim_cpu[cpu].online, __ATOMIC_RELAXED);
}

unsigned int num_online_cpus(void)
{
	unsigned int nr = 0;
	int cpu;

	for_each_online_cpu(cpu)
		nr++;
	return nr;
}

/* A thread that may move changes its CPU here in about one of 16 calls. */
void sim_cpu_enter(void)
{
	int cpu = raw_smp_processor_id();

	if (!current->pinned && !current->in_irq && !(sim_random() % 16))
		cpu = sim_random() % nr_cpu_ids;
	for (;; cpu = (cpu + 1) % nr_cpu_ids) {
		pthread_mutex_lock(&sim_cpu[cpu].lock);
		if (sim_cpu[cpu].online)
			break;
		pthread_mutex_unlock(&sim_cpu[cpu].lock);
	}
	current->cpu = cpu;
}

void sim_cpu_leave(void)
{
	if (current->preempt < 0)
		sim_bug("preempt_enable() too often");
	pthread_mutex_unlock(&sim_cpu[current->cpu].lock);
}

void sim_cpu_run(int cpu, void (*fn)(void *arg), void *arg)
{
	struct task_struct saved = *current;

	sim_might_sleep(__func__);
	raw_smp_processor_id();
	if (cpu != WORK_CPU_UNBOUND) {
		current->cpu = cpu;
		current->pinned = true;
	}
	fn(arg);
	sim_might_sleep(__func__);
	current->cpu = saved.cpu;
	current->pinned = saved.pinned;
}

/* Hotplug. */
void cpus_read_lock(void)
{
	might_sleep();
	pthread_rwlock_rdlock(&sim_hotplug);
}

void cpus_read_unlock(void)
{
	pthread_rwlock_unlock(&sim_hotplug);
}

int cpuhp_setup_state_nocalls(enum cpuhp_state state, const char *name,
			      int (*startup)(unsigned int cpu),
			      int (*teardown)(unsigned int cpu))
{
	if (sim_fail_now(GFP_KERNEL))
		return -ENOMEM;
	sim_cpuhp_teardown = teardown;
	return 1;
}

void cpuhp_remove_state_nocalls(enum cpuhp_state state)
{
	sim_cpuhp_teardown = NULL;
}

int sim_cpu_offline(int cpu)
{
	int err = -EBUSY;

	pthread_rwlock_wrlock(&sim_hotplug);
	if (cpu_online(cpu) && num_online_cpus() > 1) {
		pthread_mutex_lock(&sim_cpu[cpu].lock);
		__atomic_store_n(&sim_cpu[cpu].online, false, __ATOMIC_RELAXED);
		pthread_mutex_unlock(&sim_cpu[cpu].lock);
		err = sim_cpuhp_teardown ? sim_cpuhp_teardown(cpu) : 0;
	}
	pthread_rwlock_unlock(&sim_hotplug);
	return err;
}

void sim_cpu_online(int cpu)
{
	pthread_rwlock_wrlock(&sim_hotplug);
	pthread_mutex_lock(&sim_cpu[cpu].lock);
	__atomic_store_n(&sim_cpu[cpu].online, true, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&sim_cpu[cpu].lock);
	pthread_rwlock_unlock(&sim_hotplug);
}

/* Interrupts. */
void sim_irq_arm(void (*handler)(void), unsigned int period)
{
	sim_irq_handler = handler;
	sim_irq_period = period;
	sim_irqs_armed = period;
	current->irq_countdown = period;
}

void sim_irq_maybe(void)
{
	struct task_struct *task = current, saved = *task;

	if (task->irqs_off || task->in_irq || !task->started)
		return;
	if (task->irq_countdown) {
		task->irq_countdown--;
		return;
	}
	task->irq_countdown = sim_random() % (2 * sim_irq_period);
	/* With in_irq set, sim_cpu_enter() does not move the thread to another CPU. */
	task->in_irq = 1;
	if (!task->preempt++)
		sim_cpu_enter();
	task->spinlocks = 0;
	task->freeing = 0;
	sim_irq_handler();
	if (task->spinlocks || task->irqs_off || task->preempt != saved.preempt + 1)
		sim_bug("interrupt left a lock held");
	task->spinlocks = saved.spinlocks;
	task->freeing = saved.freeing;
	if (!--task->preempt)
		sim_cpu_leave();
	task->in_irq = 0;
}

/* Contexts. */
void sim_might_sleep(const char *where)
{
	const struct task_struct *task = current;

	if (task->preempt || task->spinlocks || task->irqs_off || task->in_irq || task->rcu)
		sim_bug("%s() sleeps: preempt %d, spinlocks %d, irqs_off %d, in_irq %d, rcu %d",
			where, task->preempt, task->spinlocks, task->irqs_off, task->in_irq,
			task->rcu);
}

/* PREEMPT_RT forbids allocation with preemption off, and of pages also under a spinlock. */
void sim_assert_may_allocate(gfp_t gfp, bool pages)
{
	const struct task_struct *task = current;

	if (gfpflags_allow_blocking(gfp))
		sim_might_sleep("allocation");
	if (pages && task->spinlocks)
		sim_bug("pages are allocated or freed under a spinlock");
	if (!task->in_irq && task->preempt)
		sim_bug("memory is allocated or freed with preemption off");
}

void sim_resched(void)
{
	current->resched++;
	if (__atomic_load_n(&sim_threads, __ATOMIC_RELAXED) > 1)
		sched_yield();
}

/* Per-CPU memory. */
void *sim_alloc_percpu(size_t size)
{
	size_t bytes = (size_t)nr_cpu_ids * SIM_PERCPU_STRIDE;
	char *p;
	int cpu;

	might_sleep();
	if (size > SIM_PERCPU_STRIDE)
		sim_bug("per-CPU allocation of %zu bytes", size);
	p = sim_fail_now(GFP_KERNEL) ? NULL : sim_host_alloc(64, bytes);
	if (!p)
		return NULL;
	for_each_possible_cpu(cpu) {
		char *unit = per_cpu_ptr(p, cpu);

		memset(unit, 0, size);
		sim_poison(unit + size, SIM_PERCPU_STRIDE - size);
	}
	sim_count(sim_usage.percpu, 1);
	return p;
}

void free_percpu(void *p)
{
	if (!p)
		return;
	sim_unpoison(p, (size_t)nr_cpu_ids * SIM_PERCPU_STRIDE);
	sim_count(sim_usage.percpu, -1);
	sim_host_free(p);
}

/* Return: whether the attempt to take @mutex failed. */
static bool sim_try_fails(pthread_mutex_t *mutex)
{
	return (sim_contended && sim_random() % 2) || pthread_mutex_trylock(mutex);
}

/* Spinlocks. */
void spin_lock_init(spinlock_t *lock)
{
	pthread_mutex_init(&lock->mutex, NULL);
	lock->owner = NULL;
}

void spin_lock(spinlock_t *lock)
{
	if (__atomic_load_n(&lock->owner, __ATOMIC_RELAXED) == current)
		sim_bug("spinlock is taken twice");
	pthread_mutex_lock(&lock->mutex);
	__atomic_store_n(&lock->owner, current, __ATOMIC_RELAXED);
	current->spinlocks++;
	current->locked++;
}

bool spin_trylock(spinlock_t *lock)
{
	if (sim_try_fails(&lock->mutex))
		return false;
	__atomic_store_n(&lock->owner, current, __ATOMIC_RELAXED);
	current->spinlocks++;
	current->locked++;
	return true;
}

void spin_unlock(spinlock_t *lock)
{
	if (lock->owner != current)
		sim_bug("spinlock is not held");
	__atomic_store_n(&lock->owner, NULL, __ATOMIC_RELAXED);
	current->spinlocks--;
	pthread_mutex_unlock(&lock->mutex);
}

/* Mutexes. */
void mutex_init(struct mutex *lock)
{
	pthread_mutex_init(&lock->mutex, NULL);
	lock->owner = NULL;
}

void mutex_destroy(struct mutex *lock)
{
	if (lock->owner)
		sim_bug("mutex is held");
	pthread_mutex_destroy(&lock->mutex);
}

void mutex_lock(struct mutex *lock)
{
	might_sleep();
	if (__atomic_load_n(&lock->owner, __ATOMIC_RELAXED) == current)
		sim_bug("mutex is taken twice");
	pthread_mutex_lock(&lock->mutex);
	__atomic_store_n(&lock->owner, current, __ATOMIC_RELAXED);
}

bool mutex_trylock(struct mutex *lock)
{
	if (current->in_irq)
		sim_bug("%s() in an interrupt", __func__);
	if (sim_try_fails(&lock->mutex))
		return false;
	__atomic_store_n(&lock->owner, current, __ATOMIC_RELAXED);
	return true;
}

void mutex_unlock(struct mutex *lock)
{
	if (lock->owner != current)
		sim_bug("mutex is not held");
	__atomic_store_n(&lock->owner, NULL, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&lock->mutex);
}
