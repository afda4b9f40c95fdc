/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's additions to C: types, attributes, marked accesses, atomics, bits,
 * arithmetic.
 */
#ifndef SIM_COMPILER_H
#define SIM_COMPILER_H


#define KERNEL_VERSION(a, b, c)	(((a) << 16) + ((b) << 8) + (c))
#ifndef LINUX_VERSION_CODE
#define LINUX_VERSION_CODE	KERNEL_VERSION(6, 12, 0)
#endif

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef signed char s8;
typedef short s16;
typedef int s32;
typedef long long s64;
typedef unsigned int gfp_t;
typedef unsigned short umode_t;
typedef u64 phys_addr_t;

#define U8_MAX		((u8)~0U)
#define U16_MAX		((u16)~0U)
#define U32_MAX		(~0U)
#define U64_MAX		(~0ULL)
#define BITS_PER_BYTE	8
#define BITS_PER_LONG	(8 * (int)sizeof(long))

/* Attributes. */
#define __init
#define __exit
#define __read_mostly
#define __ro_after_init
#define __percpu
#define __user
#define __force
#define __rcu
#define __acquires(x)
#define __releases(x)
#define __must_hold(x)
#define ____cacheline_aligned_in_smp	__attribute__((aligned(64)))
#define ____cacheline_aligned		____cacheline_aligned_in_smp
#define __aligned(x)		__attribute__((aligned(x)))
#define __packed		__attribute__((packed))
#define __printf(a, b)		__attribute__((format(printf, a, b)))
#define __malloc		__attribute__((__malloc__))
#define __alloc_size(x, ...)	__attribute__((__alloc_size__(x, ##__VA_ARGS__)))
#define __realloc_size(x, ...)	__attribute__((__alloc_size__(x, ##__VA_ARGS__)))
#define __must_check		__attribute__((__warn_unused_result__))
#define __maybe_unused		__attribute__((__unused__))
#define __used			__attribute__((__used__))
#define __cold			__attribute__((__cold__))
#define __pure			__attribute__((__pure__))
#undef __always_inline
#define __always_inline		inline __attribute__((__always_inline__))
#define noinline		__attribute__((__noinline__))
#define __no_kcsan
#define __no_sanitize_address
#define notrace
#define fallthrough		__attribute__((__fallthrough__))
#define likely(x)		__builtin_expect(!!(x), 1)
#define unlikely(x)		__builtin_expect(!!(x), 0)
#define typeof			__typeof__
#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
/* An enabled option expands to 1, any other option to its own name. */
#define SIM_TEXT(text)		#text
#define IS_ENABLED(option)	(sizeof(SIM_TEXT(option)) == sizeof("1"))
#define __stringify_1(x...)	#x
#define __stringify(x...)	__stringify_1(x)
#define container_of(ptr, type, member)	\
	((type *)((char *)(ptr) - offsetof(type, member)))
#define sizeof_field(type, member)	sizeof(((type *)0)->member)

#undef static_assert
#define static_assert(expr, ...)	_Static_assert(expr, #expr)
#define BUILD_BUG_ON(expr)		_Static_assert(!(expr), #expr)

