/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The table of programs that misuse a heap, and what must come of each: on a normal heap, on a
 * debug heap, and on a normal heap of a kernel with KASAN. Documentation/misuse.rst explains the
 * words. struct misuse_program in misuse.h has the other fields.
 *
 * The rows make an array of struct misuse_program. A file that wants something else defines first
 * what a row is for it, by these names:
 *
 *   MISUSE_GROUP   the rows from here on are of this kind
 *   MISUSE         all runners can run the program
 *   MISUSE_AS      runs the program of the second name, in another way
 *   MISUSE_KERNEL  needs a kernel
 *   MISUSE_ROUGH   leaves memory behind: a guest or process is thrown away after it
 *   MISUSE_GUEST   needs a guest of its own: pages, CPUs, or a sanitizer that may report
 */

#ifndef MISUSE_GROUP
#define MISUSE_GROUP(text)
#endif
#ifndef MISUSE
#define MISUSE		MISUSE_ROW
#endif
#ifndef MISUSE_AS
#define MISUSE_AS	MISUSE_ROW_AS
#endif
#ifndef MISUSE_KERNEL
#define MISUSE_KERNEL	MISUSE
#endif
#ifndef MISUSE_ROUGH
#define MISUSE_ROUGH	MISUSE
#endif
#ifndef MISUSE_GUEST
#define MISUSE_GUEST	MISUSE
#endif

MISUSE_GROUP("Double free")
MISUSE(double_free, "twice in a row", AT_ONCE, AT_ONCE, AT_ONCE, .says = "double free",
	.vary = MISUSE_SIZES | MISUSE_FREES | MISUSE_LATE | MISUSE_REFUSED,
	.sanitizer = "slab-use-after-free in kpool_heap_free")
MISUSE_AS(double_free_any, double_free, "then by kpool_free()", AT_ONCE, AT_ONCE, AT_ONCE,
	.sanitizer = "slab-use-after-free in kpool_free", .again = MISUSE_ANY)
MISUSE_AS(double_free_any_bulk, double_free, "then by kpool_free_bulk()", AT_ONCE, AT_ONCE,
	AT_ONCE, .sanitizer = "slab-use-after-free in kpool_free_bulk",
	.again = MISUSE_ANY_BULK, .unlisted = true)
MISUSE(double_free_between, "another free between", ON_DRAIN TWO_OWNERS, AT_ONCE, AT_ONCE,
	.says = "double free")
MISUSE(double_free_many_between, "70 frees between", ON_DRAIN TWO_OWNERS, AT_ONCE, AT_ONCE,
	.says = "double free")
MISUSE(double_free_drained, "magazines drained between", ON_FREE TWO_OWNERS, AT_ONCE, AT_ONCE,
	.says = "double free")
MISUSE_GUEST(double_free_other_cpu, "then on another CPU", ON_DRAIN TWO_OWNERS, AT_ONCE, AT_ONCE)
MISUSE_GUEST(double_free_race, "on two CPUs at a time", ON_DRAIN TWO_OWNERS, AT_ONCE,
	ON_FREE TWO_OWNERS, .rounds = MISUSE_RACES)
MISUSE(double_free_reused, "the block is another's by then", ON_FREE TWO_OWNERS,
	ON_FREE TWO_OWNERS, ON_REUSE TWO_OWNERS)
MISUSE(double_free_recycled, "its pool is another class's by then", ON_FREE TWO_OWNERS, AT_ONCE,
	ON_REUSE TWO_OWNERS)
MISUSE_GUEST(double_free_returned, "its page is another's by then", AT_ONCE, AT_ONCE, AT_ONCE)
MISUSE_GUEST(double_free_released, "its arena is another's by then", AT_ONCE, AT_ONCE, AT_ONCE)
MISUSE(double_free_bulk, "twice in one bulk", ON_DRAIN TWO_OWNERS, AT_ONCE, AT_ONCE,
	.says = "double free", .sanitizer = "slab-use-after-free in kpool_heap_free_bulk")
MISUSE_AS(double_free_sized, double_free, "then with its size", AT_ONCE, AT_ONCE, AT_ONCE,
	.sanitizer = "slab-use-after-free in kpool_heap_free_sized", .again = MISUSE_HEAP_SIZED)
