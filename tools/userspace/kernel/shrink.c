// SPDX-License-Identifier: GPL-2.0
/* Memory pressure. */
#include "internal.h"

static struct shrinker *sim_shrinkers;
static pthread_rwlock_t sim_shrinker_lock = PTHREAD_RWLOCK_INITIALIZER;
static __thread bool sim_reclaiming;

struct shrinker *shrinker_alloc(unsigned int flags, const char *fmt, ...)
{
	return kzalloc(sizeof(struct shrinker), GFP_KERNEL);
}

void shrinker_register(struct shrinker *shrinker)
{
	pthread_rwlock_wrlock(&sim_shrinker_lock);
	shrinker->next = sim_shrinkers;
	sim_shrinkers = shrinker;
	pthread_rwlock_unlock(&sim_shrinker_lock);
}

void shrinker_free(struct shrinker *shrinker)
{
	struct shrinker **link = &sim_shrinkers;

	pthread_rwlock_wrlock(&sim_shrinker_lock);
	while (*link != shrinker)
		link = &(*link)->next;
	*link = shrinker->next;
	pthread_rwlock_unlock(&sim_shrinker_lock);
	kfree(shrinker);
}

unsigned long sim_reclaim(unsigned long pages)
{
	struct shrink_control sc = { .gfp_mask = GFP_KERNEL, .nr_to_scan = pages };
	struct shrinker *shrinker;
	unsigned long nr, sum = 0;

	might_sleep();
	pthread_rwlock_rdlock(&sim_shrinker_lock);
	sim_reclaiming = true;
	for (shrinker = sim_shrinkers; shrinker; shrinker = shrinker->next) {
		nr = shrinker->count_objects(shrinker, &sc);
		if (!nr || nr == SHRINK_EMPTY)
			continue;
		nr = shrinker->scan_objects(shrinker, &sc);
		sum += nr == SHRINK_STOP ? 0 : nr;
	}
	sim_reclaiming = false;
	pthread_rwlock_unlock(&sim_shrinker_lock);
	return sum;
}

/* After a failed allocation: call shrinkers if the request may sleep. */
bool sim_reclaim_for(gfp_t gfp)
{
	if (!gfpflags_allow_blocking(gfp) || sim_reclaiming)
		return false;
	return sim_reclaim(32);
}
