/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Time, deferred work and RCU. Time stands still until a test program advances it. Work
 * runs in a thread that waits for it, in sim_run_work(), and in worker threads if there
 * are any.
 */
#ifndef SIM_WORK_H
#define SIM_WORK_H

#include "cpu.h"
#include "list.h"

#define HZ			1000
unsigned long sim_jiffies(void);
#define jiffies			sim_jiffies()
#define msecs_to_jiffies(ms)	((unsigned long)(ms) * HZ / 1000)
#define jiffies_to_msecs(j)	((unsigned int)((j) * 1000 / HZ))
#define time_after(a, b)	((long)((b) - (a)) < 0)
#define time_before(a, b)	time_after(b, a)
#define time_after_eq(a, b)	((long)((a) - (b)) >= 0)
#define time_before_eq(a, b)	time_after_eq(b, a)
#define time_in_range_open(a, b, c)	(time_after_eq(a, b) && time_before(a, c))
#define ktime_get_ns()		((u64)jiffies * 1000000)
#define ktime_get()		((s64)ktime_get_ns())
#define local_clock()		ktime_get_ns()

struct work_struct;
typedef void (*work_func_t)(struct work_struct *work);

struct workqueue_struct {
	const char *name;
};

struct work_struct {
	struct list_head entry;
	work_func_t func;
	struct workqueue_struct *wq;
	int cpu;
	bool pending;
};

/* @expires is valid while the work is on the list of timers. */
struct delayed_work {
	struct work_struct work;
	struct list_head timer;
	unsigned long expires;
};

#define WORK_CPU_UNBOUND	NR_CPUS
#define WQ_MEM_RECLAIM		0
#define WQ_UNBOUND		0
#define WQ_PERCPU		0
#define SIM_WORK_INIT(name, fn) \
	{ .entry = LIST_HEAD_INIT((name).entry), .func = (fn) }
#define DECLARE_WORK(name, fn)	struct work_struct name = SIM_WORK_INIT(name, fn)
#define DECLARE_DELAYED_WORK(name, fn)						\
	struct delayed_work name = {						\
		.work = SIM_WORK_INIT((name).work, fn),				\
		.timer = LIST_HEAD_INIT((name).timer),				\
	}
#define INIT_WORK(w, fn)	(*(w) = (struct work_struct)SIM_WORK_INIT(*(w), fn))
#define INIT_DELAYED_WORK(w, fn) \
	do { INIT_WORK(&(w)->work, fn); INIT_LIST_HEAD(&(w)->timer); } while (0)
#define to_delayed_work(w)	container_of(w, struct delayed_work, work)

struct workqueue_struct *alloc_workqueue(const char *name, unsigned int flags, int max, ...);
void destroy_workqueue(struct workqueue_struct *wq);
extern struct workqueue_struct *system_wq;
bool queue_work_on(int cpu, struct workqueue_struct *wq, struct work_struct *work);
bool queue_delayed_work(struct workqueue_struct *wq, struct delayed_work *work,
			unsigned long delay);
bool mod_delayed_work(struct workqueue_struct *wq, struct delayed_work *work,
		      unsigned long delay);
bool flush_work(struct work_struct *work);
bool flush_delayed_work(struct delayed_work *work);
bool cancel_work_sync(struct work_struct *work);
bool cancel_delayed_work_sync(struct delayed_work *work);
#define queue_work(wq, work)	queue_work_on(WORK_CPU_UNBOUND, wq, work)
#define schedule_work(work)	queue_work(system_wq, work)
#define schedule_delayed_work(work, delay)	queue_delayed_work(system_wq, work, delay)
#define flush_workqueue(wq)	sim_flush_workqueue(wq)
void sim_flush_workqueue(struct workqueue_struct *wq);
bool work_pending(struct work_struct *work);

/* An irq_work interrupt comes in when time advances or work runs. */
struct irq_work {
	struct work_struct work;
	void (*func)(struct irq_work *work);
};

void sim_irq_work(struct work_struct *work);
#define IRQ_WORK_INIT_HARD(fn) \
	(struct irq_work){ .work = { .func = sim_irq_work }, .func = (fn) }
bool irq_work_queue(struct irq_work *work);
void irq_work_sync(struct irq_work *work);

/* RCU: readers hold a read lock. A grace period ends when the lock was free once. */
struct rcu_head {
	struct rcu_head *next;
	void (*func)(struct rcu_head *head);
};

#define callback_head		rcu_head
typedef void (*rcu_callback_t)(struct rcu_head *head);

struct rcu_work {
	struct work_struct work;
	struct rcu_head rcu;
	struct workqueue_struct *wq;
	bool pending;
};

#define INIT_RCU_WORK(w, fn) \
	do { INIT_WORK(&(w)->work, fn); (w)->pending = false; } while (0)
#define to_rcu_work(w)		container_of(w, struct rcu_work, work)
void rcu_read_lock(void);
void rcu_read_unlock(void);
void synchronize_rcu(void);
void call_rcu(struct rcu_head *head, rcu_callback_t func);
void rcu_barrier(void);
unsigned long start_poll_synchronize_rcu(void);
struct rcu_gp_oldstate {
	unsigned long cookie;
};

void get_state_synchronize_rcu_full(struct rcu_gp_oldstate *state);
bool poll_state_synchronize_rcu_full(const struct rcu_gp_oldstate *state);
bool queue_rcu_work(struct workqueue_struct *wq, struct rcu_work *work);
bool flush_rcu_work(struct rcu_work *work);
#define rcu_read_lock_held()	(current->rcu)
#define rcu_assign_pointer(p, v)	smp_store_release(&(p), v)
#define rcu_dereference(p)	smp_load_acquire(&(p))

/* Types that compat.h needs for the KUnit suites. */
enum hrtimer_restart { HRTIMER_NORESTART, HRTIMER_RESTART };
enum hrtimer_mode { HRTIMER_MODE_REL };
#define CLOCK_MONOTONIC	1
struct hrtimer {
	enum hrtimer_restart (*function)(struct hrtimer *timer);
};
#define hrtimer_init(timer, clock, mode)	((void)(mode))
#define hrtimer_setup(timer, fn, clock, mode)	((void)(mode))

#endif /* SIM_WORK_H */