MISUSE_AS(double_free_sensitive, double_free, "then by kpool_free_sensitive()", AT_ONCE, AT_ONCE,
	AT_ONCE, .again = MISUSE_SENSITIVE)
MISUSE(double_free_moved, "realloc moved it, then the old one", AT_ONCE, AT_ONCE, AT_ONCE,
	.also = 2 * MISUSE_SIZE)
MISUSE(realloc_freed, "then grown by realloc", AT_ONCE, AT_ONCE, AT_ONCE, .also = 2 * MISUSE_SIZE,
	.says = "double free", .vary = MISUSE_SIZES | MISUSE_LATE | MISUSE_REFUSED,
	.sanitizer = "slab-use-after-free in kpool_heap_realloc")
MISUSE(realloc_freed_in_place, "then resized by realloc", ON_FREE TWO_OWNERS, AT_ONCE, AT_ONCE,
	.says = "double free", .vary = MISUSE_SIZES | MISUSE_LATE | MISUSE_REFUSED,
	.sanitizer = "slab-use-after-free in kpool_heap_realloc", .unlisted = true)
MISUSE(realloc_freed_to_nothing, "then by realloc to 0 bytes", AT_ONCE, AT_ONCE, AT_ONCE)
MISUSE(free_then_free_rcu, "then by kpool_free_rcu()", AT_ONCE, AT_ONCE, AT_ONCE)
MISUSE(free_rcu_then_free, "first by kpool_free_rcu()", AT_ONCE, AT_ONCE, AT_ONCE)
MISUSE(free_mightsleep_twice, "twice by kpool_free_rcu_mightsleep()", AT_ONCE, AT_ONCE, AT_ONCE)
MISUSE(double_free_large, "2000 bytes, kmalloc's", NOT_RUN, AT_ONCE, KASAN_AT_ONCE,
	.only = MISUSE_DEBUG_HEAP | MISUSE_KASAN)
MISUSE(double_free_huge, "20000 bytes, kmalloc's", AT_ONCE, AT_ONCE, AT_ONCE)

MISUSE_GROUP("Invalid free")
MISUSE(interior_1, "1 byte into an object", ON_DRAIN TWO_OWNERS, AT_ONCE, AT_ONCE,
	.says = "not the start of an object", .vary = MISUSE_SIZES | MISUSE_REFUSED)
MISUSE(interior_8, "8 bytes into an object", ON_DRAIN TWO_OWNERS, AT_ONCE, AT_ONCE,
	.says = "not the start of an object", .vary = MISUSE_SIZES, .sanitizer = "counted")
MISUSE(interior_half, "the middle of an object", ON_DRAIN TWO_OWNERS, AT_ONCE, AT_ONCE)
MISUSE(interior_last, "the last byte of an object", ON_DRAIN TWO_OWNERS, AT_ONCE, AT_ONCE,
	.says = "not the start of an object", .vary = MISUSE_SIZES)
MISUSE(before_8, "8 bytes before an object", ON_DRAIN TWO_OWNERS, AT_ONCE, AT_ONCE,
	.says = "not the start of an object", .vary = MISUSE_SIZES | MISUSE_BLOCKS)
MISUSE(before_1, "1 byte before an object", ON_DRAIN TWO_OWNERS, AT_ONCE, AT_ONCE,
	.says = "not the start of an object", .vary = MISUSE_SIZES | MISUSE_BLOCKS,
	.unlisted = true)
MISUSE(end_of_object, "the first byte after an object", ON_DRAIN TWO_OWNERS, AT_ONCE, AT_ONCE,
	.says = "not the start of an object", .vary = MISUSE_SIZES)
MISUSE_AS(interior_bulk, interior_8, "8 bytes into an object, in bulk", ON_DRAIN TWO_OWNERS,
	AT_ONCE, AT_ONCE, .again = MISUSE_HEAP_BULK)
MISUSE_AS(interior_sized, interior_8, "8 bytes into an object, with its size", ON_DRAIN TWO_OWNERS,
	AT_ONCE, AT_ONCE, .again = MISUSE_HEAP_SIZED)
MISUSE(interior_realloc, "8 bytes into an object, grown by realloc", ON_DRAIN TWO_OWNERS, AT_ONCE,
	AT_ONCE, .also = 2 * MISUSE_SIZE)
