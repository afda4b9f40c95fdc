/* SPDX-License-Identifier: GPL-2.0 */
/* A file that gets its name once it is whole: an older one of that name stays until then. */
#ifndef KPOOLSTAT_WHOLE_H
#define KPOOLSTAT_WHOLE_H

#include <stddef.h>

/*
 * Open a file beside @path, or @path itself if it is a device or a pipe. One at a time. Both
 * functions end the program with a message if that is not possible, and leave no file then.
 */
void whole_open(const char *path);
/* Write @data, close the file, and rename it. */
void whole_write(const char *data, size_t len);

#endif /* KPOOLSTAT_WHOLE_H */
