// SPDX-License-Identifier: GPL-2.0
/* The screen of figures: every figure of a heap, its rate of change, and traces. And the help. */
#include <ncurses.h>
#include <stdlib.h>
#include <string.h>

#include "draw.h"
#include "model.h"
#include "screen.h"
#include "util.h"

/* Lines of text, shown page by page. */
struct page {
	char **line;
	size_t nr;
};

static void page_add(struct page *page, const char *line)
{
	page->line = xrealloc(page->line, page->nr + 1, sizeof(*page->line));
	page->line[page->nr++] = xstrndup(line, 400);
}

static void page_free(struct page *page)
{
	size_t i;

	for (i = 0; i < page->nr; i++)
		free(page->line[i]);
	free(page->line);
}

static void page_draw(struct screen *screen, const struct page *page, int y)
{
	struct place_in *at = screen_at(screen);
	size_t i;

	place_clamp(screen, at, page->nr, LINES - y > 1 ? LINES - y - 1 : 0);
	for (i = at->top; i < page->nr && i < at->top + screen->page; i++)
		draw_text(y + i - at->top, 0, COLS, i == at->cursor ? A_BOLD : A_NORMAL,
			  page->line[i]);
}

static void figure_line(struct page *page, const struct table *now, const struct table *before,
			size_t col, double seconds)
{
	struct cell cell = now->cell[col];
	struct cell old = before ? table_get(before, 0, now->name[col]) : (struct cell){ 0 };
	struct text line = { 0 };

	text_printf(&line, "%-16s ", now->name[col]);
	if (cell.number)
		text_printf(&line, "%20llu", cell.n);
	else
		text_printf(&line, "%20s", cell.text ?: "-");
	if (cell.number && old.number && old.n != cell.n) {
		bool less = cell.n < old.n;
		double change = less ? old.n - cell.n : cell.n - old.n;
		char rate[FMT_SIZE];

		fmt_count(rate, seconds ? change / seconds : change);
		text_printf(&line, "  %c%s%s", less ? '-' : '+', rate, seconds ? "/s" : "");
	}
	page_add(page, line.s);
	free(line.s);
}

static void trace_lines(struct page *page, const struct heap *heap)
{
	char line[128];
	size_t i, j;

	page_add(page, "");
	page_add(page, "allocated objects, large requests included, by place of allocation:");
	for (i = 0; i < heap->traces; i++) {
		const struct trace *trace = &heap->trace[i];

		snprintf(line, sizeof(line), "%llu objects %llu bytes", trace->objects,
			 trace->bytes);
		page_add(page, line);
		for (j = 0; j < trace->nr; j++) {
			struct text text = { 0 };

			text_printf(&text, "  %s", trace->frame[j]);
			page_add(page, text.s);
			free(text.s);
		}
	}
}

void figures_draw(struct screen *screen, int y)
{
	const struct heap *heap = sample_heap(screen->now, screen->heap);
	struct table now = model_total(screen->now, screen->heap), before = { 0 };
	const char *filter = screen_at(screen)->filter;
	struct page page = { 0 };
	size_t col;

	if (screen->before)
		before = model_total(screen->before, screen->heap);
	/* Skip the heap's name. Only debug heaps know the bytes requested. */
	for (col = 1; now.rows && col < now.cols; col++)
		if (strstr(now.name[col], filter) &&
		    (now.cell[col].number || strcmp(now.name[col], "asked")))
			figure_line(&page, &now, before.rows ? &before : NULL, col,
				    sample_seconds(screen->before, screen->now));
	if (heap && heap->has_traces && !*filter)
		trace_lines(&page, heap);
	if (!now.rows)
		page_add(&page, "this heap is not there now");
	page_draw(screen, &page, y);
	page_free(&page);
	table_free(&now);
	table_free(&before);
}

static const char *const help_text[] = {
	"q               quit",
	"h ?             show this help, or leave it",
	"Tab, 1 to 5     next screen, or screen by number",
	"Enter           open the heap under the cursor; Esc goes back",
	"[ ]             previous, next heap; (all) is one of them",
	"up down PgUp PgDn Home End   move",
	"s < > left right   sort by another column",
	"r               reverse the order",
	"/               filter: rows with a text; on the map, arenas with pools",
	"                of a block size",
	"p, space        pause, continue",
	"+ -             longer, shorter interval; in a replay faster, slower",
	"t               counts since the heap was created, or rates",
	"m               map: fill of pools, or letters of classes",
	"b f g G         replay: step back, forward, to the start, to the end",
	"Ctrl-L          redraw",
	"",
	"Good and bad:",
	"  MAG% above 95 is good.",
	"  FREE% high for long: memory lies idle. Write 1 to the heap's file",
	"  shrink in debugfs.",
	"  CORRUPT not 0: a module misuses the heap. Read dmesg.",
	"  FALLB/s not 0: kpool runs out of pages. Raise the parameter reserve.",
	"",
	"Bar: # used  + cached  . free  t tails of pools  h headers of arenas",
	"heaps: HELD and USED are bytes. USED% CACH% FREE% TAIL% HEAD% are parts",
	"  of HELD. CORRUPT: faults that kpool found.",
	"  MAG%: allocations served by a CPU's magazine.",
	"  DEPOT%: refills served by a depot; the rest came from pools.",
	"  FRESH SAME OTHER: pools taken that were never used, that had the",
	"  same class before, that had another class before.",
	"  LARGE: requests above 1024 bytes. FALLB: small requests that kmalloc()",
	"  served. ASKED: bytes requested, in debug heaps. META: memory outside",
	"  of arenas.",
	"classes: BLOCKS in use, CACHED, FREE are numbers of blocks.",
	"slabs: ASKMALLOC: bytes that kmalloc() would use for these blocks.",
	"  KMALLOC: size of the caches; OBJECTS in use in them; KHELD bytes of",
	"  their slabs; KUSED% of these.",
	"map: # header, . free, - returned, * full. A letter in reverse: that",
	"  class took this pool since the last sample.",
};

void help_draw(struct screen *screen, int y)
{
	struct page page = { 0 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(help_text); i++)
		page_add(&page, help_text[i]);
	page_draw(screen, &page, y);
	page_free(&page);
}