MISUSE(tail_of_pool, "behind the last block of a pool", ON_DRAIN TWO_OWNERS, AT_ONCE, AT_ONCE,
	.size = 200, .says = "that is no block", .vary = MISUSE_FREES)
MISUSE(arena_header, "an arena's header", AT_ONCE, AT_ONCE, AT_ONCE, .says = "that is no block",
	.vary = MISUSE_FREES)
MISUSE(cached_block, "a block that is free already", AT_ONCE, AT_ONCE, AT_ONCE)
MISUSE(never_allocated, "a block that was never handed out", ON_DRAIN TWO_OWNERS, AT_ONCE, AT_ONCE,
	.says = "that was never allocated", .vary = MISUSE_FREES)
MISUSE(free_pool, "a pool that is not in use", AT_ONCE, AT_ONCE, AT_ONCE,
	.says = "that is no block", .vary = MISUSE_FREES)
MISUSE(the_stack, "the stack", AT_ONCE, AT_ONCE, AT_ONCE)
MISUSE(static_data, "a module's data", AT_ONCE, AT_ONCE, AT_ONCE,
	.says = "that neither kpool nor kmalloc gave", .again = MISUSE_ANY)
MISUSE_AS(static_data_sized, static_data, "a module's data, with a size", ON_FREE, AT_ONCE,
	ON_FREE, .again = MISUSE_HEAP_SIZED)
MISUSE(static_data_realloc, "a module's data, grown by realloc", AT_ONCE, AT_ONCE, AT_ONCE)
MISUSE_AS(static_data_sensitive, static_data, "a module's data, by kpool_free_sensitive()",
	AT_ONCE, AT_ONCE, AT_ONCE, .again = MISUSE_SENSITIVE)
MISUSE_GUEST(kernel_data, "the kernel's data", AT_ONCE, AT_ONCE, AT_ONCE)
MISUSE(a_function, "a function", AT_ONCE, AT_ONCE, AT_ONCE, .again = MISUSE_ANY)
MISUSE_GUEST(vmalloc_memory, "vmalloc's memory", AT_ONCE, AT_ONCE, AT_ONCE)
MISUSE_KERNEL(a_page, "a page", AT_ONCE, AT_ONCE, AT_ONCE,
	.says = "that neither kpool nor kmalloc gave")
MISUSE_GUEST(page_interior, "128 bytes into a page", AT_ONCE, AT_ONCE, AT_ONCE)
MISUSE_GUEST(compound_page, "a compound page", UNDETECTED TAKEN, UNDETECTED TAKEN,
	UNDETECTED TAKEN)
MISUSE_GUEST(compound_interior, "128 bytes into a compound page", AT_ONCE, AT_ONCE, AT_ONCE)
MISUSE(small_integer, "a small number", AT_ONCE, AT_ONCE, AT_ONCE,
	.says = "that neither kpool nor kmalloc gave", .again = MISUSE_ANY)
MISUSE(error_pointer, "an error pointer", AT_ONCE, AT_ONCE, AT_ONCE, .again = MISUSE_ANY)
MISUSE(garbage, "0x4141... as a pointer", AT_ONCE, AT_ONCE, AT_ONCE, .again = MISUSE_ANY)
MISUSE_KERNEL(kmalloc_memory, "kmalloc's memory, to the heap", CONTAINED, AT_ONCE, CONTAINED,
	.says = "not the heap's, or free already", .vary = MISUSE_FREES | MISUSE_NAMED)
MISUSE_GUEST(kmalloc_interior, "8 bytes into kmalloc's memory", NOT_RUN, NOT_RUN, KASAN_AT_ONCE,
	.only = MISUSE_KASAN)

MISUSE_GROUP("Out of bounds")
MISUSE(right_1, "write of 1 byte right of an object", UNDETECTED OVERWRITTEN, ON_FREE,
	KASAN_AT_ONCE, .says = "red zone right of an object was overwritten", .vary = MISUSE_SIZES,
	.sanitizer = "slab-out-of-bounds in misuse_write")
MISUSE(right_after_7, "write of 1 byte 7 bytes right of it", UNDETECTED OVERWRITTEN, ON_FREE,
	KASAN_AT_ONCE, .says = "red zone right of an object was overwritten", .vary = MISUSE_SIZES,
	.sanitizer = "slab-out-of-bounds in misuse_write", .unlisted = true)
