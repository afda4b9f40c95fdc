/* SPDX-License-Identifier: GPL-2.0 */
/* Depots: exchange of whole magazines between the CPUs of a node, and the size of magazines. */
#ifndef KPOOL_DEPOT_H
#define KPOOL_DEPOT_H

#include "types.h"

/* Magazines grow if a depot's lock was not free this many times in a trim interval. */
#define KPOOL_DEPOT_CONTENDED	16

unsigned int kpool_magazine_capacity(unsigned int class);

struct kpool_magazine *kpool_depot_get_empty(struct kpool_heap *heap, unsigned int class,
					     gfp_t gfp);
void kpool_depot_put_empty(struct kpool_heap *heap, unsigned int class,
			   struct kpool_magazine *mag);
struct kpool_magazine *kpool_depot_get_full(struct kpool_heap *heap, unsigned int class);
struct kpool_magazine *kpool_depot_put_full(struct kpool_heap *heap, unsigned int class,
					    struct kpool_magazine *mag);
void kpool_depot_delete(struct kpool_heap *heap, struct kpool_magazine *mag);
void kpool_depot_empty(struct kpool_heap *heap, unsigned int class, struct kpool_magazine *mag);
bool kpool_depot_trim(struct kpool_heap *heap, struct kpool_depot *depot, unsigned int class,
		      bool all);
bool kpool_depot_trim_all(struct kpool_node *node, bool all);
bool kpool_depot_scavenge(struct kpool_node *node);

#endif /* KPOOL_DEPOT_H */
