/* SPDX-License-Identifier: GPL-2.0 */
/* Time that a machine with one CPU was not idle: instructions, if its clock counts them. */
#ifndef BUSY_H
#define BUSY_H

unsigned long long busy(void);

#endif