MISUSE(right_8, "write of 8 bytes right of it", UNDETECTED OVERWRITTEN, ON_FREE, KASAN_AT_ONCE,
	.says = "red zone right of an object was overwritten", .vary = MISUSE_SIZES,
	.sanitizer = "slab-out-of-bounds in misuse_write")
MISUSE(right_64, "write of 64 bytes right of it", UNDETECTED OVERWRITTEN, ON_FREE, KASAN_AT_ONCE,
	.says = "red zone right of an object was overwritten",
	.vary = MISUSE_SIZES | MISUSE_BLOCKS | MISUSE_WIDE)
MISUSE(right_far, "write of 8 bytes 4096 bytes on", UNDETECTED OVERWRITTEN, UNDETECTED OVERWRITTEN,
	UNDETECTED OVERWRITTEN)
MISUSE(left_1, "write of 1 byte left of it", UNDETECTED OVERWRITTEN, ON_FREE, KASAN_AT_ONCE,
	.says = "red zone left of an object was overwritten", .vary = MISUSE_SIZES | MISUSE_BLOCKS,
	.sanitizer = "slab-out-of-bounds in misuse_write")
MISUSE(left_8, "write of 8 bytes left of it", UNDETECTED OVERWRITTEN, ON_FREE, KASAN_AT_ONCE,
	.says = "red zone left of an object was overwritten", .vary = MISUSE_SIZES | MISUSE_BLOCKS,
	.sanitizer = "slab-out-of-bounds in misuse_write")
MISUSE(left_64, "write of 64 bytes left of it", UNDETECTED OVERWRITTEN, ON_FREE, KASAN_AT_ONCE,
	.says = "red zone left of an object was overwritten",
	.vary = MISUSE_SIZES | MISUSE_BLOCKS | MISUSE_WIDE)
MISUSE(header, "write to the header of a debug heap's block", NOT_RUN, AT_ONCE, NOT_RUN,
	.size = 100, .only = MISUSE_DEBUG_HEAP, .spot = { 2, 4, 8, 20, 24, 0 },
	.says = "with an overwritten header", .unlisted = true)
MISUSE(left_far, "write of 8 bytes 4096 bytes before", UNDETECTED OVERWRITTEN,
	UNDETECTED OVERWRITTEN, UNDETECTED OVERWRITTEN)
MISUSE_AS(right_in_block, right_1, "write of 1 byte right of 61 bytes", CONTAINED, ON_FREE,
	KASAN_AT_ONCE, .size = 61, .sanitizer = "slab-out-of-bounds in misuse_write")
MISUSE(right_large, "write of 8 bytes right of 2000 bytes", CONTAINED, ON_FREE, KASAN_AT_ONCE)
MISUSE(left_of_pool, "write of 8 bytes left of a pool's first 8", ON_REUSE LOST, ON_FREE,
	CONTAINED, .size = 8)
MISUSE_ROUGH(arena_start, "write of 64 bytes to an arena's header", ON_REUSE OVERWRITTEN,
	ON_REUSE LOST, ON_REUSE OVERWRITTEN)
MISUSE_ROUGH(arena_metadata, "write of all of an arena's header", ON_REUSE OVERWRITTEN,
	ON_REUSE LOST, KASAN_AT_ONCE OVERWRITTEN)
MISUSE(read_right, "read of a word right of an object", UNDETECTED SEEN, CONTAINED, KASAN_AT_ONCE,
	.sanitizer = "slab-out-of-bounds in misuse_read")
MISUSE(read_left, "read of a word left of it", UNDETECTED SEEN, CONTAINED, KASAN_AT_ONCE,
	.sanitizer = "slab-out-of-bounds in misuse_read")
MISUSE(read_shrunk, "read of a byte that realloc cut off", CONTAINED, CONTAINED, KASAN_AT_ONCE,
	.sanitizer = "slab-out-of-bounds in misuse_read_byte", .unlisted = true)

MISUSE_GROUP("Use after free")
MISUSE(write_freed, "write, at once", CONTAINED, ON_REUSE, KASAN_AT_ONCE, .says = "was written to",
	.vary = MISUSE_SIZES | MISUSE_LATE, .sanitizer = "slab-use-after-free in misuse_write")
