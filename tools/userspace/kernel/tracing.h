/* SPDX-License-Identifier: GPL-2.0 */
/* Tracepoints. While sim_tracing is set, each event reads its fields and is counted. */
#ifndef SIM_TRACING_H
#define SIM_TRACING_H

#include "compiler.h"

extern bool sim_tracing;
void sim_traced(const char *event);

#define TP_PROTO(...)		__VA_ARGS__
#define TP_ARGS(...)		__VA_ARGS__
#define TP_STRUCT__entry(...)	__VA_ARGS__
#define TP_fast_assign(...)	__VA_ARGS__
#define TP_printk(...)
#define __field(type, name)	type name;
#define __string(name, string)	const char *name;
#define __assign_str(name)	((void)__entry->name)

#define DECLARE_EVENT_CLASS(class, proto, args, fields, assign, print)	\
static inline void sim_trace_##class(const char *event, proto)		\
{									\
	struct {							\
		fields							\
	} entry = {}, *__entry = &entry;				\
									\
	assign								\
	sim_traced(event);						\
}

#define DEFINE_EVENT(class, event, proto, args)				\
static inline void trace_##event(proto)					\
{									\
	if (unlikely(sim_tracing))					\
		sim_trace_##class(#event, args);			\
}

#define TRACE_EVENT(event, proto, args, fields, assign, print)		\
DECLARE_EVENT_CLASS(event, TP_PROTO(proto), TP_ARGS(args), TP_STRUCT__entry(fields), \
		    TP_fast_assign(assign), print)			\
DEFINE_EVENT(event, event, TP_PROTO(proto), TP_ARGS(args))

#define DECLARE_TRACEPOINT(event)
#define EXPORT_TRACEPOINT_SYMBOL_GPL(event)
#define tracepoint_enabled(event)	unlikely(sim_tracing)

#endif /* SIM_TRACING_H */
