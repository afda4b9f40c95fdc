// SPDX-License-Identifier: GPL-2.0
/* The log, the machine, parameters, strings, trees. */

#include "internal.h"

/* Traced events by name, printed when the program ends. SIM_TRACING turns tracing on. */
bool sim_tracing;
static struct {
	const char *event;
	long nr;
} sim_events[16];

void sim_traced(const char *event)
{
	const char *other;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sim_events); i++) {
		other = __sync_val_compare_and_swap(&sim_events[i].event, NULL, event);
		if (!other || !strcmp(other, event)) {
			__sync_fetch_and_add(&sim_events[i].nr, 1);
			return;
		}
	}
	abort();
}

static void __attribute__((constructor)) sim_tracing_begin(void)
{
	sim_tracing = getenv("SIM_TRACING");
}

static void __attribute__((destructor)) sim_tracing_end(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sim_events) && sim_events[i].event; i++)
		printf("traced: %s %ld\n", sim_events[i].event, sim_events[i].nr);
}

/* The log. This code may not allocate: the caller may be malloc() itself. */
__thread long sim_logged[3];
long sim_errors;
bool sim_log_shown = true;
char sim_log_last[256];
static pthread_mutex_t sim_log_lock = PTHREAD_MUTEX_INITIALIZER;
void (*sim_bug_hook)(void);

static void sim_write(const char *text, size_t len)
{
	if (write(STDERR_FILENO, text, len) < 0)
		_exit(99);
}

/* A line that is composed in pieces. */
struct sim_text {
	char text[512];
	size_t len;
};

/* Consumes the arguments of @fmt from the list, as the ABI of x86-64 allows. */
static void sim_print_all(struct sim_text *text, const char *fmt, va_list *args)
{
	int len = vsnprintf(text->text + text->len, sizeof(text->text) - text->len, fmt, *args);

	text->len = min(text->len + len, sizeof(text->text) - 1);
}

static void sim_print(struct sim_text *text, const char *fmt, ...);
static void sim_format(struct sim_text *text, const char *fmt, va_list *args);

/* Expand the kernel's %pV, %*ph and %*pE. Return: number of characters of @fmt consumed. */
static int sim_format_pointer(struct sim_text *text, const char *fmt, va_list *args)
{
	struct va_format *vaf;
	const u8 *byte;
	int nr;

	if (!strncmp(fmt, "%pV", 3)) {
		vaf = va_arg(*args, struct va_format *);
		sim_format(text, vaf->fmt, vaf->va);
		return 3;
	}
	if (!strncmp(fmt, "%*ph", 4)) {
		nr = va_arg(*args, int);
		byte = va_arg(*args, const u8 *);
		while (nr-- > 0)
			sim_print(text, nr ? "%02x " : "%02x", *byte++);
		return 4;
	}
	if (!strncmp(fmt, "%*pE", 4)) {
		nr = va_arg(*args, int);
		byte = va_arg(*args, const u8 *);
		for (; nr-- > 0; byte++)
			sim_print(text, *byte >= ' ' && *byte < 0x7f ? "%c" : "\\x%02x", *byte);
		return 4;
	}
	return 0;
}

static void sim_print(struct sim_text *text, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	sim_print_all(text, fmt, &args);
	va_end(args);
}

/* Split @fmt into pieces, each of which consumes its arguments from the list. */
static void sim_format(struct sim_text *text, const char *fmt, va_list *args)
{
	char piece[512];

	while (*fmt) {
		size_t len = 1 + strcspn(fmt + 1, "%");
		int taken = sim_format_pointer(text, fmt, args);

		if (taken) {
			fmt += taken;
			continue;
		}
		if (!strncmp(fmt, "%%", 2))
			len = 2;
		strscpy(piece, fmt, min(len + 1, sizeof(piece)));
		sim_print_all(text, piece, args);
		fmt += len;
	}
}

void sim_log(int level, const char *fmt, ...)
{
	struct sim_text line = {};
	va_list args;

	va_start(args, fmt);
	sim_format(&line, fmt, &args);
	va_end(args);
	sim_lock(&sim_log_lock);
	sim_logged[level]++;
	sim_errors += level == SIM_ERR;
	strscpy(sim_log_last, line.text, sizeof(sim_log_last));
	if (sim_log_shown)
		sim_write(line.text, line.len);
	sim_unlock(&sim_log_lock);
}