MISUSE(write_freed_first, "write of 1 byte, at once", CONTAINED, ON_REUSE, KASAN_AT_ONCE,
	.says = "was written to", .vary = MISUSE_SIZES | MISUSE_LATE, .unlisted = true)
MISUSE(write_freed_last, "write to its last byte", CONTAINED, ON_REUSE, KASAN_AT_ONCE,
	.says = "was written to", .vary = MISUSE_SIZES | MISUSE_LATE, .unlisted = true)
MISUSE(write_freed_right, "write of 8 bytes right of it", UNDETECTED OVERWRITTEN, ON_REUSE,
	KASAN_AT_ONCE, .says = "was written to", .vary = MISUSE_SIZES | MISUSE_LATE,
	.unlisted = true)
MISUSE(write_freed_left, "write of 4 bytes left of it", UNDETECTED OVERWRITTEN, ON_REUSE,
	KASAN_AT_ONCE, .says = "was written to", .vary = MISUSE_SIZES | MISUSE_BLOCKS | MISUSE_LATE,
	.unlisted = true)
MISUSE(write_freed_drained, "write of all of it, magazines drained before", CONTAINED, ON_REUSE,
	KASAN_AT_ONCE)
MISUSE(write_freed_8, "write to 8 bytes, magazines drained before", CONTAINED, ON_REUSE,
	KASAN_AT_ONCE, .size = 8, .sanitizer = "slab-use-after-free in misuse_write")
MISUSE(write_freed_rcu, "write, after the grace period", CONTAINED, ON_REUSE, KASAN_AT_ONCE,
	.sanitizer = "slab-use-after-free in misuse_write")
MISUSE(write_moved, "write to where realloc moved it from", CONTAINED, ON_REUSE, KASAN_AT_ONCE,
	.also = 2 * MISUSE_SIZE, .sanitizer = "slab-use-after-free in misuse_write")
MISUSE(write_reused, "write, the block is another's by then", UNDETECTED OVERWRITTEN,
	UNDETECTED OVERWRITTEN, UNDETECTED OVERWRITTEN)
MISUSE(write_recycled, "write, the pool is another class's by then", UNDETECTED OVERWRITTEN,
	ON_REUSE, UNDETECTED OVERWRITTEN)
MISUSE_GUEST(write_released, "write, the arena is another's by then", UNDETECTED OVERWRITTEN,
	UNDETECTED OVERWRITTEN, UNDETECTED OVERWRITTEN)
MISUSE_KERNEL(write_destroyed, "write, the heap was destroyed", UNDETECTED OVERWRITTEN, AT_END,
	UNDETECTED OVERWRITTEN)
MISUSE(read_freed, "read, at once", CONTAINED, CONTAINED, KASAN_AT_ONCE,
	.sanitizer = "slab-use-after-free in misuse_read")
MISUSE(read_freed_rcu, "read, after the grace period", CONTAINED, CONTAINED, KASAN_AT_ONCE,
	.sanitizer = "slab-use-after-free in misuse_read", .unlisted = true)
MISUSE(read_moved, "read of where realloc moved it from", CONTAINED, CONTAINED, KASAN_AT_ONCE,
	.also = 2 * MISUSE_SIZE, .sanitizer = "slab-use-after-free in misuse_read",
	.unlisted = true)
MISUSE(read_reused, "read, the block is another's by then", UNDETECTED SEEN, UNDETECTED SEEN,
	UNDETECTED SEEN)
MISUSE(read_recycled, "read, the pool is another class's by then", UNDETECTED SEEN, CONTAINED,
	UNDETECTED SEEN)
MISUSE_GUEST(read_released, "read, the arena is another's by then", UNDETECTED SEEN,
	UNDETECTED SEEN, UNDETECTED SEEN)

MISUSE_GROUP("Contents of another")
MISUSE(stale_block, "read of a new object", UNDETECTED SEEN, CONTAINED, UNDETECTED SEEN)
MISUSE(stale_rest, "read of what realloc added", UNDETECTED SEEN, CONTAINED, UNDETECTED SEEN)
MISUSE(stale_sensitive, "read of a new object, kpool_free_sensitive() before", CONTAINED,
	CONTAINED, CONTAINED)