/* Faults of the tested code end the program. */
__attribute__((noreturn)) __printf(1, 2) void sim_bug(const char *fmt, ...);
#define BUG()		sim_bug("BUG at %s:%d", __FILE__, __LINE__)
#define BUG_ON(x)	((void)(unlikely(x) ? BUG() : (void)0))
#define WARN_ON(x)								\
({										\
	bool __warn = (x);							\
										\
	if (unlikely(__warn))							\
		sim_bug("WARN_ON(%s) at %s:%d", #x, __FILE__, __LINE__);	\
	__warn;									\
})
#define WARN_ON_ONCE(x)		WARN_ON(x)
#define WARN(x, fmt...)		({ bool __w = (x); if (__w) sim_bug(fmt); __w; })
#define WARN_ONCE(x, fmt...)	WARN(x, fmt)

/*
 * A place where an interrupt may come in. It comes in at random, if a test program has
 * armed interrupts, none is running and they are enabled. See cpu.c.
 */
#ifdef SIM_IRQS
extern bool sim_irqs_armed;
void sim_irq_maybe(void);
#define sim_irq_point()		((void)(unlikely(sim_irqs_armed) ? sim_irq_maybe() : (void)0))
#else
#define sim_irq_point()		((void)0)
#endif

#if defined(__SANITIZE_THREAD__)
#define SIM_TSAN
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SIM_TSAN
#endif
#endif

#if defined(__SANITIZE_ADDRESS__)
#define SIM_ASAN
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SIM_ASAN
#endif
#endif

/*
 * Marked accesses. The rule is KCSAN's default: a marked read may race with marked
 * writes and with plain writes of a whole aligned word; a plain read may race with no
 * write. So marked reads are hidden from ThreadSanitizer, and marked writes are atomic
 * for it.
 */
#ifdef SIM_TSAN
#define SIM_READ static __attribute__((no_sanitize("thread"), unused)) noinline
void AnnotateIgnoreReadsBegin(const char *file, int line);
void AnnotateIgnoreReadsEnd(const char *file, int line);
#define data_race(expr)								\
({										\
	AnnotateIgnoreReadsBegin(__FILE__, __LINE__);				\
	typeof(({ expr; })) __race = (expr);					\
	AnnotateIgnoreReadsEnd(__FILE__, __LINE__);				\
	__race;									\
})
#else
#define SIM_READ static __always_inline
#define data_race(expr)		(expr)
#endif

SIM_READ unsigned long sim_read_once(const volatile void *p, size_t size)
{
	switch (size) {
	case 1:
		return *(const volatile u8 *)p;
	case 2:
		return *(const volatile u16 *)p;
	case 4:
		return *(const volatile u32 *)p;
	default:
		return *(const volatile unsigned long *)p;
	}
}

#define READ_ONCE(x)								\
({										\
	unsigned long __read = sim_read_once(&(x), sizeof(x));			\
										\
	sim_irq_point();							\
	(typeof(x))__read;							\
})
#define WRITE_ONCE(x, val)							\
do {										\
	typeof(x) *__to = &(x);						\
	typeof(x) __val = (val);						\
										\
	sim_irq_point();							\
	__atomic_store_n(__to, __val, __ATOMIC_RELAXED);			\
} while (0)

#define OPTIMIZER_HIDE_VAR(x)	asm("" : "=r" (x) : "0" (x))
#define barrier_data(p)		asm volatile("" :: "r" (p) : "memory")
#define barrier()		do { asm volatile("" ::: "memory"); sim_irq_point(); } while (0)
#define smp_mb()		__atomic_thread_fence(__ATOMIC_SEQ_CST)
#define smp_rmb()		__atomic_thread_fence(__ATOMIC_ACQUIRE)
#define smp_wmb()		__atomic_thread_fence(__ATOMIC_RELEASE)
#define smp_load_acquire(p)	__atomic_load_n(p, __ATOMIC_ACQUIRE)
#define smp_store_release(p, v)	__atomic_store_n(p, v, __ATOMIC_RELEASE)
#define xchg(p, v)		__atomic_exchange_n(p, v, __ATOMIC_SEQ_CST)
#define cmpxchg(p, old, new)							\
({										\
	typeof(*(p)) __old = (old);						\
										\
	__atomic_compare_exchange_n(p, &__old, new, false, __ATOMIC_SEQ_CST,	\
				    __ATOMIC_SEQ_CST);				\
	__old;									\
})
#define try_cmpxchg(p, old, new) \
	__atomic_compare_exchange_n(p, old, new, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)

typedef struct { int counter; } atomic_t;
typedef struct { long counter; } atomic_long_t;
#define ATOMIC_INIT(i)			{ (i) }
#define ATOMIC_LONG_INIT(i)		{ (i) }
#define atomic_read(v)			__atomic_load_n(&(v)->counter, __ATOMIC_RELAXED)
#define atomic_set(v, i)		__atomic_store_n(&(v)->counter, i, __ATOMIC_RELAXED)
#define atomic_add_return(i, v)		__atomic_add_fetch(&(v)->counter, i, __ATOMIC_SEQ_CST)
#define atomic_sub_return(i, v)		__atomic_sub_fetch(&(v)->counter, i, __ATOMIC_SEQ_CST)
#define atomic_add(i, v)		((void)atomic_add_return(i, v))
#define atomic_sub(i, v)		((void)atomic_sub_return(i, v))
#define atomic_inc(v)			atomic_add(1, v)
#define atomic_dec(v)			atomic_sub(1, v)
#define atomic_inc_return(v)		atomic_add_return(1, v)
#define atomic_dec_return(v)		atomic_sub_return(1, v)
#define atomic_dec_and_test(v)		(!atomic_sub_return(1, v))
#define atomic_xchg(v, i)		xchg(&(v)->counter, i)
#define atomic_cmpxchg(v, old, new)	cmpxchg(&(v)->counter, old, new)
#define atomic_long_read		atomic_read
#define atomic_long_set			atomic_set
#define atomic_long_add			atomic_add
#define atomic_long_sub			atomic_sub
#define atomic_long_inc			atomic_inc
#define atomic_long_dec			atomic_dec
#define atomic_long_inc_return		atomic_inc_return
#define atomic_long_add_return		atomic_add_return

/* Error pointers. */
#define MAX_ERRNO		4095
#define IS_ERR_VALUE(x)		unlikely((unsigned long)(x) >= (unsigned long)-MAX_ERRNO)
#define IS_ERR(p)		IS_ERR_VALUE(p)
#define IS_ERR_OR_NULL(p)	(!(p) || IS_ERR(p))
#define ERR_PTR(err)		((void *)(long)(err))
#define PTR_ERR(p)		((long)(p))
#define ERR_CAST(p)		((void *)(p))

/* Bits. */
#define BIT(nr)			(1UL << (nr))
#define BIT_ULL(nr)		(1ULL << (nr))
#define GENMASK(h, l)		((~0UL << (l)) & (~0UL >> (BITS_PER_LONG - 1 - (h))))
#define REPEAT_BYTE(x)		(~0UL / 0xff * (x))
#define hweight64(w)		((unsigned long)__builtin_popcountll(w))
#define hweight32(w)		((unsigned int)__builtin_popcount(w))
#define hweight8(w)		hweight32((u8)(w))
#define hweight_long(w)		hweight64(w)
#define __ffs64(w)		((unsigned long)__builtin_ctzll(w))
#define __ffs(w)		((unsigned long)__builtin_ctzl(w))
#define __fls(w)		((unsigned long)(BITS_PER_LONG - 1 - __builtin_clzl(w)))
#define ffs(w)			__builtin_ffs(w)

static inline int fls64(u64 w)
{
	return w ? 64 - __builtin_clzll(w) : 0;
}

static inline int fls(unsigned int w)
{
	return w ? 32 - __builtin_clz(w) : 0;
}

#define ilog2(n)		(fls64(n) - 1)
#define is_power_of_2(n)	((n) && !((n) & ((n) - 1)))
#define roundup_pow_of_two(n)	(1UL << fls64((n) - 1))
#define test_bit(nr, p)		(!!((p)[(nr) / BITS_PER_LONG] & BIT((nr) % BITS_PER_LONG)))
#define __set_bit(nr, p)	((void)((p)[(nr) / BITS_PER_LONG] |= BIT((nr) % BITS_PER_LONG)))
#define __clear_bit(nr, p)	((void)((p)[(nr) / BITS_PER_LONG] &= ~BIT((nr) % BITS_PER_LONG)))

/* Arithmetic. */
#define min_t(type, a, b)	({ type __a = (a); type __b = (b); __a < __b ? __a : __b; })
#define max_t(type, a, b)	({ type __a = (a); type __b = (b); __a > __b ? __a : __b; })
#define min(a, b)		({ typeof(({ (a); })) __x = (a); typeof(({ (b); })) __y = (b); \
				   __x < __y ? __x : __y; })
