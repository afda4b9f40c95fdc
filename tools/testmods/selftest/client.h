/* SPDX-License-Identifier: GPL-2.0 */
/* Shared by the files of the client: cases, checks, contents, random sizes. */
#ifndef KPOOL_CLIENT_H
#define KPOOL_CLIENT_H

#include <linux/hrtimer.h>
#include <linux/prandom.h>
#include <linux/printk.h>
#include <linux/types.h>

#include <kpool.h>

/**
 * struct client_case - a case of the self-test
 * @name: as printed; NULL ends a list of cases
 * @run: calls client_expect() and frees all that it allocates
 */
struct client_case {
	const char *name;
	void (*run)(void);
};

#define CLIENT_CASE(function)	{ .name = #function, .run = (function) }

extern const struct client_case client_size_cases[];
extern const struct client_case client_api_cases[];
extern const struct client_case client_heap_cases[];
extern const struct client_case client_context_cases[];
extern const struct client_case client_phase_cases[];

/* Module parameters. */
extern unsigned int client_phase_mib;
extern u64 client_seed;

/*
 * Check a condition, in any context. The case continues after a failure, so that
 * it frees what it holds. Return: whether the condition is true.
 */
#define client_expect(cond)	client_verdict(!!(cond), #cond, __func__, __LINE__)
bool client_verdict(bool ok, const char *what, const char *func, int line);

/* Report that the running case cannot run here. */
void client_skip(const char *reason);

/* Print a line for readers of the log, which parsers ignore. */
#define client_note(fmt, ...)	pr_info("# " fmt "\n", ##__VA_ARGS__)

/* Check the identities of the statistics and all invariants; NULL: default heap. */
void client_expect_sane(struct kpool_heap *heap);

/* Fill a block so that client_intact() recognises its contents, or the start of them. */
void client_fill(void *p, size_t size, u32 tag);
bool client_intact(const void *p, size_t size, u32 tag);

/* A reproducible sequence; each @stream gives another sequence of the seed. */
void client_random_init(struct rnd_state *rnd, unsigned int stream);
u32 client_random(struct rnd_state *rnd, u32 below);
size_t client_random_size(struct rnd_state *rnd);

/* Set up a timer on the monotonic clock, on all kernel versions. */
void client_timer_setup(struct hrtimer *timer, enum hrtimer_mode mode,
			enum hrtimer_restart (*function)(struct hrtimer *));

int client_account_start(unsigned int mib);
void client_account_stop(void);

int client_hand_over(void);

#endif /* KPOOL_CLIENT_H */