MISUSE(stale_zeroed, "read of a new object that was to be zero", CONTAINED, CONTAINED, CONTAINED)

MISUSE_GROUP("Sizes")
MISUSE(size_smaller_class, "freed with a smaller class's", CONTAINED, AT_ONCE, CONTAINED,
	.size = 128, .also = 64)
MISUSE(size_larger_class, "freed with a larger class's", UNDETECTED TWO_OWNERS, AT_ONCE,
	AT_ONCE LOST, .also = 128)
MISUSE(size_same_class, "freed with 1 byte less", CONTAINED, AT_ONCE, CONTAINED,
	.says = "smaller than was asked for", .vary = MISUSE_SIZES)
MISUSE(size_1_more, "freed with 1 byte more", ON_DRAIN LOST, AT_ONCE, AT_ONCE,
	.says = "larger than was asked for", .vary = MISUSE_SIZES | MISUSE_REFUSED,
	.sanitizer = "slab-out-of-bounds in kpool_heap_free_sized", .unlisted = true)
MISUSE(size_zero, "freed with 0 bytes", CONTAINED, AT_ONCE, CONTAINED,
	.says = "smaller than was asked for", .vary = MISUSE_SIZES)
MISUSE(size_above_max, "freed with more than any class's", CONTAINED, AT_ONCE, AT_ONCE LOST,
	.says = "larger than was asked for", .vary = MISUSE_SIZES)
MISUSE(size_large_as_small, "2000 bytes freed as 64", CONTAINED, AT_ONCE, CONTAINED)
MISUSE(nothing_free, "0 bytes allocated, and freed twice", CONTAINED, CONTAINED, CONTAINED)
MISUSE(nothing_free_sized, "0 bytes allocated, freed as 64", CONTAINED, CONTAINED, CONTAINED)
MISUSE(nothing_free_bulk, "0 bytes and NULL, freed in bulk", CONTAINED, CONTAINED, CONTAINED)
MISUSE(nothing_usable, "0 bytes allocated, usable size", CONTAINED, CONTAINED, CONTAINED)
MISUSE(nothing_realloc, "0 bytes allocated, grown by realloc", CONTAINED, CONTAINED, CONTAINED)
MISUSE(overflow_array, "kpool_alloc_array(), n * size overflows", CONTAINED, CONTAINED, CONTAINED)
MISUSE(overflow_calloc, "kpool_calloc(), n * size overflows", CONTAINED, CONTAINED, CONTAINED)
MISUSE(overflow_size, "SIZE_MAX bytes", CONTAINED, CONTAINED, CONTAINED)
MISUSE(overflow_bulk, "SIZE_MAX - 7 bytes, in bulk", CONTAINED, CONTAINED, CONTAINED)
MISUSE(overflow_realloc, "grown to SIZE_MAX bytes", CONTAINED, CONTAINED, CONTAINED)

MISUSE_GROUP("Heaps")
MISUSE(other_heap, "freed to another heap", ON_DRAIN LOST, AT_ONCE, AT_ONCE LOST,
	.says = "to another heap than the object's",
	.vary = MISUSE_SIZES | MISUSE_NAMED | MISUSE_REFUSED)
MISUSE(of_normal_heap, "of a normal heap to a debug heap", NOT_RUN, AT_ONCE, NOT_RUN,
	.only = MISUSE_DEBUG_HEAP, .says = "of a heap without debugging",
	.vary = MISUSE_FREES | MISUSE_NAMED, .unlisted = true)
MISUSE_AS(other_heap_sized, other_heap, "freed to another heap, with its size", ON_DRAIN LOST,
	AT_ONCE, AT_ONCE LOST, .again = MISUSE_HEAP_SIZED)
MISUSE_AS(other_heap_bulk, other_heap, "freed to another heap, in bulk", ON_DRAIN LOST, AT_ONCE,
	AT_ONCE LOST, .again = MISUSE_HEAP_BULK)
MISUSE_ROUGH(of_default_heap, "the default heap's, freed to the heap", CONTAINED, AT_ONCE LOST,
	AT_ONCE LOST)
MISUSE(to_default_heap_sized, "freed to the default heap, with its size", CONTAINED, CONTAINED,
	AT_ONCE LOST)