#define max(a, b)		({ typeof(({ (a); })) __x = (a); typeof(({ (b); })) __y = (b); \
				   __x > __y ? __x : __y; })
#define clamp_t(type, v, lo, hi)	min_t(type, max_t(type, v, lo), hi)
#define clamp(v, lo, hi)	min(max(v, lo), hi)
#define swap(a, b)		do { typeof(a) __t = (a); (a) = (b); (b) = __t; } while (0)
#define DIV_ROUND_UP(n, d)	(((n) + (d) - 1) / (d))
#define DIV_ROUND_UP_ULL	DIV_ROUND_UP
#define ALIGN(x, a)		(((x) + (a) - 1) & ~((typeof(x))(a) - 1))
#define IS_ALIGNED(x, a)	(!((x) & ((typeof(x))(a) - 1)))
#define PTR_ALIGN(p, a)		((typeof(p))ALIGN((unsigned long)(p), (a)))
#define round_up(x, y)		((((x) - 1) | ((typeof(x))(y) - 1)) + 1)
#define round_down(x, y)	((x) & ~((typeof(x))(y) - 1))
#define rounddown(x, y)		((x) - (x) % (y))
#define div_u64(n, d)		((u64)(n) / (d))
#define div64_u64(n, d)		((u64)(n) / (d))
#define check_mul_overflow(a, b, d)	__builtin_mul_overflow(a, b, d)
#define check_add_overflow(a, b, d)	__builtin_add_overflow(a, b, d)

static inline size_t size_mul(size_t a, size_t b)
{
	size_t bytes;

	return __builtin_mul_overflow(a, b, &bytes) ? SIZE_MAX : bytes;
}

static inline size_t size_add(size_t a, size_t b)
{
	size_t bytes;

	return __builtin_add_overflow(a, b, &bytes) ? SIZE_MAX : bytes;
}

#define array_size(n, size)	size_mul(n, size)
#define flex_array_size(p, member, n)	size_mul(n, sizeof(*(p)->member))
#define struct_size(p, member, n)	size_add(sizeof(*(p)), flex_array_size(p, member, n))

/* Scope-based clean-up. */
#define __cleanup(f)		__attribute__((__cleanup__(f)))
#define DEFINE_FREE(name, type, free) \
	static inline void __free_##name(void *p) { type _T = *(type *)p; free; }
#define __free(name)		__cleanup(__free_##name)
#define no_free_ptr(p)		({ typeof(p) __p = (p); (p) = NULL; __p; })

#endif /* SIM_COMPILER_H */
