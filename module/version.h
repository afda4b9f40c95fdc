/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KPOOL_VERSION_H
#define KPOOL_VERSION_H

/* THIS_MODULE has a version only if kpool is built as a module. */
#define KPOOL_VERSION	"0.1.0"

#endif /* KPOOL_VERSION_H */