MISUSE_ROUGH(not_freed, "an object is out at the end", AT_ONCE LOST, AT_ONCE LOST, AT_ONCE LOST)
MISUSE_ROUGH(not_freed_large, "2000 bytes, kmalloc's, are out at the end", UNDETECTED LOST,
	AT_ONCE LOST, UNDETECTED LOST)
MISUSE(freed_after_destroy, "out at the end, and freed then", AT_ONCE, AT_ONCE, AT_ONCE,
	.says = "free of an object after its heap was destroyed")
MISUSE_KERNEL(freed_before_and_after, "freed before the end, and again then", AT_ONCE, AT_ONCE,
	AT_ONCE)
MISUSE_KERNEL(freed_by_region, "freed by a region's end, and again then", AT_ONCE, AT_ONCE,
	AT_ONCE, .flags = KPOOL_HEAP_REGION, .says = "free after the heap was destroyed")
MISUSE_KERNEL(written_after_region, "freed by a region's end, and written to then",
	UNDETECTED OVERWRITTEN, AT_END, UNDETECTED OVERWRITTEN, .flags = KPOOL_HEAP_REGION)
MISUSE(allocated_after_destroy, "an allocation after the end", NOT_RUN, AT_ONCE, NOT_RUN,
	.only = MISUSE_DEBUG_HEAP, .says = "allocation from a destroyed heap")
MISUSE(freed_to_destroyed, "a free to the heap after the end", NOT_RUN, AT_ONCE, NOT_RUN,
	.only = MISUSE_DEBUG_HEAP, .says = "free after the heap was destroyed")
MISUSE(destroyed_twice, "destroyed twice", NOT_RUN, AT_ONCE, NOT_RUN, .only = MISUSE_DEBUG_HEAP,
	.says = "a heap is destroyed twice")
MISUSE(no_heap_destroyed, "NULL is destroyed", CONTAINED, CONTAINED, CONTAINED)
MISUSE(no_heap_looked_at, "NULL is validated, asked, shrunk", CONTAINED, CONTAINED, CONTAINED)
MISUSE(made_without_name, "made without a name", AT_ONCE, AT_ONCE, AT_ONCE)
MISUSE(made_with_bad_name, "made with a bad name", AT_ONCE, AT_ONCE, AT_ONCE)
MISUSE(made_twice, "made with a name that there is", AT_ONCE, AT_ONCE, AT_ONCE)
MISUSE(made_with_bad_flags, "made with flags that there are not", AT_ONCE, AT_ONCE, AT_ONCE)
/* Must be last: after a debug heap was created, kpool makes more checks. */
MISUSE(other_kind, "freed to a heap of the other kind", AT_ONCE LOST, AT_ONCE, AT_ONCE LOST,
	.says = "to another heap than the object's")

MISUSE_GROUP("Uninitialised")
MISUSE_GUEST(look_at_new, "a new object", NOT_RUN, NOT_RUN, NOT_RUN, .only = MISUSE_KMSAN,
	.sanitizer = "uninit-value in misuse_look_at_new", .unlisted = true)
MISUSE_GUEST(look_at_reused, "an object that its last owner wrote", NOT_RUN, NOT_RUN, NOT_RUN,
	.only = MISUSE_KMSAN, .sanitizer = "uninit-value in misuse_look_at_reused",
	.unlisted = true)
MISUSE_GUEST(look_at_bulk, "an object allocated in bulk", NOT_RUN, NOT_RUN, NOT_RUN,
	.only = MISUSE_KMSAN, .sanitizer = "uninit-value in misuse_look_at_bulk", .unlisted = true)
MISUSE_GUEST(look_at_grown, "what realloc added", NOT_RUN, NOT_RUN, NOT_RUN, .only = MISUSE_KMSAN,
	.sanitizer = "uninit-value in misuse_look_at_grown", .unlisted = true)
MISUSE_GUEST(look_at_written, "written and cleared objects: no fault", NOT_RUN, NOT_RUN, NOT_RUN,
	.only = MISUSE_KMSAN, .sanitizer = "", .unlisted = true)

#undef MISUSE_GROUP
#undef MISUSE
#undef MISUSE_AS
#undef MISUSE_KERNEL
#undef MISUSE_ROUGH
#undef MISUSE_GUEST