void sim_bug(const char *fmt, ...)
{
	char line[512];
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(line, sizeof(line) - 1, fmt, args);
	va_end(args);
	len = min_t(int, len, sizeof(line) - 2);
	line[len++] = '\n';
	sim_write("BUG: ", 5);
	sim_write(line, len);
	if (sim_bug_hook)
		sim_bug_hook();
	abort();
}

void print_hex_dump(const char *level, const char *prefix, int type, int width, int group,
		    const void *buf, size_t len, bool ascii)
{
	const u8 *byte = buf;
	size_t i;

	for (i = 0; i < len; i++)
		sim_log(SIM_INFO, i % width == (size_t)width - 1 ? "%02x\n" : "%02x ", byte[i]);
}

/* The machine. */
void sim_machine_init(const struct sim_machine *machine)
{
	sim_cpus_init();
	sim_pages_init(machine->memory);
	sim_machine_cpus(machine->cpus);
	sim_machine_nodes(machine->nodes, machine->nodes_off);
}

void sim_machine_cpus(unsigned int cpus)
{
	if (cpus < 1 || cpus > NR_CPUS)
		sim_bug("%u CPUs", cpus);
	nr_cpu_ids = cpus;
}

void sim_machine_nodes(unsigned int nodes, unsigned int nodes_off)
{
	if (nodes < 1 || nodes + nodes_off > MAX_NUMNODES)
		sim_bug("%u nodes", nodes + nodes_off);
	nr_online_nodes = nodes;
	nr_node_ids = nodes + nodes_off;
	sim_pages_deal();
}

/* Parameters. */
static struct kernel_param *sim_params;

void sim_param_add(struct kernel_param *kp)
{
	kp->next = sim_params;
	sim_params = kp;
}

static struct kernel_param *sim_param_find(const char *name)
{
	struct kernel_param *kp = sim_params;

	while (kp && strcmp(kp->name, name))
		kp = kp->next;
	return kp;
}

int sim_param_set(const char *name, const char *val)
{
	struct kernel_param *kp = sim_param_find(name);

	return kp ? kp->ops->set(val, kp) : -ENOENT;
}

int sim_param_get(const char *name, char *val)
{
	struct kernel_param *kp = sim_param_find(name);

	return kp ? kp->ops->get(val, kp) : -ENOENT;
}

int param_get_uint(char *buffer, const struct kernel_param *kp)
{
	return sprintf(buffer, "%u\n", *(unsigned int *)kp->arg);
}

int param_set_bool(const char *val, const struct kernel_param *kp)
{
	return kstrtobool(val, kp->arg);
}

int param_get_bool(char *buffer, const struct kernel_param *kp)
{
	return sprintf(buffer, "%c\n", *(bool *)kp->arg ? 'Y' : 'N');
}

const struct kernel_param_ops param_ops_bool = {
	.set	= param_set_bool,
	.get	= param_get_bool,
};

/* Strings and numbers. */
ssize_t strscpy(char *to, const char *from, size_t size)
{
	size_t len = strnlen(from, size);

	if (!size)
		return -E2BIG;
	if (len == size) {
		memcpy(to, from, size - 1);
		to[size - 1] = '\0';
		return -E2BIG;
	}
	memcpy(to, from, len + 1);
	return len;
}

int kstrtouint(const char *s, unsigned int base, unsigned int *res)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(s, &end, base);
	if (end == s || *s == '-' || *s == ' ' || (*end && strcmp(end, "\n")))
		return -EINVAL;
	if (errno || value > UINT_MAX)
		return -ERANGE;
	*res = value;
	return 0;
}

int kstrtobool(const char *s, bool *res)
{
	if (!strchr("yY1nN0", *s) || !*s)
		return -EINVAL;
	*res = strchr("yY1", *s);
	return 0;
}

int scnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(buf, size, fmt, args);
	va_end(args);
	return min_t(int, len, size ? (int)size - 1 : 0);
}

void *memchr_inv(const void *p, int c, size_t size)
{
	const u8 *byte = p;

	if (!size || (byte[0] == (u8)c && !memcmp(byte, byte + 1, size - 1)))
		return NULL;
	while (*byte == (u8)c)
		byte++;
	return (void *)byte;
}

u32 get_random_u32(void)
{
	return sim_random();
}

u32 jhash(const void *key, u32 len, u32 seed)
{
	const u8 *byte = key;
	u64 hash = seed + 0xcbf29ce484222325ULL;

	while (len--)
		hash = (hash ^ *byte++) * 0x100000001b3ULL;
	return hash ^ hash >> 32;
}

