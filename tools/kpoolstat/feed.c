// SPDX-License-Identifier: GPL-2.0
/* Sources of samples, and the time between samples. */
#include <errno.h>
#include <signal.h>
#include <time.h>

#include "feed.h"
#include "util.h"

static sigset_t held;

void feed_open(struct feed *feed, const char *root, const char *slabinfo, const char *replay)
{
	*feed = (struct feed){ .root = root, .slabinfo = slabinfo };
	if (replay)
		feed->rec = recording_open(replay);
}

void feed_close(struct feed *feed)
{
	recording_close(feed->rec);
	feed->rec = NULL;
}

struct sample *feed_next(struct feed *feed, unsigned int want)
{
	if (!feed->rec)
		return sample_parse(snapshot_read(feed->root, feed->slabinfo, want));
	if (feed->next == recording_samples(feed->rec))
		return NULL;
	return sample_parse(recording_read(feed->rec, feed->next++));
}

void feed_hold_signals(void)
{
	sigemptyset(&held);
	sigaddset(&held, SIGINT);
	sigaddset(&held, SIGTERM);
	sigaddset(&held, SIGHUP);
	sigprocmask(SIG_BLOCK, &held, NULL);
}

bool feed_wait(const struct feed *feed, unsigned long long start, unsigned long long nr,
	       double interval)
{
	unsigned long long due = start + nr * interval * NSEC_PER_SEC, now;
	struct timespec left;
	int got;

	do {
		now = clock_ns(CLOCK_MONOTONIC);
		left = (struct timespec){ 0 };
		if (!feed->rec && due > now) {
			left.tv_sec = (due - now) / NSEC_PER_SEC;
			left.tv_nsec = (due - now) % NSEC_PER_SEC;
		}
		got = sigtimedwait(&held, NULL, &left);
	} while (got < 0 && errno == EINTR);	/* stopped and continued */
	return got < 0;
}
