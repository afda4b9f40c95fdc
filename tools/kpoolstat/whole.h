/* SPDX-License-Identifier: GPL-2.0 */
/* A file that gets its name when it is complete. Until then an older file of this name stays. */
#ifndef KPOOLSTAT_WHOLE_H
#define KPOOLSTAT_WHOLE_H

#include <stddef.h>

/*
 * Open a temporary file beside @path, or @path itself if it is a device or a pipe. Only one file
 * can be open. On failure both functions remove the temporary file and exit with a message.
 */
void whole_open(const char *path);
/* Write @data, close the file, and rename it to its name. */
void whole_write(const char *data, size_t len);

#endif /* KPOOLSTAT_WHOLE_H */
