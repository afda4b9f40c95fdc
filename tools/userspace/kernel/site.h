/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Places where the module allocates: each counts its calls and those made to fail. For the
 * module's own files only.
 */
#ifndef SIM_SITE_H
#define SIM_SITE_H

#include "harness.h"

/* The linker makes an array of the pointers, also of places that never run. */
#define SIM_SITE(function, args...)						\
({										\
	static struct sim_site __site = {					\
		.file = __FILE__, .line = __LINE__, .call = #function,		\
	};									\
	static struct sim_site *volatile __entry				\
		__attribute__((section("sim_sites"))) = &__site;		\
	struct sim_site *__outer = current->site;				\
										\
	current->site = __entry;						\
	typeof(function(args)) __got = function(args);				\
	current->site = __outer;						\
	__got;									\
})

#define alloc_pages_node(args...)	SIM_SITE(alloc_pages_node, args)
#define kmalloc_node(args...)		SIM_SITE(kmalloc_node, args)
#define krealloc(args...)		SIM_SITE(krealloc, args)
#define __vmalloc(args...)		SIM_SITE(__vmalloc, args)
#define sim_alloc_percpu(args...)	SIM_SITE(sim_alloc_percpu, args)
#define stack_depot_init()		SIM_SITE(stack_depot_init)
#define stack_depot_save(args...)	SIM_SITE(stack_depot_save, args)
#define alloc_workqueue(args...)	SIM_SITE(alloc_workqueue, args)
#define shrinker_alloc(args...)		SIM_SITE(shrinker_alloc, args)
#define cpuhp_setup_state_nocalls(args...)	SIM_SITE(cpuhp_setup_state_nocalls, args)
#define debugfs_create_dir(args...)	SIM_SITE(debugfs_create_dir, args)
#define debugfs_create_file(args...)	SIM_SITE(debugfs_create_file, args)
#define seq_open(args...)		SIM_SITE(seq_open, args)
#define single_open(args...)		SIM_SITE(single_open, args)
#define __seq_open_private(args...)	SIM_SITE(__seq_open_private, args)

#endif /* SIM_SITE_H */