void get_random_bytes(void *p, size_t size)
{
	while (size--)
		((u8 *)p)[size] = get_random_u32();
}

void sort(void *base, size_t nr, size_t size, int (*cmp)(const void *, const void *), void *swap)
{
	qsort(base, nr, size, cmp);
}

/* Stacks of two entries: the calling code of the module, and the test program's operation. */
#define SIM_STACKS	256

static unsigned long sim_stacks[SIM_STACKS][2];
static pthread_mutex_t sim_stack_lock = PTHREAD_MUTEX_INITIALIZER;

noinline unsigned int stack_trace_save(unsigned long *frames, unsigned int nr, unsigned int skip)
{
	if (nr < 2)
		return 0;
	frames[0] = (unsigned long)__builtin_return_address(0);
	frames[1] = current->what;
	return 2;
}

int stack_depot_init(void)
{
	return sim_fail_now(GFP_KERNEL) ? -ENOMEM : 0;
}

depot_stack_handle_t stack_depot_save(unsigned long *frames, unsigned int nr, gfp_t gfp)
{
	depot_stack_handle_t handle;

	if (nr < 2 || sim_fail_now(gfp))
		return 0;
	sim_lock(&sim_stack_lock);
	for (handle = 1; handle < SIM_STACKS && sim_stacks[handle][0]; handle++)
		if (!memcmp(sim_stacks[handle], frames, sizeof(sim_stacks[handle])))
			break;
	if (handle == SIM_STACKS)
		handle = 0;
	else if (!sim_stacks[handle][0])
		memcpy(sim_stacks[handle], frames, sizeof(sim_stacks[handle]));
	sim_unlock(&sim_stack_lock);
	return handle;
}

/* A stack does not change once it is saved. */
unsigned int stack_depot_fetch(depot_stack_handle_t handle, unsigned long **frames)
{
	sim_lock(&sim_stack_lock);
	sim_unlock(&sim_stack_lock);
	*frames = sim_stacks[handle];
	return handle ? 2 : 0;
}

/* Trees. */
void rb_add(struct rb_node *node, struct rb_root *root,
	    bool (*less)(struct rb_node *a, const struct rb_node *b))
{
	struct rb_node **link = &root->rb_node;

	*node = (struct rb_node) {};
	while (*link) {
		node->parent = *link;
		link = less(node, *link) ? &(*link)->rb_left : &(*link)->rb_right;
	}
	WRITE_ONCE(*link, node);
}

struct rb_node *rb_find(const void *key, const struct rb_root *root,
			int (*cmp)(const void *key, const struct rb_node *node))
{
	struct rb_node *node = root->rb_node;
	int side;

	while (node && (side = cmp(key, node)))
		node = side < 0 ? node->rb_left : node->rb_right;
	return node;
}

struct rb_node *rb_next(const struct rb_node *node)
{
	struct rb_node *next = node->rb_right;

	if (next) {
		while (next->rb_left)
			next = next->rb_left;
		return next;
	}
	while (node->parent && node == node->parent->rb_right)
		node = node->parent;
	return node->parent;
}

/* Put @child in the place of @node. */
static void sim_rb_replace(struct rb_node *node, struct rb_node *child, struct rb_root *root)
{
	if (!node->parent)
		WRITE_ONCE(root->rb_node, child);
	else if (node->parent->rb_left == node)
		node->parent->rb_left = child;
	else
		node->parent->rb_right = child;
	if (child)
		child->parent = node->parent;
}

void rb_erase(struct rb_node *node, struct rb_root *root)
{
	struct rb_node *next = node->rb_right;

	if (!node->rb_left || !next) {
		sim_rb_replace(node, node->rb_left ?: next, root);
		return;
	}
	while (next->rb_left)
		next = next->rb_left;
	sim_rb_replace(next, next->rb_right, root);
	next->rb_left = node->rb_left;
	next->rb_right = node->rb_right;
	if (next->rb_left)
		next->rb_left->parent = next;
	if (next->rb_right)
		next->rb_right->parent = next;
	sim_rb_replace(node, next, root);
}

/* For sanitize.c, which is not instrumented. ASan's run-time system checks memset() itself. */
__attribute__((__no_sanitize__("address"))) void *sim_memset(void *p, int c, size_t size)
{
	volatile char *to = p;

	while (size--)
		*to++ = c;
	return p;
}
