// SPDX-License-Identifier: GPL-2.0
/*
 * Time, work items, RCU.
 *
 * A queued work item runs in a worker thread, in a thread that waits for it, or in
 * sim_run_work(), whichever comes first. It never runs twice at the same time.
 */

#include "internal.h"

/* A running work item, on the stack of the thread that runs it. */
struct sim_run {
	struct list_head list;
	struct work_struct *work;
	work_func_t func;
};

static LIST_HEAD(sim_queue);
static LIST_HEAD(sim_running);
static LIST_HEAD(sim_timers);
static pthread_mutex_t sim_work_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t sim_work_cond = PTHREAD_COND_INITIALIZER;
static unsigned long sim_now = 1000;
static struct workqueue_struct sim_system_wq = { .name = "system" };
struct workqueue_struct *system_wq = &sim_system_wq;

unsigned long sim_jiffies(void)
{
	return __atomic_load_n(&sim_now, __ATOMIC_RELAXED);
}

struct workqueue_struct *alloc_workqueue(const char *name, unsigned int flags, int max, ...)
{
	struct workqueue_struct *wq = kmalloc(sizeof(*wq), GFP_KERNEL);

	if (wq)
		wq->name = name;
	return wq;
}

/* Caller of the functions below holds sim_work_lock. */
static bool sim_is_running(const struct work_struct *work)
{
	struct sim_run *run;

	list_for_each_entry(run, &sim_running, list)
		if (run->work == work)
			return true;
	return false;
}

static bool sim_enqueue(int cpu, struct workqueue_struct *wq, struct work_struct *work)
{
	if (work->pending)
		return false;
	work->pending = true;
	work->wq = wq;
	work->cpu = cpu;
	list_add_tail(&work->entry, &sim_queue);
	pthread_cond_broadcast(&sim_work_cond);
	return true;
}

static bool sim_dequeue(struct work_struct *work)
{
	if (!work->pending)
		return false;
	list_del_init(&work->entry);
	work->pending = false;
	return true;
}

static void sim_call(void *arg)
{
	struct sim_run *run = arg;

	run->func(run->work);
}

/* Run a queued item, which may free itself. Drops sim_work_lock while the item runs. */
static void sim_run(struct work_struct *work)
{
	struct sim_run run = { .work = work, .func = work->func };
	int cpu = work->cpu;

	sim_dequeue(work);
	list_add(&run.list, &sim_running);
	sim_unlock(&sim_work_lock);
	sim_cpu_run(cpu, sim_call, &run);
	sim_lock(&sim_work_lock);
	list_del(&run.list);
	pthread_cond_broadcast(&sim_work_cond);
}

/* The first queued item that can run; with @wq, of that queue only. */
static struct work_struct *sim_first(struct workqueue_struct *wq)
{
	struct work_struct *work;

	list_for_each_entry(work, &sim_queue, entry)
		if ((!wq || work->wq == wq) && !sim_is_running(work))
			return work;
	return NULL;
}

static bool sim_wait(struct work_struct *work)
{
	bool waited = false;

	while (work->pending || sim_is_running(work)) {
		waited = true;
		if (work->pending && !sim_is_running(work))
			sim_run(work);
		else
			pthread_cond_wait(&sim_work_cond, &sim_work_lock);
	}
	return waited;
}

/* The functions below take sim_work_lock themselves. */
bool queue_work_on(int cpu, struct workqueue_struct *wq, struct work_struct *work)
{
	bool queued;

	sim_lock(&sim_work_lock);
	queued = sim_enqueue(cpu, wq, work);
	sim_unlock(&sim_work_lock);
	return queued;
}

bool flush_work(struct work_struct *work)
{
	bool waited;

	might_sleep();
	sim_lock(&sim_work_lock);
	waited = sim_wait(work);
	sim_unlock(&sim_work_lock);
	return waited;
}

bool cancel_work_sync(struct work_struct *work)
{
	bool was;

	might_sleep();
	sim_lock(&sim_work_lock);
	was = sim_dequeue(work);
	sim_wait(work);
	sim_unlock(&sim_work_lock);
	return was;
}

bool work_pending(struct work_struct *work)
{
	bool pending;

	sim_lock(&sim_work_lock);
	pending = work->pending;
	sim_unlock(&sim_work_lock);
	return pending;
}

void sim_flush_workqueue(struct workqueue_struct *wq)
{
	struct work_struct *work;

	sim_lock(&sim_work_lock);
	while ((work = sim_first(wq)))
		sim_run(work);
	sim_unlock(&sim_work_lock);
}

void destroy_workqueue(struct workqueue_struct *wq)
{
	sim_flush_workqueue(wq);
	kfree(wq);
}

bool queue_delayed_work(struct workqueue_struct *wq, struct delayed_work *work,
			unsigned long delay)
{
	bool queued = false;

	if (current->freeing)
		sim_bug("a free arms a timer");
	sim_lock(&sim_work_lock);
	if (!work->work.pending && list_empty(&work->timer)) {
		queued = true;
		work->work.wq = wq;
		work->expires = sim_jiffies() + delay;
		if (delay)
			list_add_tail(&work->timer, &sim_timers);
		else
			sim_enqueue(WORK_CPU_UNBOUND, wq, &work->work);
	}
	sim_unlock(&sim_work_lock);
	return queued;
}

/* Remove @work from the timers. Return: whether it was there. */
static bool sim_untime(struct delayed_work *work)
{
	bool was;

	sim_lock(&sim_work_lock);
	was = !list_empty(&work->timer);
	list_del_init(&work->timer);
	sim_unlock(&sim_work_lock);
	return was;
}

bool mod_delayed_work(struct workqueue_struct *wq, struct delayed_work *work,
		      unsigned long delay)
{
	bool was = sim_untime(work);

	queue_delayed_work(wq, work, delay);
	return was;
}

bool flush_delayed_work(struct delayed_work *work)
{
	if (sim_untime(work))
		queue_work(work->work.wq, &work->work);
	return flush_work(&work->work);
}

bool cancel_delayed_work_sync(struct delayed_work *work)
{
	bool was = sim_untime(work);

	/* While it runs, the item may restart its timer. */
	do
		was |= cancel_work_sync(&work->work);
	while (sim_untime(work));
	return was;
}

/* irq_work runs as a work item of a queue that only these functions wait for. */
static struct workqueue_struct sim_irq_wq = { .name = "irq_work" };

void sim_irq_work(struct work_struct *work)
{
	struct irq_work *irq_work = container_of(work, struct irq_work, work);

	preempt_disable();
	current->in_irq++;
	irq_work->func(irq_work);
	current->in_irq--;
	preempt_enable();
}

bool irq_work_queue(struct irq_work *work)
{
	return queue_work(&sim_irq_wq, &work->work);
}

void irq_work_sync(struct irq_work *work)
{
	flush_work(&work->work);
}

/* RCU. */
static pthread_rwlock_t sim_rcu_readers = PTHREAD_RWLOCK_INITIALIZER;
static pthread_mutex_t sim_rcu_lock = PTHREAD_MUTEX_INITIALIZER;	/* protects the list */
static pthread_mutex_t sim_rcu_mutex = PTHREAD_MUTEX_INITIALIZER;	/* held for callbacks */
static struct rcu_head *sim_rcu_first, **sim_rcu_last = &sim_rcu_first;

void rcu_read_lock(void)
{
	if (!current->rcu++)
		pthread_rwlock_rdlock(&sim_rcu_readers);
}

void rcu_read_unlock(void)
{
	if (!--current->rcu)
		pthread_rwlock_unlock(&sim_rcu_readers);
}

/* Number of grace periods begun, and the last one that is over. */
static unsigned long sim_rcu_begun, sim_rcu_over;

static unsigned long sim_rcu_begin(void)
{
	return __atomic_add_fetch(&sim_rcu_begun, 1, __ATOMIC_SEQ_CST);
}

static void sim_rcu_end(unsigned long period)
{
	unsigned long over = __atomic_load_n(&sim_rcu_over, __ATOMIC_SEQ_CST);

	pthread_rwlock_unlock(&sim_rcu_readers);
	while (over < period &&
	       !__atomic_compare_exchange_n(&sim_rcu_over, &over, period, false,
					    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		;
}

/* Wait until all current readers have left. */
static void sim_rcu_wait(void)
{
	unsigned long period = sim_rcu_begin();

	pthread_rwlock_wrlock(&sim_rcu_readers);
	sim_rcu_end(period);
}

void synchronize_rcu(void)
{
	might_sleep();
	sim_rcu_wait();
}

/* The caller must wait until the next grace period to begin is over. */
void get_state_synchronize_rcu_full(struct rcu_gp_oldstate *state)
{
	state->cookie = __atomic_load_n(&sim_rcu_begun, __ATOMIC_SEQ_CST) + 1;
}

/* Without readers, the grace period is over at once; else a later one must end. */
unsigned long start_poll_synchronize_rcu(void)
{
	unsigned long period = sim_rcu_begin();

	if (!pthread_rwlock_trywrlock(&sim_rcu_readers))
		sim_rcu_end(period);
	return period;
}

bool poll_state_synchronize_rcu_full(const struct rcu_gp_oldstate *state)
{
	return __atomic_load_n(&sim_rcu_over, __ATOMIC_SEQ_CST) >= state->cookie;
}

void call_rcu(struct rcu_head *head, rcu_callback_t func)
{
	head->func = func;
	head->next = NULL;
	sim_lock(&sim_rcu_lock);
	*sim_rcu_last = head;
	sim_rcu_last = &head->next;
	sim_unlock(&sim_rcu_lock);
}

/* Wait for a grace period, and call the callbacks that were queued before. */
void rcu_barrier(void)
{
	struct rcu_head *head, *next;

	might_sleep();
	sim_lock(&sim_rcu_mutex);
	sim_lock(&sim_rcu_lock);
	head = sim_rcu_first;
	sim_rcu_first = NULL;
	sim_rcu_last = &sim_rcu_first;
	sim_unlock(&sim_rcu_lock);
	sim_rcu_wait();
	for (; head; head = next) {
		next = head->next;
		head->func(head);
	}
	sim_unlock(&sim_rcu_mutex);
}

static void sim_rcu_work(struct rcu_head *head)
{
	struct rcu_work *work = container_of(head, struct rcu_work, rcu);

	sim_lock(&sim_work_lock);
	work->pending = false;
	sim_enqueue(WORK_CPU_UNBOUND, work->wq, &work->work);
	sim_unlock(&sim_work_lock);
}

bool queue_rcu_work(struct workqueue_struct *wq, struct rcu_work *work)
{
	bool queue;

	sim_lock(&sim_work_lock);
	queue = !work->pending && !work->work.pending;
	if (queue) {
		work->pending = true;
		work->wq = wq;
	}
	sim_unlock(&sim_work_lock);
	if (queue)
		call_rcu(&work->rcu, sim_rcu_work);
	return queue;
}

bool flush_rcu_work(struct rcu_work *work)
{
	bool pending;

	sim_lock(&sim_work_lock);
	pending = work->pending;
	sim_unlock(&sim_work_lock);
	if (pending)
		rcu_barrier();
	return flush_work(&work->work) || pending;
}

/* Functions for test programs. */
unsigned long sim_run_work(void)
{
	struct work_struct *work;
	unsigned long nr = 0;

	rcu_barrier();
	sim_lock(&sim_work_lock);
	for (; nr < 1000 && (work = sim_first(NULL)); nr++)
		sim_run(work);
	sim_unlock(&sim_work_lock);
	return nr;
}

void sim_advance(unsigned long delta)
{
	struct delayed_work *work, *next;

	sim_flush_workqueue(&sim_irq_wq);
	sim_lock(&sim_work_lock);
	__atomic_add_fetch(&sim_now, delta, __ATOMIC_RELAXED);
	list_for_each_entry_safe(work, next, &sim_timers, timer) {
		if (time_before(sim_jiffies(), work->expires))
			continue;
		list_del_init(&work->timer);
		sim_enqueue(WORK_CPU_UNBOUND, work->work.wq, &work->work);
	}
	sim_unlock(&sim_work_lock);
}

/* Worker threads; one of them also advances the time. */
static pthread_t sim_worker[NR_CPUS + 1];
static unsigned int sim_nr_workers;
static bool sim_workers_end;

static void *sim_worker_main(void *unused)
{
	struct work_struct *work;

	sim_thread_start(0, true);
	sim_lock(&sim_work_lock);
	while (!__atomic_load_n(&sim_workers_end, __ATOMIC_RELAXED)) {
		work = sim_first(NULL);
		if (work)
			sim_run(work);
		else
			pthread_cond_wait(&sim_work_cond, &sim_work_lock);
	}
	sim_unlock(&sim_work_lock);
	return NULL;
}

static void *sim_clock_main(void *unused)
{
	sim_thread_start(0, true);
	while (!__atomic_load_n(&sim_workers_end, __ATOMIC_RELAXED)) {
		usleep(1000);
		sim_advance(1);
		rcu_barrier();
	}
	return NULL;
}

void sim_workers_start(unsigned int nr)
{
	unsigned int i;

	sim_workers_end = false;
	sim_nr_workers = nr + 1;
	for (i = 0; i <= nr; i++)
		if (pthread_create(&sim_worker[i], NULL, i < nr ? sim_worker_main : sim_clock_main,
				   NULL))
			sim_bug("no thread");
}

void sim_workers_stop(void)
{
	unsigned int i;

	sim_lock(&sim_work_lock);
	__atomic_store_n(&sim_workers_end, true, __ATOMIC_RELAXED);
	pthread_cond_broadcast(&sim_work_cond);
	sim_unlock(&sim_work_lock);
	for (i = 0; i < sim_nr_workers; i++)
		pthread_join(sim_worker[i], NULL);
	sim_nr_workers = 0;
}
